import { EC2ServiceException } from '@aws-sdk/client-ec2';

/** The simulator was asked for something that it does not model: extend it, or do not rely on it. */
export class NotSimulated extends Error {
  override readonly name = 'NotSimulated';
}

/** What a caller sees whose process died: nothing that it does from here on has an effect. */
export class ClientCrashed extends Error {
  override readonly name = 'ClientCrashed';
}

/** EC2 errors that EC2 itself lists as server errors; the rest are the client's, HTTP 400. */
const httpStatusOfServerErrors: Readonly<Record<string, number>> = {
  InsufficientInstanceCapacity: 500,
  InternalError: 500,
  RequestLimitExceeded: 503,
  ServiceUnavailable: 503,
  Unavailable: 503,
  UnauthorizedOperation: 403,
  AuthFailure: 401,
};

/** As the SDK throws it: EC2's errors have no classes of their own, `name` and `Code` carry the code. */
export function awsError(code: string, message: string, httpStatus?: number): EC2ServiceException {
  const status = httpStatus ?? httpStatusOfServerErrors[code] ?? 400;
  const error = new EC2ServiceException({
    name: code,
    message,
    $fault: status >= 500 ? 'server' : 'client',
    $metadata: { httpStatusCode: status, attempts: 1, totalRetryDelay: 0 },
  });
  return Object.assign(error, { Code: code });
}

/** As the SDK's request handler throws it: the caller cannot know whether the call took effect. */
export function timeoutError(call: string, afterMs: number): Error {
  const error = new Error(`${call}: no answer within ${afterMs} ms`);
  error.name = 'TimeoutError';
  return error;
}

export function abortError(call: string): Error {
  const error = new Error(`${call}: request aborted`);
  error.name = 'AbortError';
  return error;
}
