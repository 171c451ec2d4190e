import { type Finding, finding } from '../model/finding.ts';
import type { Subnet } from '../model/snapshot.ts';

/**
 * True where VPC Block Public Access cuts a NAT instance in this subnet off: one of its modes lets only NAT gateways and
 * egress-only internet gateways through, the other nothing at all (EC2 API Reference, BlockPublicAccessStates).
 */
export function isPublicAccessBlocked(subnet: Subnet | undefined): boolean {
  const mode = subnet?.internetGatewayBlock ?? 'off';
  return mode !== 'off';
}

/** Reported, but no reason to leave the zone alone: once the block is switched off, everything must be ready. */
export function publicAccessFindings(subnet: Subnet | undefined): Finding[] {
  if (subnet === undefined || !isPublicAccessBlocked(subnet)) {
    return [];
  }
  const detail = `VPC Block Public Access (${subnet.internetGatewayBlock}) cuts every NAT instance in ${subnet.id} off from the internet; ${publicAccessFix(subnet)}`;
  return [finding('public-access-blocked', detail)];
}

export function publicAccessFix({ id }: Subnet): string {
  return `exclude the subnet (aws ec2 create-vpc-block-public-access-exclusion --subnet-id ${id} --internet-gateway-exclusion-mode allow-bidirectional), or have it switched off; where an organisation's declarative policy has switched it on, only its owner can`;
}
