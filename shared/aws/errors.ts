import type { AwsFailure, FailureKind } from '../core/failure.ts';

/**
 * EC2's error codes by what they mean for us (EC2 API Reference, "Error codes"). Codes decide, never message texts,
 * but for the one code that EC2 uses for several things.
 */
const kindsByCode: Readonly<Record<string, FailureKind>> = {
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
  ExpiredToken: 'permission',
  InvalidClientTokenId: 'permission',
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
  OperationNotPermitted: 'wrong-state',
  'Resource.AlreadyAssociated': 'wrong-state',
  'Resource.AlreadyAssigned': 'wrong-state',
  ConcurrentTagAccess: 'wrong-state',
  RouteAlreadyExists: 'already-exists',
  IdempotentParameterMismatch: 'token-mismatch',
  NatGatewayNotFound: 'not-found',
  TimeoutError: 'no-answer',
  AbortError: 'no-answer',
  RequestTimeout: 'no-answer',
  ECONNRESET: 'no-answer',
  ECONNREFUSED: 'no-answer',
  EPIPE: 'no-answer',
  ETIMEDOUT: 'no-answer',
  ENOTFOUND: 'no-answer',
};

/** Sorts whatever an EC2 call threw. `call` names the call that failed, for the advice. */
export function classify(error: unknown, context: { readonly call: string }): AwsFailure {
  const { code, message, status } = readError(error);
  const kind = kindOf(code, message, status);
  return { kind, code, message, advice: adviceFor(kind, context.call) };
}

type RawError = { readonly code: string; readonly message: string; readonly status: number | undefined };

/** The SDK has no classes for EC2's errors: their name is the code (`err.name === err.Code`). */
function readError(error: unknown): RawError {
  if (!(error instanceof Error)) {
    return { code: 'UnknownError', message: String(error), status: undefined };
  }
  const fields: readonly unknown[] = [Reflect.get(error, 'Code'), Reflect.get(error, 'code'), error.name];
  const code = fields.find((value) => typeof value === 'string' && value !== '');
  const metadata: unknown = Reflect.get(error, '$metadata');
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined;
  return {
    code: typeof code === 'string' ? code : 'UnknownError',
    message: error.message,
    status: typeof status === 'number' ? status : undefined,
  };
}

function kindOf(code: string, message: string, status: number | undefined): FailureKind {
  const known = kindsByCode[code];
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

function adviceFor(kind: FailureKind, call: string): string {
  const advice: Readonly<Record<FailureKind, string>> = {
    throttled: 'EC2 limits how often it is called in this account; the call is repeated',
    capacity: 'the next instance type is tried; list more types if this repeats',
    unsupported: 'the next instance type is tried; take types that this zone does not offer off the list',
    permission: `allow ec2:${call} in the controller's role, and look for a denying service control policy`,
    quota: 'raise the quota in Service Quotas, or free what is not used',
    'not-found': 'EC2 is looked at again; what was deleted by hand is made anew',
    'image-unavailable': 'the next image is tried; check that "Allowed AMIs" does not exclude it',
    'wrong-state': 'the call is repeated when the state has passed',
    'already-exists': 'EC2 is looked at again',
    'token-mismatch': 'the next request uses a new client token',
    'no-answer': 'the call may have happened; EC2 is looked at again',
    server: 'EC2 failed; the call is repeated',
    rejected: `EC2 refused ${call} for good; read its message, and correct the settings`,
  };
  return advice[kind];
}
