import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../shared/aws/errors.ts';
import { failureKinds } from '../../../shared/core/failure.ts';

function ec2Error(code: string, message = 'no', httpStatusCode = 400): EC2ServiceException {
  return new EC2ServiceException({
    name: code,
    message,
    $fault: httpStatusCode >= 500 ? 'server' : 'client',
    $metadata: { httpStatusCode },
  });
}

const call = { call: 'RunInstances' };

describe('classify', () => {
  it.each([
    ['RequestLimitExceeded', 503, 'throttled'],
    ['InsufficientInstanceCapacity', 500, 'capacity'],
    ['Unsupported', 400, 'unsupported'],
    ['UnauthorizedOperation', 403, 'permission'],
    ['VcpuLimitExceeded', 400, 'quota'],
    ['InsufficientFreeAddressesInSubnet', 400, 'quota'],
    ['InvalidInstanceID.NotFound', 400, 'not-found'],
    ['InvalidNetworkInterfaceID.NotFound', 400, 'not-found'],
    ['InvalidRouteTableId.NotFound', 400, 'not-found'],
    ['NatGatewayNotFound', 400, 'not-found'],
    ['InvalidAMIID.NotFound', 400, 'image-unavailable'],
    ['InvalidAMIID.Unavailable', 400, 'image-unavailable'],
    ['IncorrectInstanceState', 400, 'wrong-state'],
    ['InvalidInstanceID', 400, 'wrong-state'],
    ['InvalidNetworkInterface.InUse', 400, 'wrong-state'],
    ['RouteAlreadyExists', 400, 'already-exists'],
    ['IdempotentParameterMismatch', 400, 'token-mismatch'],
    ['InternalError', 500, 'server'],
    ['SomethingNew', 503, 'server'],
    ['SomethingNew', 400, 'rejected'],
  ])('%s with HTTP %i is %s', (code, status, kind) => {
    expect(classify(ec2Error(code, 'no', status), call)).toMatchObject({ kind, code, message: 'no' });
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
  });

  it('knows a call that was not answered', () => {
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    const timeout = Object.assign(new Error('late'), { name: 'TimeoutError' });

    expect(classify(reset, call)).toMatchObject({ kind: 'no-answer', code: 'ECONNRESET' });
    expect(classify(timeout, call)).toMatchObject({ kind: 'no-answer', code: 'TimeoutError' });
  });

  it('makes something of whatever was thrown', () => {
    expect(classify('oops', call)).toMatchObject({ kind: 'rejected', code: 'UnknownError', message: 'oops' });
    expect(classify(new Error('oops'), call)).toMatchObject({ kind: 'rejected', code: 'Error' });
    expect(classify(Object.assign(new Error('x'), { name: '', $metadata: null }), call)).toMatchObject({
      code: 'UnknownError',
    });
  });

  it('says for every kind what to do, and names the permission that is missing', () => {
    const advice = new Set(
      [
        'RequestLimitExceeded',
        'InsufficientInstanceCapacity',
        'Unsupported',
        'UnauthorizedOperation',
        'VcpuLimitExceeded',
        'X.NotFound',
        'InvalidAMIID.NotFound',
        'IncorrectInstanceState',
        'RouteAlreadyExists',
        'IdempotentParameterMismatch',
        'TimeoutError',
        'InternalError',
        'Whatever',
      ].map((code) => classify(ec2Error(code, 'no', code === 'InternalError' ? 500 : 400), call).advice),
    );

    expect(advice.size).toBe(failureKinds.length);
    expect(classify(ec2Error('UnauthorizedOperation'), call).advice).toContain('allow ec2:RunInstances');
  });
});
