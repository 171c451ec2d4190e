import { selectorFor } from '../../shared/core/launch/choose-image.ts';
import { assertNever } from '../../shared/core/model/assert.ts';
import { hourMs, minuteMs, secondMs } from '../../shared/core/model/time.ts';
import type { InstanceRecord } from '../../simulator/ec2/records.ts';
import type { Field } from './field.ts';
import type { FaultOf } from './schedule.ts';

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
export function strikeInstance(fault: InstanceFault, field: Field): boolean {
  const victim = victimOf(fault, field);
  if (victim === undefined) return false;
  const { sim } = field.stage;
  const { id } = victim;
  field.note(`${fault.kind}: ${id}`);
  switch (fault.kind) {
    case 'instance-terminated':
      sim.terminateInstance(id);
      return true;
    case 'instance-stopped':
      sim.stopInstance(id);
      return true;
    case 'instance-rebooted':
      sim.rebootInstance(id);
      field.rebootedAt.set(id, field.now);
      return true;
    case 'instance-hung':
      sim.impair(id, 'instance');
      return true;
    case 'host-lost':
      sim.impair(id, 'system');
      return true;
    case 'instance-impaired-for-a-while':
      sim.impair(id, fault.check);
      field.lasting(fault.forMs, () => sim.recover(id));
      return true;
    case 'launch-failed':
      sim.failLaunch(id);
      return true;
    case 'retirement-scheduled':
      sim.retire(id, field.now + hourMs);
      return true;
    case 'spot-interrupted':
      sim.interruptSpot(id);
      field.warnedOfSpot.add(id);
      field.troubledUntil = Math.max(field.troubledUntil, field.now + 2 * minuteMs + secondMs);
      return true;
    case 'rebalance-recommended':
      sim.recommendRebalance(id);
      return true;
    default:
      return assertNever(fault);
  }
}

function victimOf(fault: InstanceFault, field: Field): InstanceRecord | undefined {
  const alive = field
    .instancesIn(field.zone(fault.zone).name)
    .filter(({ state }) => state === 'running' || state === 'pending');
  switch (fault.kind) {
    case 'launch-failed':
      return alive.find(({ state }) => state === 'pending');
    case 'instance-terminated':
      return picked(fault, alive, field);
    case 'instance-impaired-for-a-while':
      return picked({ ...fault, pick: 'carrier' }, alive.filter(isRunning), field);
    default:
      return picked(fault, alive.filter(isRunning), field);
  }
}

function isRunning({ state }: InstanceRecord): boolean {
  return state === 'running';
}

type Choice = { readonly zone: number; readonly pick: 'carrier' | 'newest' };

function picked(
  { zone, pick }: Choice,
  candidates: readonly InstanceRecord[],
  field: Field,
): InstanceRecord | undefined {
  const { interfaces, addresses } = field.stage.sim.cloud.store;
  const association = addresses.current.get(field.zone(zone).allocationId)?.association;
  const carrierId = interfaces.current.get(association?.interfaceId ?? '')?.attachment?.instanceId;
  const carrier = candidates.find(({ id }) => id === carrierId);
  return pick === 'carrier' ? (carrier ?? candidates[0]) : candidates.at(-1);
}

/** An image that is newer than all others, or the newest one gone for a while. */
export function strikeImages(fault: FaultOf<'image-published' | 'image-withdrawn'>, field: Field): boolean {
  switch (fault.kind) {
    case 'image-published':
      publishImages(fault.boots, field);
      return true;
    case 'image-withdrawn':
      return withdrawNewest(fault, field);
    default:
      return assertNever(fault);
  }
}

/** One of each architecture, as Amazon publishes them; those that never boot stay, too. */
function publishImages(boots: boolean, field: Field): void {
  const { sim } = field.stage;
  const createdAt = new Date(field.now).toISOString();
  const date = createdAt.slice(0, 10).replaceAll('-', '');
  for (const architecture of ['arm64', 'x86_64'] as const) {
    const id = sim.publishImage({
      name: `al2023-ami-2023.13.${date}.0-kernel-6.1-${architecture}`,
      owner: 'amazon',
      architecture,
      createdAt,
      neverBoots: !boots,
    });
    field.note(`image-published: ${id}, which ${boots ? 'boots' : 'never boots'}`);
  }
}

/** The newest of each architecture that the settings would choose. */
function withdrawNewest({ how, forMs }: FaultOf<'image-withdrawn'>, field: Field): boolean {
  const { settings, sim } = field.stage;
  const { accepts } = selectorFor(settings.image, settings.instanceTypes);
  const { images } = sim.cloud.store;
  const available = images.current
    .all()
    .filter(({ name, state }) => accepts(name) && state === 'available')
    .toSorted((a, b) => b.createdAt - a.createdAt);
  const newest = (['arm64', 'x86_64'] as const).flatMap(
    (architecture) => available.find((image) => image.architecture === architecture) ?? [],
  );
  for (const image of newest) {
    field.note(`image-withdrawn: ${image.id}, ${how}`);
    withdraw(image.id, how, field);
    field.lasting(forMs, () => {
      // One that never boots is taken back for good.
      if (!image.neverBoots) images.put(image);
    });
  }
  return newest.length > 0;
}

function withdraw(id: string, how: FaultOf<'image-withdrawn'>['how'], { stage }: Field): void {
  switch (how) {
    case 'deregistered':
      stage.sim.deregisterImage(id);
      break;
    case 'gone-but-listed':
      stage.sim.imageGoneButListed(id);
      break;
    case 'deprecated':
      stage.sim.deprecateImage(id);
      break;
    default:
      assertNever(how);
  }
}
