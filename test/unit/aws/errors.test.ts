import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../shared/aws/errors.ts';
import { type FailureKind, failureKinds } from '../../../shared/core/model/failure.ts';

function ec2Error(code: string, message = 'no', httpStatusCode = 400): EC2ServiceException {
  return new EC2ServiceException({
    name: code,
    message,
    $fault: httpStatusCode >= 500 ? 'server' : 'client',
    $metadata: { httpStatusCode },
  });
}

const call = { call: 'RunInstances', role: 'ControllerRole' } as const;

/** EC2's codes as its API Reference lists them under "Error codes", and the SDK's and Node's where no answer came. */
const codesByKind: Readonly<Record<FailureKind, readonly string[]>> = {
  throttled: [
    'RequestLimitExceeded',
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'TooManyRequestsException',
    'RequestThrottled',
    'EC2ThrottledException',
    'SlowDown',
  ],
  capacity: [
    'InsufficientInstanceCapacity',
    'InsufficientHostCapacity',
    'InsufficientReservedInstanceCapacity',
    'ReservationCapacityExceeded',
    'UnfulfillableCapacity',
    'SpotMaxPriceTooLow',
  ],
  unsupported: ['Unsupported', 'UnsupportedOperation', 'InvalidInstanceType'],
  permission: [
    'UnauthorizedOperation',
    'AccessDenied',
    'AccessDeniedException',
    'AuthFailure',
    'AuthFailure.ServiceLinkedRoleCreationNotPermitted',
    'OptInRequired',
    'PendingVerification',
    'Blocked',
    'ExpiredToken',
    'ExpiredTokenException',
    'RequestExpired',
    'InvalidClientTokenId',
    'UnrecognizedClientException',
    'SignatureDoesNotMatch',
    'CredentialsProviderError',
  ],
  quota: [
    'VcpuLimitExceeded',
    'InstanceLimitExceeded',
    'MaxSpotInstanceCountExceeded',
    'VolumeLimitExceeded',
    'NetworkInterfaceLimitExceeded',
    'AddressLimitExceeded',
    'RouteLimitExceeded',
    'TagLimitExceeded',
    'InsufficientFreeAddressesInSubnet',
  ],
  'not-found': [
    'InvalidInstanceID.NotFound',
    'InvalidNetworkInterfaceID.NotFound',
    'InvalidAllocationID.NotFound',
    'InvalidRouteTableID.NotFound',
    'InvalidGroup.NotFound',
    'NatGatewayNotFound',
  ],
  'image-unavailable': ['InvalidAMIID.NotFound', 'InvalidAMIID.Unavailable', 'InvalidAMIID.Malformed'],
  'wrong-state': [
    'IncorrectInstanceState',
    'IncorrectState',
    'InvalidInstanceID',
    'InvalidNetworkInterface.InUse',
    'DependencyViolation',
    'Resource.AlreadyAssociated',
    'Resource.AlreadyAssigned',
    'ConcurrentTagAccess',
  ],
  'already-exists': ['RouteAlreadyExists'],
  'token-mismatch': ['IdempotentParameterMismatch'],
  'token-spent': ['IdempotentInstanceTerminated'],
  'no-answer': [
    'TimeoutError',
    'AbortError',
    'RequestTimeout',
    'ECONNRESET',
    'ECONNREFUSED',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ],
  server: [],
  rejected: ['InvalidParameterCombination', 'InvalidRoute.Malformed', 'OperationNotPermitted', 'constructor'],
};

