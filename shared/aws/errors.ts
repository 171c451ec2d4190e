import type { AwsFailure, FailureKind } from '../core/model/failure.ts';
import { quote } from '../core/model/quote.ts';

/**
 * EC2's error codes by what they mean for us (EC2 API Reference, "Error codes"). Codes decide, never message texts,
 * but for the one code that EC2 uses for several things.
 */
const codes: Readonly<Record<string, FailureKind>> = {
  RequestLimitExceeded: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  ThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  RequestThrottled: 'throttled',
  EC2ThrottledException: 'throttled',
  SlowDown: 'throttled',
  InsufficientInstanceCapacity: 'capacity',
  InsufficientHostCapacity: 'capacity',
  InsufficientReservedInstanceCapacity: 'capacity',
  ReservationCapacityExceeded: 'capacity',
  UnfulfillableCapacity: 'capacity',
  SpotMaxPriceTooLow: 'capacity',
  Unsupported: 'unsupported',
  UnsupportedOperation: 'unsupported',
  InvalidInstanceType: 'unsupported',
  UnauthorizedOperation: 'permission',
  AccessDenied: 'permission',
  AccessDeniedException: 'permission',
  AuthFailure: 'permission',
  'AuthFailure.ServiceLinkedRoleCreationNotPermitted': 'permission',
  OptInRequired: 'permission',
  PendingVerification: 'permission',
  Blocked: 'permission',
  ExpiredToken: 'permission',
  ExpiredTokenException: 'permission',
  RequestExpired: 'permission',
  InvalidClientTokenId: 'permission',
  UnrecognizedClientException: 'permission',
  SignatureDoesNotMatch: 'permission',
  CredentialsProviderError: 'permission',
  VcpuLimitExceeded: 'quota',
  InstanceLimitExceeded: 'quota',
  MaxSpotInstanceCountExceeded: 'quota',
  VolumeLimitExceeded: 'quota',
  NetworkInterfaceLimitExceeded: 'quota',
  AddressLimitExceeded: 'quota',
  RouteLimitExceeded: 'quota',
  TagLimitExceeded: 'quota',
  InsufficientFreeAddressesInSubnet: 'quota',
  IncorrectInstanceState: 'wrong-state',
  IncorrectState: 'wrong-state',
  InvalidInstanceID: 'wrong-state',
  'InvalidNetworkInterface.InUse': 'wrong-state',
  DependencyViolation: 'wrong-state',
  // For example termination protection, or a primary interface that is to be detached: neither passes by itself.
  OperationNotPermitted: 'rejected',
  'Resource.AlreadyAssociated': 'wrong-state',
  'Resource.AlreadyAssigned': 'wrong-state',
  ConcurrentTagAccess: 'wrong-state',
  RouteAlreadyExists: 'already-exists',
  IdempotentParameterMismatch: 'token-mismatch',
  // In no document; seen since January 2025, where the guide has EC2 answer with the terminated instance (boto3 #4406).
  IdempotentInstanceTerminated: 'token-spent',
  NatGatewayNotFound: 'not-found',
  TimeoutError: 'no-answer',
  AbortError: 'no-answer',
  RequestTimeout: 'no-answer',
  ECONNRESET: 'no-answer',
  ECONNREFUSED: 'no-answer',
  EPIPE: 'no-answer',
  ETIMEDOUT: 'no-answer',
  ENOTFOUND: 'no-answer',
  EAI_AGAIN: 'no-answer',
  EHOSTUNREACH: 'no-answer',
  ENETUNREACH: 'no-answer',
};

const unknownCode = 'UnknownError';
const maxCodeLength = 100;

/** A map, since a code comes from outside: `constructor` is not to be found here. */
const kindsByCode: ReadonlyMap<string, FailureKind> = new Map(Object.entries(codes));

const onDemandQuota =
  'raise the quota "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances" in Service Quotas, or stop instances';
const signInAdvice =
  "AWS did not accept the function's credentials: check that its role still exists, then try again";
const accountAdvice = 'AWS restricts this account: do what the message says, or ask AWS Support';

/** Where the code says more than its kind about what to do. Quotas go by their names in Service Quotas. */
const adviceByCode: ReadonlyMap<string, string> = new Map([
  ['VcpuLimitExceeded', onDemandQuota],
  ['InstanceLimitExceeded', onDemandQuota],
  [
    'MaxSpotInstanceCountExceeded',
    'raise the quota "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests" in Service Quotas; until then instances are launched on demand',
  ],
  [
    'AuthFailure.ServiceLinkedRoleCreationNotPermitted',
    'make the role that Spot needs, once for the account: aws iam create-service-linked-role --aws-service-name spot.amazonaws.com; until then instances are launched on demand',
  ],
  ['VolumeLimitExceeded', "raise EBS's storage quota for gp3 volumes in Service Quotas, or delete volumes"],
  [
    'NetworkInterfaceLimitExceeded',
    'raise the quota "Network interfaces per Region" in Service Quotas, or delete unused interfaces',
  ],
  ['AddressLimitExceeded', 'raise the quota "EC2-VPC Elastic IPs" in Service Quotas, or release addresses'],
  ['RouteLimitExceeded', 'raise the quota "Routes per route table" in Service Quotas, or delete routes'],
  [
    'TagLimitExceeded',
    'a resource can have 50 tags, and no quota raises that: remove some that are not needed',
  ],
  [
    'InsufficientFreeAddressesInSubnet',
    "free private addresses in the zone's public subnet, or give the zone a larger one",
  ],
  ['ExpiredToken', signInAdvice],
  ['ExpiredTokenException', signInAdvice],
  ['RequestExpired', signInAdvice],
  ['InvalidClientTokenId', signInAdvice],
  ['UnrecognizedClientException', signInAdvice],
  ['SignatureDoesNotMatch', signInAdvice],
  ['CredentialsProviderError', signInAdvice],
  ['OptInRequired', accountAdvice],
  ['PendingVerification', accountAdvice],
  ['Blocked', accountAdvice],
]);

