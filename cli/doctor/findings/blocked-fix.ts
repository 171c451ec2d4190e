import { excludeSubnet } from '../../../shared/core/diagnose/public-access.ts';
import type { FoundSubnet, Inventory, PublicAccessExclusion } from '../inventory.ts';
import { coverOf, hasFailed, isComing, isSteady, opensInstances } from '../public-access.ts';

function coverIn(subnet: FoundSubnet, { publicAccess: { exclusions } }: Inventory): PublicAccessExclusion[] {
  return exclusions.known ? coverOf(subnet, exclusions.found) : [];
}

/** What is said of the exclusions that a blocked subnet has, and who keeps the block; empty where there is nothing to say. */
export function excludedHow(subnet: FoundSubnet, inventory: Inventory): string {
  const { option } = inventory.publicAccess;
  const said = coverIn(subnet, inventory).map((one) => {
    const of = one.resourceId === subnet.id ? '' : ` of ${one.resourceId}`;
    const why = one.reason === undefined || one.reason === '' ? '' : `: ${one.reason}`;
    const lacks = opensInstances(one) ? '' : ', which lets NAT gateways out at most, and no instance';
    return ` Its exclusion ${one.id}${of}: ${one.mode ?? 'of no known mode'}${lacks}; ${one.state ?? 'in no known state'}${why}.`;
  });
  const kept = option.known && option.isOfPolicy ? " An organisation's declarative policy keeps it on." : '';
  return `${said.join('')}${kept}`;
}

/** As a command, where there is one. */
export function blockedFix(subnet: FoundSubnet, inventory: Inventory): string {
  const { publicAccess, region } = inventory;
  const { option } = publicAccess;
  if (option.known && option.forbidsExclusions) {
    return `The organisation's declarative policy allows no exclusions: only whoever keeps it can allow them. Then: ${excludeSubnet(subnet, region)}`;
  }
  const cover = coverIn(subnet, inventory);
  const awaited = cover.find((one) => opensInstances(one) && (isComing(one) || isSteady(one)));
  if (awaited !== undefined) {
    return `${awaited.id} can take minutes to have effect: wait, and run doctor again. If it lasts: aws ec2 describe-vpc-block-public-access-exclusions --region ${region} --exclusion-ids ${awaited.id}`;
  }
  return mendOrMake(subnet, cover, inventory);
}

/** With the command at the end, to be pasted. A whole VPC's exclusion is left as it is: it opens more than the public subnets. */
function mendOrMake(
  subnet: FoundSubnet,
  cover: readonly PublicAccessExclusion[],
  inventory: Inventory,
): string {
  const { region } = inventory;
  const make = excludeSubnet(subnet, region);
  const other = switchOff(inventory);
  const own = cover.find(({ resourceId }) => resourceId === subnet.id);
  const ofVpc = cover.find(({ resourceId }) => resourceId !== subnet.id);
  if (own !== undefined && hasFailed(own)) {
    return `Delete what has failed (aws ec2 delete-vpc-block-public-access-exclusion --region ${region} --exclusion-id ${own.id}) and exclude the subnet again, ${other}: ${make}`;
  }
  if (own !== undefined && !opensInstances(own) && (isSteady(own) || isComing(own))) {
    return `Change the exclusion, ${other}: ${changeToBidirectional(own, region)}`;
  }
  return ofVpc === undefined
    ? `Exclude the subnet, ${other}: ${make}`
    : `Exclude the subnet, if EC2 takes that beside ${ofVpc.id}, which is of the whole VPC (not documented; if not, ${changeToBidirectional(ofVpc, region)}), ${other}: ${make}`;
}

function changeToBidirectional({ id }: PublicAccessExclusion, region: string): string {
  return `aws ec2 modify-vpc-block-public-access-exclusion --region ${region} --exclusion-id ${id} --internet-gateway-exclusion-mode allow-bidirectional`;
}

/** Of the whole Region: no command for it is proposed. */
function switchOff({ publicAccess: { option } }: Inventory): string {
  const isOfPolicy = option.known ? option.isOfPolicy : undefined;
  const who =
    isOfPolicy === undefined
      ? ", which only its owner can where an organisation's declarative policy keeps it on"
      : isOfPolicy
        ? ", which only whoever keeps the organisation's declarative policy can"
        : '';
  return `or have the block switched off for the whole Region${who}`;
}
