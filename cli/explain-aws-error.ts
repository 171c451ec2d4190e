import { CliError } from './session.ts';
import { httpStatusOf, isThrottled, isTransient } from './transient-error.ts';

/** An error of the SDK or of AWS, as one sentence with the fix; any other error is returned as it is. */
export function explainAwsError(
  error: unknown,
  place: { readonly region?: string; readonly profile?: string },
): unknown {
  if (!(error instanceof Error) || error instanceof CliError) {
    return error;
  }
  const explanation = explain(error, place);
  return explanation === undefined ? error : new CliError(explanation, 3);
}

function explain(
  error: Error,
  { region, profile }: { readonly region?: string; readonly profile?: string },
): string | undefined {
  const { name, message } = error;
  const who =
    profile === undefined
      ? 'the usual places (environment, shared configuration, instance role)'
      : `profile ${profile}`;
  if (message.startsWith('Region is missing')) {
    return 'no AWS Region: set AWS_REGION, give --region, or set one in the profile';
  }
  switch (name) {
    case 'CredentialsProviderError':
      return `no AWS credentials in ${who}: sign in, set AWS_PROFILE, or give --profile (${message})`;
    case 'ExpiredToken':
    case 'ExpiredTokenException':
    case 'RequestExpired':
    case 'TokenProviderError':
      return `the AWS credentials have expired: sign in again (${message})`;
    case 'InvalidClientTokenId':
    case 'UnrecognizedClientException':
    case 'AuthFailure':
    case 'SignatureDoesNotMatch':
    case 'InvalidSignatureException':
      return `AWS does not know these credentials${region === undefined ? '' : ` in ${region}`}: check the profile, and that the Region is enabled in the account (${message})`;
    case 'AccessDenied':
    case 'AccessDeniedException':
    case 'UnauthorizedOperation':
      return `not permitted: ${message}`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'UnknownEndpoint':
      return unreachable(region, message);
    case 'TimeoutError':
      return `AWS did not answer${region === undefined ? '' : ` in ${region}`}: ${message}`;
    default:
      if (httpStatusOf(error) !== undefined) {
        return answered(error, region);
      }
      return isTransient(error) || /getaddrinfo|ENOTFOUND|ECONNREFUSED|EAI_AGAIN/.test(message)
        ? unreachable(region, message === '' ? name : message)
        : undefined;
  }
}

/** AWS was there: the network is not what failed. */
function answered(error: Error, region: string | undefined): string | undefined {
  const where = region === undefined ? '' : ` in ${region}`;
  const { name, message } = error;
  if (isThrottled(error)) {
    return `AWS limits how often it is called${where}: try again in a minute (${name}: ${message})`;
  }
  const status = httpStatusOf(error) ?? 0;
  return status >= 500
    ? `AWS failed${where}, HTTP ${status}: try again in a minute; AWS Health tells of an incident (${name}: ${message})`
    : undefined;
}

function unreachable(region: string | undefined, message: string): string {
  return `AWS could not be reached${region === undefined ? '' : ` in ${region}`}: check the network and the Region's name (${message})`;
}
