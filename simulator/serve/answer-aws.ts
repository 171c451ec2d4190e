import { NotSimulated } from '../ec2/aws-error.ts';
import { type HttpAnswer, type HttpRequest, ServiceFault } from './http-answer.ts';
import type { LivingAccount } from './living-account.ts';
import { failForm } from './protocols/query.ts';
import type { Service } from './services/service.ts';
import { globalServices, services } from './services/services.ts';

/** Told of what was asked for and is not there. */
export type OnUnserved = (what: string) => void;

/**
 * Answers a request of any client of AWS's, in the protocol in which it came. The service is the one that the request was
 * signed for; the signature itself is not checked. Nothing that a client sends makes this reject.
 */
export async function answerAws(
  account: LivingAccount,
  request: HttpRequest,
  onUnserved: OnUnserved = () => undefined,
): Promise<HttpAnswer> {
  const scope = scopeIn(request);
  if (scope === undefined) {
    const message = 'Missing Authentication Token';
    return answerFault(request, new ServiceFault('MissingAuthenticationTokenException', message, 403));
  }
  const service = serviceOf(scope);
  if (service === undefined) {
    onUnserved(scope.service);
    return answerFault(request, unserved(scope.service, ''));
  }
  const { protocol } = service;
  try {
    checkRegion(account, scope);
    const asked = protocol.read(request);
    const operation = service.operationOf(asked.action);
    if (operation === undefined) {
      onUnserved(`${scope.service}:${asked.action}`);
      throw unserved(scope.service, asked.action);
    }
    return protocol.write(asked, await operation(account, asked.command));
  } catch (error) {
    if (error instanceof NotSimulated) onUnserved(error.message);
    return protocol.fail(faultOf(error));
  }
}

/** In the form that whoever sent the request expects. */
export function answerFault(request: HttpRequest, fault: ServiceFault): HttpAnswer {
  const scope = scopeIn(request);
  const service = scope === undefined ? undefined : serviceOf(scope);
  return service === undefined ? answerUnknown(request, fault) : service.protocol.fail(fault);
}

function serviceOf({ service }: Scope): Service | undefined {
  return Object.hasOwn(services, service) ? services[service] : undefined;
}

type Scope = { readonly region: string; readonly service: string };

/** "Credential=AKID/20261128/eu-central-1/ec2/aws4_request" (Signature Version 4). */
function scopeIn({ headers }: HttpRequest): Scope | undefined {
  const found = /Credential=[^/,\s]+\/\d{8}\/(?<region>[\w-]+)\/(?<service>[\w-]+)\/aws4_request/.exec(
    headers['authorization'] ?? '',
  );
  const { region, service } = found?.groups ?? {};
  return region === undefined || service === undefined ? undefined : { region, service };
}

/** Elsewhere AWS would show an account without anything, and one would wonder why. */
function checkRegion({ harness }: LivingAccount, { region, service }: Scope): void {
  const own = harness.sim.region.name;
  if (region !== own && !globalServices.includes(service)) {
    throw new ServiceFault(
      'UnsupportedOperation',
      `The simulated account is in ${own}, and the request is for ${region}: set AWS_REGION and AWS_DEFAULT_REGION to ${own}`,
    );
  }
}

function unserved(service: string, action: string): ServiceFault {
  const what = action === '' ? `the service ${service}` : `${service}:${action}`;
  return new ServiceFault(
    'UnsupportedOperation',
    `The simulated account of this server does not have ${what}. AWS does; nothing was done.`,
  );
}

function faultOf(error: unknown): ServiceFault {
  if (error instanceof ServiceFault) return error;
  if (error instanceof NotSimulated) {
    return new ServiceFault('UnsupportedOperation', `Not in this simulated account: ${error.message}`);
  }
  const { name, message } =
    error instanceof Error ? error : { name: 'InternalFailure', message: String(error) };
  const status: unknown = Reflect.get(Object(Reflect.get(Object(error), '$metadata')), 'httpStatusCode');
  // What no service throws is a mistake of this server's.
  return typeof status === 'number'
    ? new ServiceFault(name, message, status)
    : new ServiceFault(codes[name] ?? 'InternalFailure', message, codes[name] === undefined ? 500 : 404);
}

/** The SDK's name of it, and AWS's. */
const codes: Readonly<Record<string, string>> = { NoSuchEntityException: 'NoSuchEntity' };

/** Of a service that is not known, a client that sends a form expects XML, and every other one JSON. */
function answerUnknown({ headers }: HttpRequest, fault: ServiceFault): HttpAnswer {
  const { name, message, status } = fault;
  if (/form/.test(headers['content-type'] ?? '')) return failForm(fault);
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': name },
    text: JSON.stringify({ __type: name, message }),
  };
}
