import { maxClientCidrs } from '../../../shared/config/client-limits.ts';
import type { DoctorFinding, Inventory, ProposedZone, S3Endpoint } from '../inventory.ts';
import { isPublic, nameSubnets, type SubnetView, tablesOf } from '../network-view.ts';
import { allowYourself } from './allow-yourself.ts';
import { packagesArn, readS3Policy } from './s3-policy.ts';

/** Elastic IPs, NAT gateways, S3 endpoints: what is around the subnets. */
export function surroundingFindings(
  views: readonly SubnetView[],
  inventory: Inventory,
  zones: readonly ProposedZone[],
): DoctorFinding[] {
  return [
    ...quotaFindings(inventory, zones),
    ...rangeFindings(inventory),
    ...inventory.s3Endpoints.flatMap((endpoint) => endpointFindings(endpoint, views, inventory)),
    ...natGatewayFindings(views, inventory),
  ];
}

/** The template allocates an Elastic IP for each zone that is given none; deployed zones have theirs. */
function quotaFindings(
  { elasticIps, deployment, region }: Inventory,
  zones: readonly ProposedZone[],
): DoctorFinding[] {
  const { used, limit, limitUnread, unassociated } = elasticIps;
  const needed = zones.length - (deployment?.zones.length ?? 0);
  if (needed === 0) {
    return [];
  }
  if (limit === undefined) {
    return [
      {
        severity: 'note',
        resource: 'vpc-max-elastic-ips',
        problem: `Your quota of Elastic IPs in ${region} is unknown: ${limitUnread ?? 'EC2 does not report it'}. ${used} are allocated, and ${needed} more are needed.`,
        fix: `${limitUnread === undefined ? '' : `${allowYourself(['ec2:DescribeAccountAttributes'], [limitUnread])} Or see: `}aws service-quotas get-service-quota --region ${region} --service-code ec2 --quota-code L-0263D0A3`,
      },
    ];
  }
  if (used + needed <= limit) {
    return [];
  }
  const desired = used + needed;
  const raise = `aws service-quotas request-service-quota-increase --region ${region} --service-code ec2 --quota-code L-0263D0A3 --desired-value ${desired}`;
  const bring =
    unassociated.length === 0
      ? ''
      : `Give zones an Elastic IP that nothing uses, such as ZoneAAllocationId=${unassociated[0]}${unassociated.length === 1 ? '' : ` (${unassociated.length} are free)`}; or ask for more: `;
  return [
    {
      severity: 'error',
      resource: 'L-0263D0A3',
      problem: `${needed} Elastic IP${needed === 1 ? ' is' : 's are'} needed, one per zone; ${used} of ${limit} are used in ${region}, so that ${Math.max(0, limit - used)} can be allocated.`,
      fix: `${bring}${raise}`,
    },
  ];
}

function rangeFindings({ vpc, deployment }: Inventory): DoctorFinding[] {
  if (vpc.cidrs.length <= maxClientCidrs || deployment?.hasClientCidrs === true) {
    return [];
  }
  return [
    {
      severity: 'warning',
      resource: vpc.id,
      problem: `The VPC has ${vpc.cidrs.length} IPv4 ranges; ClientCidrs takes ${maxClientCidrs}, and ${vpc.cidrs.slice(maxClientCidrs).join(', ')} would be refused by the NAT instances.`,
      fix: 'Name a wider range that covers several, or let clients in by their security group (ClientSecurityGroups).',
    },
  ];
}

function endpointFindings(
  endpoint: S3Endpoint,
  views: readonly SubnetView[],
  { region }: Inventory,
): DoctorFinding[] {
  const policy = readS3Policy(endpoint.policy, region);
  const served = views.filter(
    ({ table }) => table !== undefined && endpoint.routeTableIds.includes(table.id),
  );
  const findings: DoctorFinding[] = [];
  const ofPrivate = served.filter((view) => !isPublic(view));
  if (policy.isOpen && ofPrivate.length > 0) {
    findings.push({
      severity: 'note',
      resource: endpoint.id,
      problem: `What ${nameSubnets(ofPrivate)} send to S3 goes through this gateway endpoint and bypasses the NAT, and its policy allows everything: any bucket of any account can be reached, whatever the NAT instance filters.`,
      fix: 'If egress is to be restricted, name the buckets in the policy (aws ec2 modify-vpc-endpoint --policy-document). Otherwise leave it: traffic to S3 costs nothing this way.',
    });
  }
  const ofPublic = served.filter(isPublic);
  if (!policy.allowsPackages && ofPublic.length > 0) {
    findings.push({
      severity: 'warning',
      resource: endpoint.id,
      problem: `${nameSubnets(ofPublic)} reach S3 through this gateway endpoint, and its policy does not plainly allow the package repositories of Amazon Linux, which are in S3: a NAT instance of the image al2023 could not install nftables at its first boot.`,
      fix: `Allow s3:GetObject on ${packagesArn(region)} in the policy, or take the endpoint off ${tablesOf(
        ofPublic,
      )
        .map(({ table }) => table.id)
        .join(', ')}.`,
    });
  }
  return findings;
}

function natGatewayFindings(views: readonly SubnetView[], { natGateways }: Inventory): DoctorFinding[] {
  return natGateways.map((gateway) => {
    const what = gateway.isRegional ? 'regional NAT gateway' : 'NAT gateway';
    const leading = tablesOf(views.filter(({ table }) => table?.defaultRoute?.target.id === gateway.id));
    if (leading.length === 0) {
      return {
        severity: 'note',
        resource: gateway.id,
        problem: `No default route of this VPC leads to this ${what}; it is still billed by the hour${gateway.isRegional ? ' for each Availability Zone that it is in' : ''}.`,
        fix: 'Keep it as the way back, or delete it: docs/migrating.md, "Keep or delete the gateway".',
      };
    }
    const tables = leading.map(({ table, subnets }) => `${table.id} (${nameSubnets(subnets)})`).join(', ');
    const address =
      gateway.publicIps.length === 0
        ? ''
        : ` The outside sees ${gateway.publicIps.join(', ')} now and would see the zone's Elastic IP.`;
    return {
      severity: 'note',
      resource: gateway.id,
      problem: `The default route of ${tables} leads to this ${what}. A zone that names these subnets moves it to its instance; open connections break then.${address}`,
      fix: 'Add the new address to lists that name the old one before you deploy: docs/migrating.md.',
    };
  });
}
