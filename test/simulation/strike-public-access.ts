import { hasEgress } from '../../simulator/data-plane.ts';
import type { Field } from './field.ts';
import type { FaultOf } from './schedule.ts';

/**
 * VPC Block Public Access holds for the whole Region, but for what is excluded; declared anew, the new mode and the new
 * exclusion take the place of the old ones. False where it takes nobody offline.
 */
export function blockPublicAccess(
  { kind, mode, excluded, zone, forMs }: FaultOf<'public-access-blocked'>,
  field: Field,
): boolean {
  const { sim, world } = field.stage;
  const free = excluded === 'one-zone' ? field.zone(zone).name : undefined;
  const online = () => world.privateSubnetIds.filter((id) => hasEgress(sim, id).ok).length;
  const before = online();
  field.note(`${kind}: ${mode}, ${free === undefined ? 'nothing' : `the public subnet of ${free}`} excluded`);
  const declaration = { mode };
  field.publicAccess = declaration;
  declare(field, ({ name }) => (name === free ? 'off' : mode));
  field.lasting(forMs, () => {
    if (field.publicAccess !== declaration) return;
    field.note(`${kind}: no longer`);
    declare(field, () => 'off');
  });
  return online() < before;
}

function declare(
  field: Field,
  modeOf: (zone: { readonly name: string }) => 'off' | 'block-ingress' | 'block-bidirectional',
): void {
  field.publicAccessChangedAt = field.now;
  for (const zone of field.stage.world.zones) {
    field.stage.sim.blockPublicAccess(zone.publicSubnetId, modeOf(zone));
  }
}
