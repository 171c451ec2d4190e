import { field, isObject, textField } from '../../shared/events/fields.ts';

const requestTypes = ['Create', 'Update', 'Delete'] as const;
export type RequestType = (typeof requestTypes)[number];

/** What CloudFormation asks of a custom resource (CloudFormation User Guide, "Custom resource request objects"). */
export type LifecycleRequest = {
  readonly type: RequestType;
  readonly requestId: string;
  readonly stackId: string;
  readonly logicalResourceId: string;
  /** Where the answer goes: a presigned S3 address. */
  readonly responseUrl: string;
  readonly physicalResourceId?: string;
  /** The Elastic IPs that the settings named before this update. */
  readonly oldAddresses: readonly string[];
  /** The private subnets that they named before it. */
  readonly oldPrivateSubnets: readonly string[];
  /** The sources that the NAT instances' security group admits. */
  readonly clients: { readonly cidrs: readonly string[]; readonly securityGroups: readonly string[] };
  /** Set where an earlier invocation ran out of time: when the first one began (ISO 8601), and how many there were. */
  readonly carriedOn?: { readonly since: string; readonly invocations: number };
};

/** The event is not one of CloudFormation's, so that nobody can be answered. */
export class UnknownRequestError extends Error {
  override readonly name = 'UnknownRequestError';

  constructor(received: string) {
    super(
      `received ${received}. This function answers CloudFormation's custom resource requests; invoke the controller to operate Phoenat`,
    );
  }
}

/** Throws `UnknownRequestError` for everything else. */
export function parseRequest(event: unknown): LifecycleRequest {
  if (!isObject(event)) {
    throw new UnknownRequestError(`${JSON.stringify(event) ?? 'undefined'}, which is not an object`);
  }
  const rawType = field(event, 'RequestType');
  const type = requestTypes.find((candidate) => candidate === rawType);
  if (type === undefined) {
    throw new UnknownRequestError(`RequestType ${JSON.stringify(rawType) ?? 'undefined'}`);
  }
  const properties = field(event, 'ResourceProperties');
  const former = field(event, 'OldResourceProperties');
  const clients = field(properties, 'Clients');
  const physicalResourceId = textField(event, 'PhysicalResourceId');
  const carriedOn = parseCarriedOn(field(event, carriedOnKey));
  return {
    type,
    requestId: needed(event, 'RequestId'),
    stackId: needed(event, 'StackId'),
    logicalResourceId: needed(event, 'LogicalResourceId'),
    responseUrl: parseUrl(needed(event, 'ResponseURL')),
    oldAddresses: texts(field(former, 'Addresses')),
    // A list for each zone, joined by commas: a template cannot join lists to one.
    oldPrivateSubnets: texts(field(former, 'PrivateSubnets')).flatMap((list) => list.split(',')),
    clients: {
      cidrs: texts(field(clients, 'Cidrs')),
      securityGroups: texts(field(clients, 'SecurityGroups')),
    },
    ...(physicalResourceId === undefined ? {} : { physicalResourceId }),
    ...(carriedOn === undefined ? {} : { carriedOn }),
  };
}

/** CloudFormation's fields begin with a capital and bear no such name. */
export const carriedOnKey = 'PhoenatCarriedOn';

function parseCarriedOn(raw: unknown): LifecycleRequest['carriedOn'] {
  const since = textField(raw, 'since');
  const invocations = field(raw, 'invocations');
  return since === undefined || Number.isNaN(Date.parse(since)) || typeof invocations !== 'number'
    ? undefined
    : { since, invocations };
}

function needed(event: object, key: string): string {
  const text = textField(event, key);
  if (text === undefined || text === '') {
    throw new UnknownRequestError(`a request without ${key}`);
  }
  return text;
}

function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new UnknownRequestError(`a ResponseURL that is not a URL: ${JSON.stringify(text)}`);
  }
  return text;
}

function texts(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((entry) => typeof entry === 'string') : [];
}
