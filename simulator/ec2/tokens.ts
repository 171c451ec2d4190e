import { awsError } from './aws-error.ts';
import type { Region } from './region.ts';

/** Of Spot's own refusals nobody knows: what costs a caller more is assumed of those that say that there is none to give. */
const bindsToken = new Set([
  'InsufficientInstanceCapacity',
  'MaxSpotInstanceCountExceeded',
  'SpotMaxPriceTooLow',
]);

/**
 * Makes a resource once per client token. A request that EC2 refused leaves nothing behind, so its token may be used
 * again; one that it accepted and had no capacity for binds the token to its parameters (seen, in no document); a token stays known for good, also when its resource is long gone (EC2 developer guide, "Ensuring idempotency").
 * @throws IdempotentParameterMismatch for the same token with other parameters.
 * @returns the id of the resource that the first request with this token made.
 */
export function once(
  region: Region,
  scope: string,
  token: string | undefined,
  parameters: object,
  make: () => string,
): string {
  if (token === undefined) return make();
  if (token.length > 64 || /[^\x20-\x7e]/.test(token)) {
    throw awsError('InvalidParameterValue', 'ClientToken must be at most 64 ASCII characters');
  }
  const key = `${scope} ${token}`;
  const canonical = JSON.stringify(sorted(parameters));
  const earlier = region.tokens.get(key);
  if (earlier !== undefined && earlier.parameters !== canonical) {
    throw awsError(
      'IdempotentParameterMismatch',
      `The provided client token (${token}) has already been used with different parameters: make a new token for a new request.`,
    );
  }
  if (earlier?.resourceId !== undefined) return earlier.resourceId;
  try {
    const resourceId = make();
    region.tokens.set(key, { parameters: canonical, resourceId });
    return resourceId;
  } catch (error) {
    const isAccepted = error instanceof Error && bindsToken.has(error.name);
    if (isAccepted) region.tokens.set(key, { parameters: canonical, resourceId: undefined });
    throw error;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
}
