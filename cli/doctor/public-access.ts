import { isPublicAccessBlocked } from '../../shared/core/diagnose/public-access.ts';
import type { FoundSubnet, Inventory, PublicAccessExclusion } from './inventory.ts';

/** Whether VPC Block Public Access lets a NAT instance out of a subnet. */
export type Access =
  | { readonly kind: 'open' }
  | { readonly kind: 'blocked'; readonly mode: string }
  | { readonly kind: 'unknown'; readonly because: string };

/**
 * What DescribeSubnets says of a subnet is what the controller goes by. That it has the exclusions counted in is assumed:
 * AWS's reference calls it the mode, and no more. Where it says nothing, the account's mode and the exclusions decide.
 */
export function accessOf(subnet: FoundSubnet, { publicAccess }: Pick<Inventory, 'publicAccess'>): Access {
  const { option, exclusions } = publicAccess;
  if (subnet.internetGatewayBlock !== undefined) {
    return isPublicAccessBlocked(subnet)
      ? { kind: 'blocked', mode: subnet.internetGatewayBlock }
      : { kind: 'open' };
  }
  if (!option.known) {
    return { kind: 'unknown', because: option.detail };
  }
  if (option.mode === undefined) {
    return { kind: 'unknown', because: 'nor does DescribeVpcBlockPublicAccessOptions name a mode' };
  }
  if (option.mode === 'off') {
    return { kind: 'open' };
  }
  if (!exclusions.known) {
    return { kind: 'unknown', because: `it is on (${option.mode}), and of exclusions: ${exclusions.detail}` };
  }
  return coverOf(subnet, exclusions.found).some((one) => opensInstances(one) && isSteady(one))
    ? { kind: 'open' }
    : { kind: 'blocked', mode: option.mode };
}

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
