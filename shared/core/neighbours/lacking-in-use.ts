import type { InstanceId, SubnetId, ZoneName } from '../model/ids.ts';
import type { AskedInstance, Reading } from '../model/reading.ts';
import type { ZoneSettings } from '../model/settings.ts';
import type { NatInstance } from '../model/snapshot.ts';
import type { EpochMs } from '../model/time.ts';

/** An instance that asks clients and has not been told which addresses are in use. */
export type Lacking = {
  /** Whose probe has heard that, and can bring it. */
  readonly zone: ZoneSettings;
  readonly instance: AskedInstance;
  /** The private subnets of every zone whose traffic it has. */
  readonly subnetIds: readonly SubnetId[];
  /** When it was asked. */
  readonly askedAt: EpochMs;
};

type Told = {
  readonly zones: readonly ZoneSettings[];
  readonly instances: readonly NatInstance[];
  readonly readings: ReadonlyMap<ZoneName, readonly Reading[]>;
  /** Other zones' instances that carry this zone. */
  readonly standInsOf: (zone: ZoneName) => readonly InstanceId[];
};

/** By their latest words, each of them once. */
export function lackingInUse({ zones, instances, readings, standInsOf }: Told): readonly Lacking[] {
  const found = new Map<InstanceId, Lacking>();
  for (const zone of zones) {
    const latest = readings.get(zone.name)?.findLast(({ outcome }) => outcome.kind === 'answered');
    for (const { id, privateIp, zone: home } of instances) {
      const carried = zones.filter(({ name }) => name === home || standInsOf(name).includes(id));
      const subnetIds = carried.flatMap(({ privateSubnetIds }) => privateSubnetIds);
      // A standby has none before it carries its zone.
      const hasClients = subnetIds.length > 0;
      if (latest !== undefined && privateIp !== undefined && hasClients && saysSo(latest, id)) {
        found.set(id, {
          zone,
          instance: { instanceId: id, privateIp },
          subnetIds,
          askedAt: latest.askedAt,
        });
      }
    }
  }
  return [...found.values()];
}

function saysSo({ outcome }: Reading, id: InstanceId): boolean {
  return (
    outcome.kind === 'answered' &&
    outcome.answer.instances.some(
      ({ instanceId, result }) =>
        instanceId === id && result.kind === 'answered' && result.health.lacksInUse === true,
    )
  );
}
