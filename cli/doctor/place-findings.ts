import type { DoctorFinding, FoundSubnet, Inventory, ProposedZone } from './inventory.ts';
import { nameSubnets, type SubnetView, tablesOf } from './network-view.ts';

/** Where the subnets are and whose, and what else leads out of them or keeps packets in. */
export function placeFindings(
  views: readonly SubnetView[],
  inventory: Inventory,
  zones: readonly ProposedZone[],
): DoctorFinding[] {
  const named = new Set(zones.flatMap((zone) => [zone.publicSubnetId, ...zone.privateSubnetIds]));
  const served = views.filter(({ subnet }) => named.has(subnet.id));
  return [
    ...sharedFindings(views, inventory),
    ...views.flatMap((view) => elsewhereFindings(view, zones, inventory)),
    ...tablesOf(served).flatMap(({ table, subnets }) => broadFindings(table.id, subnets, inventory)),
    ...encryptionFindings(inventory),
  ];
}

/** A participant sees a shared subnet and its route table, and may change neither (VPC User Guide, "Share your VPC"). */
function sharedFindings(views: readonly SubnetView[], { account, vpc }: Inventory): DoctorFinding[] {
  if (account === undefined) {
    return [];
  }
  if (!account.known) {
    return [
      {
        severity: 'note',
        resource: vpc.id,
        problem: `Whether its subnets are this account's own or shared with it is unknown: ${account.detail}.`,
        fix: 'Compare OwnerId of aws ec2 describe-subnets with aws sts get-caller-identity.',
      },
    ];
  }
  const foreign = views.filter(({ subnet }) => (subnet.ownerId ?? account.id) !== account.id);
  const owners = new Set(foreign.map(({ subnet }) => subnet.ownerId));
  return foreign.length === 0
    ? []
    : [
        {
          severity: 'error',
          resource: vpc.id,
          problem: `${nameSubnets(foreign)} ${foreign.length === 1 ? 'is' : 'are'} shared by account ${[...owners].join(', ')}: only the owner may change the route tables, and from ${account.id} no route could be moved.`,
          fix: 'Deploy Phoenat in the account that owns the subnets.',
        },
      ];
}

/**
 * True for a Local Zone (us-west-2-lax-1a), a Wavelength Zone (us-east-1-wl1-bos-wlz-1), or an Outpost: the name of an
 * Availability Zone is that of its Region and a letter.
 */
export function isElsewhere({
  availabilityZone,
  isOnOutpost,
}: Pick<FoundSubnet, 'availabilityZone' | 'isOnOutpost'>): boolean {
  return isOnOutpost === true || !/^[a-z]+(-[a-z]+)+-\d+[a-z]$/.test(availabilityZone);
}

function elsewhereFindings(
  { subnet, role }: SubnetView,
  zones: readonly ProposedZone[],
  { region }: Inventory,
): DoctorFinding[] {
  if (!isElsewhere(subnet)) {
    return [];
  }
  const where =
    subnet.isOnOutpost === true
      ? `on an Outpost (${subnet.availabilityZone})`
      : `in ${subnet.availabilityZone}, which is no Availability Zone but a Local or Wavelength Zone`;
  if (zones.some(({ publicSubnetId }) => publicSubnetId === subnet.id)) {
    return [
      {
        severity: 'error',
        resource: subnet.id,
        problem: `A NAT instance would be ${where}: the Elastic IPs of ${region} cannot be used there, and few instance types are offered.`,
        fix: `Name a public subnet in an Availability Zone of ${region}.`,
      },
    ];
  }
  if (role.kind === 'public') {
    return [
      {
        severity: 'note',
        resource: subnet.id,
        problem: `It is ${where}, and is not proposed for a NAT instance.`,
        fix: `A NAT instance belongs in an Availability Zone of ${region}, where its Elastic IP is.`,
      },
    ];
  }
  return zones.some(({ privateSubnetIds }) => privateSubnetIds.includes(subnet.id))
    ? [
        {
          severity: 'warning',
          resource: subnet.id,
          problem: `It is ${where}: what it sends would go to an Availability Zone of ${region} first, with that way's latency and price.`,
          fix: 'Leave it out of the private subnets if that is not wanted.',
        },
      ]
    : [];
}

/** EC2 takes the narrowest route that fits: what halves of the internet lead to, the default route does not get. */
function broadFindings(
  tableId: string,
  subnets: readonly SubnetView[],
  { broadRoutes = [] }: Inventory,
): DoctorFinding[] {
  const found = broadRoutes.filter(({ routeTableId }) => routeTableId === tableId);
  const list = found.map(({ destination, target }) => `${destination} to ${target}`).join(', ');
  return found.length === 0
    ? []
    : [
        {
          severity: 'error',
          resource: tableId,
          problem: `The table of ${nameSubnets(subnets)} leads ${list}: narrower than 0.0.0.0/0, so that this part of the internet goes past the default route, which is the only one that Phoenat moves.`,
          fix: found
            .map(
              ({ destination }) =>
                `aws ec2 delete-route --route-table-id ${tableId} --destination-cidr-block ${destination}`,
            )
            .join('; then '),
        },
      ];
}

function encryptionFindings({ vpc }: Inventory): DoctorFinding[] {
  const { encryption } = vpc;
  if (encryption?.mode !== 'enforce') {
    return [];
  }
  return [
    {
      severity: 'warning',
      resource: vpc.id,
      problem: `VPC Encryption Controls are in the mode enforce: only instance types that encrypt what they send may run in it${encryption.isInternetGatewayExcluded ? '' : ', and its internet gateway is not excluded, so that nothing may leave by it'}. Phoenat has not been tried there.`,
      fix: `Choose InstanceTypes for which aws ec2 describe-instance-types says EncryptionInTransitSupported (NetworkInfo)${encryption.isInternetGatewayExcluded ? '' : ', and exclude the internet gateway: aws ec2 modify-vpc-encryption-control --internet-gateway-exclusion enable'}.`,
    },
  ];
}