describe('classify', () => {
  it.each(failureKinds.flatMap((kind) => codesByKind[kind].map((code) => [code, kind] as const)))(
    '%s is %s',
    (code, kind) => {
      expect(classify(ec2Error(code), call)).toMatchObject({ kind, code, message: 'no' });
    },
  );

  it.each([
    ['InsufficientInstanceCapacity', 500, 'capacity'],
    ['RequestLimitExceeded', 503, 'throttled'],
    ['InternalError', 500, 'server'],
    ['SomethingNew', 503, 'server'],
    ['SomethingNew', 499, 'rejected'],
    ['SomethingNew', 404, 'rejected'],
    // A body that was cut off: the SDK throws, though EC2 did what it was asked.
    ['SyntaxError', 200, 'no-answer'],
    ['SyntaxError', 299, 'no-answer'],
    ['SyntaxError', 300, 'rejected'],
  ])('%s with HTTP %i is %s', (code, status, kind) => {
    expect(classify(ec2Error(code, 'no', status), call)).toMatchObject({ kind, code });
  });

  it.each([
    [
      'Value (nat) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name',
      'wrong-state',
    ],
    ["There is no route defined for '0.0.0.0/0' in the route table. Use CreateRoute instead.", 'not-found'],
    ["Network interface 'eni-1' is currently in use.", 'wrong-state'],
    ['Value (x) for parameter y is invalid.', 'rejected'],
  ])('InvalidParameterValue “%s” is %s', (message, kind) => {
    expect(classify(ec2Error('InvalidParameterValue', message), call).kind).toBe(kind);
    // The text of no other error says what it means.
    expect(classify(ec2Error('InvalidParameterCombination', message), call).kind).toBe('rejected');
  });

  it('takes the code from where the SDK, Node and fetch put it', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    const timeout = Object.assign(new Error('late'), { name: 'TimeoutError' });
    const both = Object.assign(new Error('x'), { name: 'Error', code: '', Code: 'VcpuLimitExceeded' });

    expect(classify(reset, call)).toMatchObject({ kind: 'no-answer', code: 'ECONNRESET' });
    expect(classify(timeout, call)).toMatchObject({ kind: 'no-answer', code: 'TimeoutError' });
    expect(classify(both, call)).toMatchObject({ kind: 'quota', code: 'VcpuLimitExceeded' });
  });

  it.each([
    ['oops', 'UnknownError', 'oops'],
    [undefined, 'UnknownError', 'undefined'],
    [null, 'UnknownError', 'null'],
    [7, 'UnknownError', '7'],
    [{}, 'UnknownError', 'no message'],
    [{ message: 7, code: 7, name: '' }, 'UnknownError', 'no message'],
    [new Error('oops'), 'Error', 'oops'],
    [Object.assign(new Error('x'), { name: '', $metadata: null }), 'UnknownError', 'x'],
    [Object.assign(new Error('x'), { $metadata: { httpStatusCode: '500' } }), 'Error', 'x'],
    [Object.create(null), 'UnknownError', 'no message'],
  ])('makes something of whatever was thrown: %j', (error, code, message) => {
    expect(classify(error, call)).toMatchObject({ kind: 'rejected', code, message });
  });
});

describe('advice', () => {
  const adviceFor = (code: string, status = 400, name = 'RunInstances') =>
    classify(ec2Error(code, 'no', status), { call: name, role: 'ControllerRole' }).advice;

  it('is another one for every kind', () => {
    const codes = failureKinds.map((kind) => codesByKind[kind][0] ?? 'InternalError');
    const all = codes.map((code) => adviceFor(code, code === 'InternalError' ? 500 : 400));

    expect(new Set(all).size).toBe(failureKinds.length);
    expect(all.every((text) => text.length > 15)).toBe(true);
  });

  it('names the permission that is missing, with those that the call needs besides', () => {
    expect(adviceFor('UnauthorizedOperation', 403)).toContain(
      "allow ec2:RunInstances, ec2:CreateTags, and iam:PassRole on the instance profile's role in",
    );
    expect(adviceFor('UnauthorizedOperation', 403, 'CreateNetworkInterface')).toContain(
      'allow ec2:CreateNetworkInterface and ec2:CreateTags in',
    );
    expect(adviceFor('UnauthorizedOperation', 403, 'ReplaceRoute')).toContain(
      "allow ec2:ReplaceRoute in the stack's ControllerRole",
    );
    const ofLifecycle = { call: 'DeleteRoute', role: 'LifecycleRole' } as const;
    expect(classify(ec2Error('UnauthorizedOperation', 'no', 403), ofLifecycle).advice).toContain(
      "allow ec2:DeleteRoute in the stack's LifecycleRole",
    );
  });

  it('names the call that EC2 refused for good', () => {
    expect(adviceFor('InvalidParameterCombination', 400, 'AssociateAddress')).toContain(
      'EC2 refused AssociateAddress for good',
    );
  });

  it.each([
    ['VcpuLimitExceeded', /Running On-Demand Standard/],
    ['InstanceLimitExceeded', /Running On-Demand Standard/],
    ['MaxSpotInstanceCountExceeded', /Spot Instance Requests/],
    ['VolumeLimitExceeded', /storage quota for gp3/],
    ['NetworkInterfaceLimitExceeded', /Network interfaces per Region/],
    ['AddressLimitExceeded', /EC2-VPC Elastic IPs/],
    ['RouteLimitExceeded', /Routes per route table/],
    ['TagLimitExceeded', /50 tags/],
    ['InsufficientFreeAddressesInSubnet', /public subnet/],
    ['ExpiredToken', /credentials/],
    ['ExpiredTokenException', /credentials/],
    ['RequestExpired', /credentials/],
    ['InvalidClientTokenId', /credentials/],
    ['UnrecognizedClientException', /credentials/],
    ['SignatureDoesNotMatch', /credentials/],
    ['CredentialsProviderError', /credentials/],
    ['OptInRequired', /AWS Support/],
    ['PendingVerification', /AWS Support/],
    ['Blocked', /AWS Support/],
  ])('for %s says more than its kind does', (code, text) => {
    expect(adviceFor(code)).toMatch(text);
  });
});

it("a megabyte in EC2's message is a few lines out", () => {
  const megabyte = 'x'.repeat(1_000_000);
  const context = { call: 'RunInstances', role: 'ControllerRole' } as const;
  const failure = classify({ name: megabyte, message: megabyte }, context);

  expect([failure.code.length, failure.message.length]).toEqual([122, 522]);
  expect(classify(megabyte, context).message).toHaveLength(522);
});
