import type { Range } from '../random.ts';
import { after } from './after.ts';
import { powerOff, withoutBreakage } from './lifecycle.ts';
import type { Breakage } from './records.ts';
import type { Region } from './region.ts';

/** The guard sees what is in its reach, unless the machine hangs: then it goes on when that is over. */
export function breakForwarding(region: Region, id: string, breakage: Breakage): void {
  const { store, behaviour, clock } = region;
  const since = clock.now();
  store.instances.update(id, (instance) => ({ ...instance, breakage: { ...breakage, since } }));
  switch (breakage.guard) {
    case 'repairs':
      guard(region, id, behaviour.guardRepairs, () => repair(region, id));
      break;
    case 'gives-up':
      guard(region, id, behaviour.guardGivesUpAfter, () => powerOff(region, id));
      break;
    case 'does-not-run':
      break;
  }
}

function repair(region: Region, id: string): void {
  region.store.instances.update(id, (instance) => ({
    ...withoutBreakage(instance),
    guardRepairs: (instance.guardRepairs ?? 0) + 1,
  }));
}

export function mendForwarding(region: Region, id: string): void {
  region.store.instances.update(id, withoutBreakage);
}

function guard(region: Region, id: string, range: Range, does: () => void): void {
  const breakage = region.store.instances.current.get(id)?.breakage;
  after(
    region,
    id,
    range,
    () => {
      const instance = region.store.instances.current.get(id);
      if (instance?.breakage !== breakage) return;
      const hangs = !instance?.booted || instance.impairments.some(({ to }) => to === undefined);
      if (hangs) guard(region, id, range, does);
      else does();
    },
    'guard',
  );
}
