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
    const lacks = opensInstances(one) ? '' : ', which lets no instance out, NAT gateways at most';
    return ` Its exclusion ${one.id}${of} is ${one.mode ?? 'of no known mode'}${lacks}, in ${one.state ?? 'no known state'}${why}.`;
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
  return `${otherwise(inventory)} ${mendOrMake(subnet, cover, region)}`;
}

/** With the command at the end, to be pasted. A whole VPC's exclusion is left as it is: it opens more than the public subnets. */
function mendOrMake(subnet: FoundSubnet, cover: readonly PublicAccessExclusion[], region: string): string {
  const make = excludeSubnet(subnet, region);
  const own = cover.find(({ resourceId }) => resourceId === subnet.id);
  const ofVpc = cover.find(({ resourceId }) => resourceId !== subnet.id);
  if (own !== undefined && hasFailed(own)) {
    return `Or delete what has failed (aws ec2 delete-vpc-block-public-access-exclusion --region ${region} --exclusion-id ${own.id}), and make it again: ${make}`;
  }
  if (own !== undefined && !opensInstances(own) && (isSteady(own) || isComing(own))) {
    return `Or change the exclusion: ${changeToBidirectional(own, region)}`;
  }
  return ofVpc === undefined
    ? `Or exclude the subnet: ${make}`
    : `Or exclude the subnet, if EC2 takes that beside ${ofVpc.id}, which is of the whole VPC (not documented; if not, ${changeToBidirectional(ofVpc, region)}): ${make}`;
}

function changeToBidirectional({ id }: PublicAccessExclusion, region: string): string {
  return `aws ec2 modify-vpc-block-public-access-exclusion --region ${region} --exclusion-id ${id} --internet-gateway-exclusion-mode allow-bidirectional`;
}

/** It is of the whole Region: no command for it is proposed. */
function otherwise({ publicAccess: { option } }: Inventory): string {
  const switchOff = 'Have it switched off, which opens the whole Region';
  if (!option.known) {
    return `${switchOff}; where an organisation's declarative policy has switched it on, only its owner can.`;
  }
  return option.isOfPolicy
    ? `${switchOff}; only whoever keeps the organisation's declarative policy can.`
    : `${switchOff}.`;
}
