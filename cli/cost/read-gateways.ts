import {
  type MetricDataQuery,
  type MetricDataResult,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import { type NatGateway, paginateDescribeNatGateways, paginateDescribeSubnets } from '@aws-sdk/client-ec2';
import type { VpcId } from '../../shared/core/model/ids.ts';
import { dayMs } from '../../shared/core/model/time.ts';
import { orUnknown } from '../doctor/reading/or-unknown.ts';
import { everyItem, required } from '../doctor/reading/read-listing.ts';
import { CliError, type Session } from '../session.ts';
import type { GatewayUse } from './compare-costs.ts';
import { billedHours, type Period } from './period.ts';

/** Those two together are what is billed: each byte comes in once, from one side or the other. */
const metrics = ['BytesInFromSource', 'BytesInFromDestination'] as const;

export type GatewaysRead = {
  readonly gateways: readonly GatewayUse[];
  /** Why CloudWatch did not tell what they processed. */
  readonly trafficUnknown?: string;
};

/**
 * The NAT gateways of the VPC that EC2 still lists and that existed in the period, with what they did.
 * @throws CliError where EC2's answer is incomplete; EC2's errors as they are.
 */
export async function readGateways(session: Session, vpcId: VpcId, period: Period): Promise<GatewaysRead> {
  const Filter = [{ Name: 'vpc-id', Values: [vpcId] }];
  const found = await everyItem(
    paginateDescribeNatGateways({ client: session.aws.ec2 }, { Filter, MaxResults: 200 }),
    ({ NatGateways }) => NatGateways,
  );
  const lived = found.flatMap((raw) => livedGateway(raw, period));
  if (lived.length === 0) {
    return { gateways: [] };
  }
  const [places, bytes] = await Promise.all([
    readPlaces(session, vpcId),
    orUnknown(session.aws.region, async () => ({
      known: true as const,
      of: await readBytes(
        session,
        lived.map(({ id }) => id),
        period,
      ),
    })),
  ]);
  const gateways = lived.map(({ raw, id, hours }) => ({
    id,
    hours,
    zones: zonesOf(raw, places),
    ...(raw.AvailabilityMode === 'regional' ? { isRegional: true as const } : {}),
    ...(bytes.known ? { bytes: bytes.of.get(id) ?? 0 } : {}),
    publicIps: (raw.NatGatewayAddresses ?? []).filter(({ PublicIp }) => PublicIp !== undefined).length,
  }));
  return bytes.known ? { gateways } : { gateways, trafficUnknown: bytes.detail };
}

type Lived = { readonly raw: NatGateway; readonly id: string; readonly hours: number };

/** One that failed to be made is not billed. */
function livedGateway(raw: NatGateway, period: Period): Lived[] {
  const id = required(raw.NatGatewayId, 'DescribeNatGateways', 'a NAT gateway’s id');
  const created = required(raw.CreateTime, 'DescribeNatGateways', `the time at which ${id} was created`);
  const hours =
    raw.State === 'failed' ? 0 : billedHours(period, created.getTime(), raw.DeleteTime?.getTime());
  return hours === 0 ? [] : [{ raw, id, hours }];
}

/** The Availability Zone of each subnet. */
async function readPlaces({ aws }: Session, vpcId: VpcId): Promise<ReadonlyMap<string, string>> {
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }];
  const subnets = await everyItem(
    paginateDescribeSubnets({ client: aws.ec2 }, { Filters, MaxResults: 200 }),
    ({ Subnets }) => Subnets,
  );
  return new Map(
    subnets.flatMap(({ SubnetId, AvailabilityZone }) =>
      SubnetId === undefined || AvailabilityZone === undefined ? [] : [[SubnetId, AvailabilityZone] as const],
    ),
  );
}

/** A regional gateway is in no subnet; its addresses say where it is. */
function zonesOf(raw: NatGateway, places: ReadonlyMap<string, string>): string[] {
  if (raw.SubnetId !== undefined && raw.SubnetId !== '') {
    // The subnet of a deleted gateway may be gone; it was in one place nevertheless.
    return [places.get(raw.SubnetId) ?? raw.SubnetId];
  }
  const zones = (raw.NatGatewayAddresses ?? []).flatMap(({ AvailabilityZone }) => AvailabilityZone ?? []);
  return zones.length === 0 ? ['unknown'] : [...new Set(zones)];
}

/** Bytes of each gateway. GetMetricData takes 500 queries at once; no VPC has 250 NAT gateways. */
async function readBytes(
  { aws }: Session,
  ids: readonly string[],
  period: Period,
): Promise<ReadonlyMap<string, number>> {
  const input = {
    StartTime: new Date(period.startMs),
    EndTime: new Date(period.endMs),
    MetricDataQueries: ids.flatMap(queriesFor),
  };
  const results = await everyItem(
    paginateGetMetricData({ client: aws.cloudWatch }, input),
    ({ MetricDataResults }) => MetricDataResults,
  );
  refuseFailed(results);
  return new Map(ids.map((id, index) => [id, sumOf(results, index)]));
}

/** A query's id may have letters, digits and underscores only, and begins with a small letter. */
function queryId(index: number, metric: (typeof metrics)[number]): string {
  return `g${index}_${metric}`;
}

function queriesFor(id: string, index: number): MetricDataQuery[] {
  const Dimensions = [{ Name: 'NatGatewayId', Value: id }];
  return metrics.map((MetricName) => ({
    Id: queryId(index, MetricName),
    MetricStat: {
      Metric: { Namespace: 'AWS/NATGateway', MetricName, Dimensions },
      Period: dayMs / 1000,
      Stat: 'Sum',
    },
  }));
}

function sumOf(results: readonly MetricDataResult[], index: number): number {
  const ids = new Set(metrics.map((metric) => queryId(index, metric)));
  return results
    .filter(({ Id }) => Id !== undefined && ids.has(Id))
    .flatMap(({ Values }) => Values ?? [])
    .reduce((sum, value) => sum + value, 0);
}

/** A sum of some of the days would be printed as if it were of all. "PartialData" means a further page. */
function refuseFailed(results: readonly MetricDataResult[]): void {
  const failed = results.find(
    ({ StatusCode }) => StatusCode === 'InternalError' || StatusCode === 'Forbidden',
  );
  if (failed !== undefined) {
    throw new CliError(`its answer was ${failed.StatusCode}`, 3);
  }
}
