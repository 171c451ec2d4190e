import type { DurationMs } from '../../shared/core/model/time.ts';
import { after } from './after.ts';
import { heldForMs, hold } from './hand-over.ts';
import { isOfDudImage, learnStandInIp, withoutBreakage, withoutSystem } from './lifecycle.ts';
import type { Breakage } from './records.ts';
import type { Region } from './region.ts';

/**
 * The same id, host, addresses and state: only the operating system goes down and comes up again, and no event tells.
 * It is held only where another instance could have the traffic meanwhile.
 */
export function reboot(region: Region, id: string): void {
  const { store, clock } = region;
  if (isOfDudImage(region, id)) return;
  const before = store.instances.current.get(id);
  const answers = before?.healthSince !== undefined;
  const forMs = before === undefined || !before.launch.isLookedAfter ? 0 : heldForMs(region, before);
  if (forMs > 0) store.instances.update(id, (instance) => ({ ...instance, heldSince: clock.now() }));
  hold(region, id, clock.now() + forMs, () => {
    store.instances.update(id, (instance) => ({ ...withoutSystem(instance), impairments: [] }));
    comeUpAgain(region, id, answers);
  });
}

function comeUpAgain(region: Region, id: string, answers: boolean): void {
  const { store, clock } = region;
  after(region, id, region.behaviour.reboot, () => {
    const now = clock.now();
    store.instances.update(id, (instance) => ({
      ...(isUndoneByBoot(instance.breakage) ? withoutBreakage(instance) : instance),
      booted: true,
      kernelSince: now - kernelToForwardingMs,
      bootedAt: now,
      ...(answers ? { healthSince: now } : {}),
    }));
    learnStandInIp(region, id, 'now');
  });
}

/** With everything installed already. */
const kernelToForwardingMs: DurationMs = 8_000;

/** Settings and rules are made anew by every boot. */
function isUndoneByBoot(breakage: Breakage | undefined): boolean {
  return breakage?.what === 'settings' || breakage?.what === 'rules';
}
