import { type Finding, finding } from '../model/finding.ts';
import type { Subnet } from '../model/snapshot.ts';

/**
 * True where VPC Block Public Access cuts a NAT instance in this subnet off: one of its modes lets only NAT gateways and
 * egress-only internet gateways through, the other nothing at all (EC2 API Reference, BlockPublicAccessStates). In either
 * an instance in a public subnet cannot so much as ping out, and the subnet of an appliance must be excluded, while those
 * that send to it need not be (VPC User Guide, "VPC BPA advanced example", "VPC BPA basics"). Where EC2 does not say, it
 * counts as open: nothing may be kept from healing for that.
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

/** An exclusion that is there may be of the other mode, `allow-egress`, which lets no instance out: the controller reads none. */
function publicAccessFix(subnet: Subnet): string {
  return `exclude the subnet (${excludeSubnet(subnet)}), or have it switched off; an exclusion that is allow-egress is not enough; where an organisation's declarative policy has switched it on, only its owner can`;
}

export function excludeSubnet({ id }: Subnet, region?: string): string {
  const where = region === undefined ? '' : `--region ${region} `;
  return `aws ec2 create-vpc-block-public-access-exclusion ${where}--subnet-id ${id} --internet-gateway-exclusion-mode allow-bidirectional`;
}
