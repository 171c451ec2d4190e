import { hasEgress } from '../../../simulator/data-plane.ts';
import type { Play } from '../play/play.ts';
import type { FaultOf } from '../schedule/schedule.ts';

/**
 * VPC Block Public Access holds for the whole Region, but for what is excluded; declared anew, the new mode and the new
 * exclusion take the place of the old ones. False where it takes nobody offline.
 */
export function blockPublicAccess(
  { kind, mode, excluded, zone, forMs }: FaultOf<'public-access-blocked'>,
  play: Play,
): boolean {
  const { sim, topology } = play.harness;
  const free = excluded === 'one-zone' ? play.zone(zone).publicSubnetId : undefined;
  const online = () => topology.privateSubnetIds.filter((id) => hasEgress(sim, id).ok).length;
  const before = online();
  play.note(`${kind}: ${mode}, ${free === undefined ? 'nothing' : free} excluded`);
  const declaration = { mode };
  play.publicAccess = declaration;
  declare(play, ({ publicSubnetId }) => (publicSubnetId === free ? 'off' : mode));
  play.lasting(forMs, () => {
    if (play.publicAccess !== declaration) return;
    play.note(`${kind}: no longer`);
    declare(play, () => 'off');
  });
  return online() < before;
}

function declare(
  play: Play,
  modeOf: (zone: { readonly publicSubnetId: string }) => 'off' | 'block-ingress' | 'block-bidirectional',
): void {
  play.publicAccessChangedAt = play.now;
  for (const zone of play.harness.topology.zones) {
    play.harness.sim.blockPublicAccess(zone.publicSubnetId, modeOf(zone));
  }
}
