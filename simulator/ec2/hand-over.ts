import type { DurationMs, EpochMs } from '../../shared/core/model/time.ts';
import { after } from './after.ts';
import type { InstanceRecord, InterfaceRecord } from './records.ts';
import type { Region } from './region.ts';

/**
 * How long an instance that is shut down now goes on forwarding at most, as its boot files have it
 * (infra/nat-instance/hand-over.sh): their limit, or EC2's patience. 0: it goes down at once.
 */
export function heldForMs(region: Region, instance: InstanceRecord): DurationMs {
  const { launch, state, booted, impairments } = instance;
  const hangs = impairments.some(({ to }) => to === undefined);
  if (state !== 'running' || !booted || hangs || launch.handOverMs === 0) return 0;
  if (!hasPublicAddress(region, instance.id)) return 0;
  const graceMs = region.random.between('shutdown grace', region.behaviour.shutdownGrace);
  return Math.min(launch.handOverMs, graceMs);
}

/** As the instance metadata service shows it: an Elastic IP, or an address of its own. */
function hasPublicAddress({ store }: Region, instanceId: string): boolean {
  const isOurs = ({ attachment }: InterfaceRecord) => attachment?.instanceId === instanceId;
  return store.interfaces.current
    .all()
    .filter(isOurs)
    .some(
      ({ id, ownPublicIp }) =>
        ownPublicIp !== undefined ||
        store.addresses.current.all().some(({ association }) => association?.interfaceId === id),
    );
}

/** It looks once a second whether its public address is elsewhere. */
export function hold(region: Region, id: string, until: EpochMs, over: () => void): void {
  const leftMs = Math.min(1_000, until - region.clock.now());
  if (leftMs <= 0 || !hasPublicAddress(region, id)) over();
  else after(region, id, { minMs: leftMs, maxMs: leftMs }, () => hold(region, id, until, over), 'hold');
}