/** Which of the template's roles calls EC2: each function has one of its own. */
export type CallingRole = 'ControllerRole' | 'LifecycleRole';

/** For the advice: the call that failed, and in whose name it was made. */
export type CallContext = { readonly call: string; readonly role: CallingRole };

/** Classifies whatever an EC2 call threw. */
export function classify(error: unknown, context: CallContext): AwsFailure {
  const { code, message, status } = readError(error);
  const kind = kindOf(code, message, status);
  return { kind, code, message, advice: adviceByCode.get(code) ?? adviceFor(kind, context) };
}

type RawError = { readonly code: string; readonly message: string; readonly status: number | undefined };

/**
 * The SDK has no classes for EC2's errors: their name is the code (`err.name === err.Code`). Read by structure, so that
 * nothing that can be thrown makes this throw in turn.
 */
function readError(error: unknown): RawError {
  if (typeof error !== 'object' || error === null) {
    return { code: unknownCode, message: quote(String(error)), status: undefined };
  }
  const fields: readonly unknown[] = ['Code', 'code', 'name'].map((key) => Reflect.get(error, key));
  const code = fields.find((value) => typeof value === 'string' && value !== '');
  const message: unknown = Reflect.get(error, 'message');
  const metadata: unknown = Reflect.get(error, '$metadata');
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  return {
    code: typeof code === 'string' ? quote(code, maxCodeLength) : unknownCode,
    message: typeof message === 'string' ? quote(message) : 'no message',
    status: typeof status === 'number' ? status : undefined,
  };
}

function kindOf(code: string, message: string, status: number | undefined): FailureKind {
  const known = kindsByCode.get(code);
  if (known !== undefined) {
    return known;
  }
  if (code.startsWith('InvalidAMIID.')) {
    return 'image-unavailable';
  }
  if (code.endsWith('.NotFound')) {
    return 'not-found';
  }
  if (code === 'InvalidParameterValue') {
    return kindOfInvalidParameter(message);
  }
  if (status === undefined) {
    return 'rejected';
  }
  // A success whose body cannot be read, because it was cut off for example: EC2 has done what it was asked.
  if (status < 300) {
    return 'no-answer';
  }
  return status >= 500 ? 'server' : 'rejected';
}

/**
 * EC2 says InvalidParameterValue where another code would be expected: for an instance profile that IAM has not spread
 * yet (it takes seconds to minutes after its creation), for ReplaceRoute without a route, and for an interface in use.
 */
function kindOfInvalidParameter(message: string): FailureKind {
  if (message.includes('Invalid IAM Instance Profile')) {
    return 'wrong-state';
  }
  if (message.includes('There is no route defined')) {
    return 'not-found';
  }
  return message.includes('is currently in use') ? 'wrong-state' : 'rejected';
}

/**
 * Some calls need more than the action of their name, and are refused under their own: for tags that are given at
 * creation, and for the role that an instance gets (EC2 User Guide, "Grant permission to tag resources during creation"
 * and "Grant permissions to attach an IAM role to an instance").
 */
const alsoNeeded: ReadonlyMap<string, string> = new Map([
  ['RunInstances', ", ec2:CreateTags, and iam:PassRole on the instance profile's role"],
  ['CreateNetworkInterface', ' and ec2:CreateTags'],
]);

function adviceFor(kind: FailureKind, { call, role }: CallContext): string {
  const advice: Readonly<Record<FailureKind, string>> = {
    throttled: 'EC2 limits how often it is called in this account; the call is retried',
    capacity:
      'what was asked for as Spot is tried on demand, then the next instance type; list more types if this repeats',
    unsupported:
      'what was asked for as Spot is tried on demand, then the next instance type; remove types that this zone does not offer from the list',
    permission: `allow ec2:${call}${alsoNeeded.get(call) ?? ''} in the stack's ${role}, and look for a denying service control policy`,
    quota: 'raise the quota in Service Quotas, or free what is not used',
    'not-found': 'the next look reads EC2 again; what was deleted by hand is created again',
    'image-unavailable': 'the next image is tried; check that "Allowed AMIs" does not exclude it',
    'wrong-state': 'the call is retried when the state has changed',
    'already-exists': 'the next look reads EC2 again',
    'token-mismatch':
      'the next look reads EC2 again; if nothing was launched, the next request uses a new client token',
    'token-spent': 'the next request uses a new client token',
    'no-answer': 'the call may have happened; the next look reads EC2 again',
    server: 'EC2 failed; the call is retried',
    rejected: `EC2 refused ${call} for good; read its message, and correct the settings`,
  };
  return advice[kind];
}
