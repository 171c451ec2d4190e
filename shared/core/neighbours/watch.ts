import type { ZoneName } from '../model/ids.ts';
import type { Settings, ZoneSettings } from '../model/settings.ts';
import type { NatInstance, Watched } from '../model/snapshot.ts';
import { lookedAfterBy } from './ring.ts';

type Watching = Pick<Settings, 'watch' | 'zones'> & Pick<Partial<Settings>, 'instanceProfileArn'>;

/** A zone that is alone has nobody to watch, and an instance without a role cannot tell what it sees. */
export function isWatching({ watch, zones, instanceProfileArn }: Watching): boolean {
  return watch === 'on' && zones.length > 1 && instanceProfileArn !== undefined;
}

/** Of each zone, whom its instance is to watch: the one that carries the traffic of the zone that it looks after. */
export function watchedIn(
  primaries: ReadonlyMap<ZoneName, NatInstance>,
  { settings, ring }: { readonly settings: Watching; readonly ring: readonly ZoneSettings[] },
): ReadonlyMap<ZoneName, Watched> {
  const watched = isWatching(settings) ? settings.zones : [];
  return new Map(
    watched.flatMap(({ name }) => {
      const zone = lookedAfterBy(name, ring)?.name;
      const neighbour = zone === undefined ? undefined : primaries.get(zone);
      return zone === undefined || neighbour?.state !== 'running' || neighbour.privateIp === undefined
        ? []
        : [[name, { zone, instanceId: neighbour.id, privateIp: neighbour.privateIp }] as const];
    }),
  );
}
