import type { ZoneView } from '../diagnose/zone-view.ts';
import { type Finding, finding } from '../model/finding.ts';

/**
 * Two stacks that name one address take turns in being refused it, and the one that allocated it takes it along when it
 * is deleted. Said and not refused: that stack may be gone, with its address kept on purpose.
 */
export function borrowedAddressFindings({ address, stack, zone }: ZoneView): Finding[] {
  const owner = address?.allocatedBy;
  return address === undefined || owner === undefined || owner === stack
    ? []
    : [
        finding(
          'address-of-another-stack',
          `Elastic IP ${address.publicIp} (${address.allocationId}) was allocated by the Phoenat stack ${owner}, says CloudFormation's tag on it, and is released with it: give zone ${zone.name} an address of its own, unless ${owner} is gone and has left it to you`,
        ),
      ];
}
