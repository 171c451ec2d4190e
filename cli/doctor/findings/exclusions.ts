import type { FoundSubnet, PublicAccessExclusion } from '../inventory.ts';

/** Those of the subnet first, then those of its VPC, which apply to all its subnets; without those that are gone. */
export function coverOf(
  { id, vpcId }: FoundSubnet,
  found: readonly PublicAccessExclusion[],
): PublicAccessExclusion[] {
  const current = found.filter(({ state }) => state !== 'delete-complete');
  return [id, vpcId].flatMap((of) => current.filter(({ resourceId }) => resourceId === of));
}

/**
 * `allow-egress` does not serve an instance: in the mode block-ingress it is ignored, and in block-bidirectional it lets out
 * only what goes through a NAT gateway or an egress-only internet gateway (VPC User Guide, "VPC BPA advanced example",
 * scenarios 5 and 6).
 */
export function opensInstances({ mode }: PublicAccessExclusion): boolean {
  return mode === 'allow-bidirectional';
}

export function isSteady({ state }: PublicAccessExclusion): boolean {
  return state === 'create-complete' || state === 'update-complete';
}

/** On its way to what it is to be. */
export function isComing({ state }: PublicAccessExclusion): boolean {
  return state === 'create-in-progress' || state === 'update-in-progress';
}

export function hasFailed({ state }: PublicAccessExclusion): boolean {
  return state === 'create-failed' || state === 'update-failed';
}
