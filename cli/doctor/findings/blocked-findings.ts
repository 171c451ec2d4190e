import { isOfAnotherAccount } from '../../../shared/core/diagnose/place.ts';
import { excludeSubnet } from '../../../shared/core/diagnose/public-access.ts';
import type {
  DoctorFinding,
  FoundSubnet,
  Inventory,
  ProposedZone,
  PublicAccessExclusion,
} from '../inventory.ts';
import { type Access, accessOf, coverOf, isSteady, opensInstances } from '../public-access.ts';
import { allowYourself } from './allow-yourself.ts';
import { blockedFix, excludedHow } from './blocked-fix.ts';

/** Whether VPC Block Public Access cuts the zones' NAT instances off, as far as it can be known. */
export function blockedFindings(zones: readonly ProposedZone[], inventory: Inventory): DoctorFinding[] {
  const ids = new Set(zones.map(({ publicSubnetId }) => publicSubnetId));
  const places = inventory.subnets
    .filter(({ id }) => ids.has(id))
    .filter((subnet) => subnet.internetGatewayBlock !== undefined || !isForeign(subnet, inventory))
    .map((subnet) => ({ subnet, access: accessOf(subnet, inventory) }));
  const findings = places.flatMap(({ subnet, access }) => findingsOf(subnet, access, inventory));
  const unknown = places.flatMap(({ subnet, access }) =>
    access.kind === 'unknown' ? [{ subnet, because: access.because }] : [],
  );
  return [
    ...findings,
    ...changingFindings(inventory),
    ...(unknown.length === 0 ? unreadFindings(inventory) : [unknownFinding(unknown, inventory)]),
  ];
}

function findingsOf(subnet: FoundSubnet, access: Access, inventory: Inventory): DoctorFinding[] {
  switch (access.kind) {
    case 'open':
      return endingFindings(subnet, inventory);
    case 'blocked':
      return [blockedFinding(subnet, access.mode, inventory)];
    case 'unknown':
      return [];
  }
}

/** Of a shared subnet the owner's setting counts, which cannot be seen from here. */
function isForeign(subnet: FoundSubnet, { account }: Inventory): boolean {
  return isOfAnotherAccount(subnet, account?.known === true ? account.id : undefined);
}

function blockedFinding(subnet: FoundSubnet, mode: string, inventory: Inventory): DoctorFinding {
  const isOwn = !isForeign(subnet, inventory);
  const gateways = mode === 'block-ingress' ? '; it lets NAT gateways through' : ', and NAT gateways too';
  return {
    severity: 'error',
    resource: subnet.id,
    problem: `VPC Block Public Access (${mode}) cuts every NAT instance here off from the internet${gateways}.${isOwn ? excludedHow(subnet, inventory) : ''}`,
    fix: isOwn ? blockedFix(subnet, inventory) : 'Only the account that owns the subnet can change that.',
  };
}

/** The subnet is open, but only because of an exclusion that is about to end, or against all that is said of it. */
function endingFindings(subnet: FoundSubnet, inventory: Inventory): DoctorFinding[] {
  const { option, exclusions } = inventory.publicAccess;
  if (!option.known || !exclusions.known || isForeign(subnet, inventory)) {
    return [];
  }
  const { mode } = option;
  const cover = coverOf(subnet, exclusions.found).filter(opensInstances);
  if (mode === 'off' || mode === undefined || cover.some(isSteady)) {
    return [];
  }
  return [endingFinding(subnet, mode, cover[0], inventory)];
}

function endingFinding(
  subnet: FoundSubnet,
  mode: string,
  ending: PublicAccessExclusion | undefined,
  { region }: Inventory,
): DoctorFinding {
  const problem =
    ending === undefined
      ? `VPC Block Public Access is on (${mode}), and no exclusion of this subnet or its VPC lets an instance out; yet EC2 says that the subnet is not blocked. One of the two is behind.`
      : `VPC Block Public Access is on (${mode}), and the exclusion that keeps this subnet open, ${ending.id}, is in ${ending.state ?? 'no known state'}: NAT instances here may be cut off when that ends.`;
  return {
    severity: 'warning',
    resource: subnet.id,
    problem,
    fix: `Run doctor again in some minutes. If the subnet is blocked then, exclude it: ${excludeSubnet(subnet, region)}`,
  };
}

function changingFindings({ publicAccess: { option }, vpc, region }: Inventory): DoctorFinding[] {
  if (!option.known || option.state !== 'update-in-progress') {
    return [];
  }
  return [
    {
      severity: 'warning',
      resource: vpc.id,
      problem: `VPC Block Public Access is being changed in ${region} (update-in-progress, mode ${option.mode ?? 'not said'}): whether it cuts NAT instances off afterwards is unknown.`,
      fix: `Wait until this says update-complete, which can take minutes, and run doctor again: aws ec2 describe-vpc-block-public-access-options --region ${region}`,
    },
  ];
}

const permissions = {
  option: 'ec2:DescribeVpcBlockPublicAccessOptions',
  exclusions: 'ec2:DescribeVpcBlockPublicAccessExclusions',
} as const;

function unknownFinding(
  unknown: readonly { readonly subnet: FoundSubnet; readonly because: string }[],
  { vpc, region, publicAccess: { option, exclusions } }: Inventory,
): DoctorFinding {
  const reasons = [...new Set(unknown.map(({ because }) => because))];
  const ids = unknown.map(({ subnet }) => subnet.id).join(', ');
  const lacking = [
    ...(option.known ? [] : [permissions.option]),
    ...(exclusions.known ? [] : [permissions.exclusions]),
  ];
  return {
    severity: 'warning',
    resource: vpc.id,
    problem: `Whether VPC Block Public Access cuts NAT instances in ${ids} off is unknown: DescribeSubnets does not say; ${reasons.join('; ')}.`,
    fix:
      lacking.length === 0
        ? `Ask somebody who can see it in the console, or see what EC2 says: aws ec2 describe-vpc-block-public-access-options --region ${region}`
        : allowYourself(lacking, reasons),
  };
}

/** The subnets' own state is known; what it rests on is not. */
function unreadFindings({ publicAccess: { option, exclusions }, vpc }: Inventory): DoctorFinding[] {
  const isOff = option.known && option.mode === 'off';
  const unread = [
    ...(option.known
      ? []
      : [{ what: 'who keeps it and whether it is being changed', lack: permissions.option, ...option }]),
    ...(exclusions.known || isOff
      ? []
      : [{ what: 'which exclusions there are', lack: permissions.exclusions, ...exclusions }]),
  ];
  if (unread.length === 0) {
    return [];
  }
  const details = [...new Set(unread.map(({ detail }) => detail))];
  return [
    {
      severity: 'note',
      resource: vpc.id,
      problem: `Of VPC Block Public Access it is unknown ${unread.map(({ what }) => what).join(', and ')}: ${details.join('; ')}.`,
      fix: allowYourself(
        unread.map(({ lack }) => lack),
        details,
      ),
    },
  ];
}
