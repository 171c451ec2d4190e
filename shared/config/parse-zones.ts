import { errorMessage } from '../core/model/error-message.ts';
import { type AllocationId, parseZoneName, type SubnetId, type ZoneName } from '../core/model/ids.ts';
import type { ZoneSettings } from '../core/model/settings.ts';
import { standbyName } from '../core/neighbours/standby.ts';
import type { Problems } from './problems.ts';
import { type Reader, readId } from './readers.ts';

const shape =
  '[{"name":"a","publicSubnet":"subnet-…","privateSubnets":["subnet-…"],"allocationId":"eipalloc-…"}]';
const zoneKeys = ['name', 'publicSubnet', 'privateSubnets', 'allocationId', 'probe', 'standbyFor'];
/** A Lambda function's name (Lambda API Reference, "CreateFunction"). */
const functionName = /^[\w-]{1,64}$/;

/** From JSON: one zone to six, each subnet and address used once; or one and its standby, in the same public subnet. */
export const zoneList: Reader<ZoneSettings[]> = {
  type: 'String',
  read: (raw, path, problems) => {
    const entries = parseJsonList(raw, path, problems);
    if (entries === undefined) {
      return [];
    }
    if (entries.length < 1 || entries.length > 6) {
      problems.add(path, `${entries.length} zones`, '1 to 6 zones');
    }
    const zones = entries.flatMap((entry, index) => readZone(entry, `${path}[${index}]`, problems));
    const addresses = zones.map(({ allocationId }) => allocationId);
    const subnets = zones
      .filter(({ standbyFor }) => standbyFor === undefined)
      .flatMap((zone) => [zone.publicSubnetId, ...zone.privateSubnetIds]);
    refuseOddStandby(zones, path, problems);
    refuseRepeated(
      zones.map(({ name }) => name),
      `${path} names`,
      problems,
    );
    refuseRepeated(addresses, `${path} allocationIds`, problems);
    refuseRepeated(subnets, `${path} subnets`, problems);
    return zones.flatMap(completeZone);
  },
};

/** A zone as far as it could be read: what is repeated in it is told together with what is wrong in it. */
type ReadZone = {
  readonly name: ZoneName | undefined;
  readonly publicSubnetId: SubnetId | undefined;
  readonly privateSubnetIds: readonly SubnetId[];
  readonly allocationId: AllocationId | undefined;
  readonly probe: string | undefined;
  readonly standbyFor: ZoneName | undefined;
};

function completeZone(zone: ReadZone): ZoneSettings[] {
  const { name, publicSubnetId, privateSubnetIds, allocationId, probe, standbyFor } = zone;
  const optional = {
    ...(probe === undefined ? {} : { probe }),
    ...(standbyFor === undefined ? {} : { standbyFor }),
  };
  return name === undefined || publicSubnetId === undefined || allocationId === undefined
    ? []
    : [{ name, publicSubnetId, privateSubnetIds, allocationId, ...optional }];
}

/** With several zones, neighbours stand in for one another, and one more instance would be of no use. */
function refuseOddStandby(zones: readonly ReadZone[], path: string, problems: Problems): void {
  const standby = zones.find(({ name }) => name === standbyName);
  const others = zones.filter((zone) => zone !== standby);
  const [only, ...more] = others;
  if (standby === undefined) {
    return;
  }
  if (only === undefined || more.length > 0) {
    const expected = 'one zone beside a standby (Standby=on); several stand in for one another (StandIn=on)';
    problems.add(path, `${others.length} zones`, expected);
  } else if (standby.standbyFor !== only.name || standby.publicSubnetId !== only.publicSubnetId) {
    problems.add(path, standby.standbyFor, `a standby for zone ${only.name}, in its public subnet`);
  }
}

function parseJsonList(raw: string, path: string, problems: Problems): readonly unknown[] | undefined {
  if (raw === '') {
    problems.add(path, raw, `JSON: ${shape}`);
    return undefined;
  }
  try {
    const parsed: unknown = JSON.parse(raw);
    if (Array.isArray(parsed)) {
      return parsed;
    }
    problems.add(path, parsed, `a JSON list: ${shape}`);
  } catch (error) {
    const where = errorMessage(error);
    problems.add(path, raw, `JSON: ${shape} (${where})`);
  }
  return undefined;
}

function readZone(entry: unknown, path: string, problems: Problems): ReadZone[] {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    problems.add(path, entry, 'an object with name, publicSubnet, privateSubnets, allocationId');
    return [];
  }
  const fields = new Map<string, unknown>(Object.entries(entry));
  for (const key of fields.keys()) {
    if (!zoneKeys.includes(key)) {
      problems.add(`${path}.${key}`, fields.get(key), `only ${zoneKeys.join(', ')}`);
    }
  }
  const name = parseZoneName(fields.get('name'));
  if (name === undefined) {
    problems.add(`${path}.name`, fields.get('name'), '1 to 32 lower-case letters, digits and hyphens');
  }
  const publicSubnetId = readId('subnet', fields.get('publicSubnet'), `${path}.publicSubnet`, problems);
  const isStandby = name !== undefined && name === standbyName;
  const privateSubnetIds = isStandby
    ? []
    : readSubnets(fields.get('privateSubnets'), `${path}.privateSubnets`, problems);
  const allocationId = readId('allocation', fields.get('allocationId'), `${path}.allocationId`, problems);
  const probe = readProbe(fields.get('probe'), `${path}.probe`, problems);
  const standbyFor = isStandby ? parseZoneName(fields.get('standbyFor')) : undefined;
  const unfit = isStandby ? 'privateSubnets' : 'standbyFor';
  if (fields.has(unfit)) {
    problems.add(
      `${path}.${unfit}`,
      fields.get(unfit),
      `nothing: only a zone named ${standbyName} has no clients`,
    );
  }
  return [{ name, publicSubnetId, privateSubnetIds, allocationId, probe, standbyFor }];
}

/** Absent where the zone has none. */
function readProbe(raw: unknown, path: string, problems: Problems): string | undefined {
  if (raw === undefined || (typeof raw === 'string' && functionName.test(raw))) {
    return raw;
  }
  problems.add(path, raw, "the name of the zone's probe function");
  return undefined;
}

function readSubnets(raw: unknown, path: string, problems: Problems): SubnetId[] {
  if (!Array.isArray(raw) || raw.length === 0) {
    problems.add(path, raw, 'a list of at least one private subnet id');
    return [];
  }
  return raw.flatMap((id: unknown, index) => readId('subnet', id, `${path}[${index}]`, problems) ?? []);
}

function refuseRepeated(values: readonly (string | undefined)[], what: string, problems: Problems): void {
  const known = values.flatMap((value) => value ?? []);
  const repeated = new Set(known.filter((value, index) => known.indexOf(value) !== index));
  for (const value of repeated) {
    problems.add(what, value, 'each to be used once');
  }
}
