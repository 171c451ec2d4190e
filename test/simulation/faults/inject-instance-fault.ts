import { selectorFor } from '../../../shared/core/launch/choose-image.ts';
import { assertNever } from '../../../shared/core/model/assert.ts';
import { hourMs, minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { InstanceRecord } from '../../../simulator/ec2/records.ts';
import type { Play } from '../play/play.ts';
import type { FaultOf } from '../schedule/schedule.ts';

export type InstanceFault = FaultOf<
  | 'instance-terminated'
  | 'instance-stopped'
  | 'instance-rebooted'
  | 'instance-hung'
  | 'host-lost'
  | 'instance-impaired-for-a-while'
  | 'launch-failed'
  | 'retirement-scheduled'
  | 'spot-interrupted'
  | 'rebalance-recommended'
>;

/** What happens to instances by themselves, or by somebody's hand. False where there is none in the right state. */
export function injectInstanceFault(fault: InstanceFault, play: Play): boolean {
  const victim = victimOf(fault, play);
  if (victim === undefined) return false;
  const { sim } = play.harness;
  const { id } = victim;
  play.note(`${fault.kind}: ${id}`);
  switch (fault.kind) {
    case 'instance-terminated':
      sim.terminateInstance(id);
      return true;
    case 'instance-stopped':
      sim.stopInstance(id);
      return true;
    case 'instance-rebooted':
      sim.rebootInstance(id);
      noteReboot(id, play);
      return true;
    case 'instance-hung':
      sim.impair(id, 'instance');
      return true;
    case 'host-lost':
      sim.impair(id, 'system');
      return true;
    case 'instance-impaired-for-a-while':
      sim.impair(id, fault.check);
      play.lasting(fault.forMs, () => sim.recover(id));
      return true;
    case 'launch-failed':
      sim.failLaunch(id);
      return true;
    case 'retirement-scheduled':
      sim.retire(id, play.now + hourMs);
      return true;
    case 'spot-interrupted':
      sim.interruptSpot(id);
      play.warnedOfSpot.add(id);
      play.troubledUntil = Math.max(play.troubledUntil, play.now + 2 * minuteMs + secondMs);
      return true;
    case 'rebalance-recommended':
      sim.recommendRebalance(id);
      return true;
    default:
      return assertNever(fault);
  }
}

/** When its system goes down, which it may hold. */
function noteReboot(id: string, play: Play): void {
  const { clock, sim } = play.harness;
  play.rebootedAt.set(id, play.now);
  if (sim.region.store.instances.current.get(id)?.heldSince !== undefined) {
    clock.at(play.now + secondMs, () => noteReboot(id, play));
  }
}

function victimOf(fault: InstanceFault, play: Play): InstanceRecord | undefined {
  const alive = play
    .instancesIn(play.zone(fault.zone).name)
    .filter(({ state }) => state === 'running' || state === 'pending');
  switch (fault.kind) {
    case 'launch-failed':
      return alive.find(({ state }) => state === 'pending');
    case 'instance-terminated':
      return picked(fault, alive, play);
    case 'instance-impaired-for-a-while':
      return picked({ ...fault, pick: 'carrier' }, alive.filter(isRunning), play);
    default:
      return picked(fault, alive.filter(isRunning), play);
  }
}

function isRunning({ state }: InstanceRecord): boolean {
  return state === 'running';
}

type Choice = { readonly zone: number; readonly pick: 'carrier' | 'newest' };

export function picked(
  { zone, pick }: Choice,
  candidates: readonly InstanceRecord[],
  play: Play,
): InstanceRecord | undefined {
  const { interfaces, addresses } = play.harness.sim.region.store;
  const association = addresses.current.get(play.zone(zone).allocationId)?.association;
  const carrierId = interfaces.current.get(association?.interfaceId ?? '')?.attachment?.instanceId;
  const carrier = candidates.find(({ id }) => id === carrierId);
  return pick === 'carrier' ? (carrier ?? candidates[0]) : candidates.at(-1);
}

/** An image that is newer than all others, or the newest one gone for a while. */
export function injectImageFault(fault: FaultOf<'image-published' | 'image-withdrawn'>, play: Play): boolean {
  switch (fault.kind) {
    case 'image-published':
      return publishImages(fault, play);
    case 'image-withdrawn':
      return withdrawNewest(fault, play);
    default:
      return assertNever(fault);
  }
}

/**
 * One of each architecture, as Amazon publishes them; those that never boot or forward stay, too. False where nobody could
 * ever tell that what boots does not forward.
 */
function publishImages({ boots, forwards }: FaultOf<'image-published'>, play: Play): boolean {
  const { sim } = play.harness;
  const pretends = boots && !forwards;
  if (pretends && !play.hasProbes) return false;
  const createdAt = new Date(play.now).toISOString();
  const date = createdAt.slice(0, 10).replaceAll('-', '');
  for (const architecture of ['arm64', 'x86_64'] as const) {
    const id = sim.publishImage({
      name: `al2023-ami-2023.13.${date}.0-kernel-6.1-${architecture}`,
      owner: 'amazon',
      architecture,
      createdAt,
      neverBoots: !boots,
      ...(pretends ? { boots: 'pretends' } : {}),
    });
    const does = pretends ? 'boots and never forwards' : boots ? 'boots' : 'never boots';
    play.note(`image-published: ${id}, which ${does}`);
  }
  return true;
}

/** The newest of each architecture that the settings would choose. */
function withdrawNewest({ how, forMs }: FaultOf<'image-withdrawn'>, play: Play): boolean {
  const { settings, sim } = play.harness;
  const { accepts } = selectorFor(settings.image, settings.instanceTypes);
  const { images } = sim.region.store;
  const available = images.current
    .all()
    .filter(({ name, state }) => accepts(name) && state === 'available')
    .toSorted((a, b) => b.createdAt - a.createdAt);
  const newest = (['arm64', 'x86_64'] as const).flatMap(
    (architecture) => available.find((image) => image.architecture === architecture) ?? [],
  );
  for (const image of newest) {
    play.note(`image-withdrawn: ${image.id}, ${how}`);
    withdraw(image.id, how, play);
    play.lasting(forMs, () => {
      // One that never boots or forwards is taken back for good.
      if (!image.neverBoots && image.boots === undefined) images.put(image);
    });
  }
  return newest.length > 0;
}

function withdraw(id: string, how: FaultOf<'image-withdrawn'>['how'], { harness }: Play): void {
  switch (how) {
    case 'deregistered':
      harness.sim.deregisterImage(id);
      break;
    case 'gone-but-listed':
      harness.sim.imageGoneButListed(id);
      break;
    case 'deprecated':
      harness.sim.deprecateImage(id);
      break;
    default:
      assertNever(how);
  }
}
