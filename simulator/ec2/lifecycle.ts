import type { InstanceState } from '../../shared/core/model/snapshot.ts';
import type { Range } from '../random.ts';
import { after } from './after.ts';
import { stateChangeEvent } from './events.ts';
import { heldForMs, hold } from './hand-over.ts';
import { disassociate, isOn } from './handlers/addresses.ts';
import type { BootOutcome, Breakage, InstanceRecord, InterfaceRecord } from './records.ts';
import { newPublicIp, type Region } from './region.ts';

/** The life of an instance: pending, running, booted, stopping, stopped, shutting-down, terminated. */
export function begin(region: Region, instance: InstanceRecord): void {
  region.store.instances.put(instance);
  region.publish(stateChangeEvent(region, instance.id, 'pending'));
  comeUp(region, instance.id);
  askForKey(region, instance);
}

/** RunInstances is answered before the key is asked for: without it the instance shuts down while it is pending. */
function askForKey(region: Region, { id, launch }: InstanceRecord): void {
  const { volumeKey } = region.behaviour;
  if (volumeKey === 'usable' || !launch.encryptedVolume) return;
  after(region, id, { minMs: 1_000, maxMs: 10_000 }, () => terminate(region, id, volumeKey.refusal));
}

/** A stopped instance starts: the same id and interfaces, a new LaunchTime, on another host. */
export function start(region: Region, id: string): void {
  enter(region, id, 'pending', (instance) => ({
    ...withoutReason(withoutBreakage(instance)),
    launchedAt: region.clock.now(),
    impairments: [],
    scheduledEvents: [],
    console: [],
  }));
  comeUp(region, id);
}

export function stop(region: Region, id: string): void {
  const reason = 'Client.UserInitiatedShutdown: User initiated shutdown';
  goDown(region, id, { state: 'stopping', reason, skipsOsShutdown: false }, () => {
    after(region, id, region.behaviour.stopping, () => {
      enter(region, id, 'stopped', (instance) => instance);
      for (const record of interfacesOf(region, id)) dropOwnPublicIp(region, record);
    });
  });
}

export function terminate(region: Region, id: string, reason: string, skipsOsShutdown = false): void {
  const before = region.store.instances.current.get(id)?.state;
  if (before === 'terminated' || before === 'shutting-down') return;
  goDown(region, id, { state: 'shutting-down', reason, skipsOsShutdown }, () => {
    after(region, id, region.behaviour.terminating, () => {
      enter(region, id, 'terminated', (instance) => instance);
      for (const record of interfacesOf(region, id)) letGo(region, record);
    });
  });
}

/** EC2 says so at once; the operating system may hold its shutdown for a while. */
function goDown(
  region: Region,
  id: string,
  to: {
    readonly state: 'stopping' | 'shutting-down';
    readonly reason: string;
    readonly skipsOsShutdown: boolean;
  },
  isDown: () => void,
): void {
  const { store, clock } = region;
  const before = store.instances.current.get(id);
  const forMs =
    before === undefined || to.skipsOsShutdown || isGivenUp(to.reason) ? 0 : heldForMs(region, before);
  const until = clock.now() + forMs;
  const down = shutDown(region, to.reason);
  const held = { ...reasonOf(region, to.reason), heldSince: clock.now() };
  enter(region, id, to.state, (instance) => (forMs === 0 ? down(instance) : { ...instance, ...held }));
  hold(region, id, until, () => {
    if (forMs > 0) store.instances.update(id, down);
    isDown();
  });
}

/** The guard, or the boot, has switched it off: it could not forward. */
function isGivenUp(reason: string): boolean {
  return reason.startsWith('Client.InstanceInitiatedShutdown');
}

/** What EC2 says when a launch that it had accepted comes to nothing. */
export function failLaunch(region: Region, id: string, reason: string): void {
  enter(region, id, 'terminated', shutDown(region, reason));
  for (const record of interfacesOf(region, id)) letGo(region, record);
}

function comeUp(region: Region, id: string): void {
  for (const record of interfacesOf(region, id)) giveOwnPublicIp(region, record);
  after(region, id, region.behaviour.pendingToRunning, () => {
    const now = region.clock.now();
    const system = isOfDudImage(region, id) ? {} : { kernelSince: now, ...answersFrom(region, id) };
    enter(region, id, 'running', (instance) => ({ ...instance, runningSince: now, ...system }));
    if (isOfDudImage(region, id)) {
      region.store.instances.update(id, (instance) => ({
        ...instance,
        impairments: [{ check: 'instance', from: now }],
      }));
      return;
    }
    print(region, id, 'Welcome to an operating system');
    boot(region, id);
  });
}

/** The boot's word is what the boot files print (infra/nat-instance). An image of its own prints it too, by its user data. */
function boot(region: Region, id: string): void {
  const { behaviour, store, clock } = region;
  const comesTo = outcomeOf(region, id);
  const breakage = breakages[comesTo];
  if (breakage !== undefined) {
    const since = clock.now();
    store.instances.update(id, (instance) => ({ ...instance, breakage: { ...breakage, since } }));
  }
  const finish = () => {
    if (waitsForPackages(region, id)) {
      after(region, id, { minMs: 10_000, maxMs: 10_000 }, finish);
      return;
    }
    store.instances.update(id, (instance) => ({ ...instance, booted: true, bootedAt: clock.now() }));
    learnStandInIp(region, id, 'now');
    if (comesTo === 'forwards' || comesTo === 'pretends') print(region, id, 'phoenat: forwarding is on');
  };
  after(region, id, bootTime(region, id), () => {
    if (waitsForPackages(region, id)) giveUpUnlessBooted(region, id);
    finish();
  });
  if (comesTo === 'cannot') after(region, id, behaviour.bootGivesUpAfter, () => giveUp(region, id));
}

const breakages: Readonly<Partial<Record<BootOutcome, Breakage>>> = {
  cannot: { what: 'boot', guard: 'does-not-run' },
  hangs: { what: 'boot', guard: 'does-not-run' },
  pretends: { what: 'unseen', guard: 'does-not-run' },
};

function outcomeOf({ behaviour, store }: Region, id: string): BootOutcome {
  const imageId = store.instances.current.get(id)?.launch.imageId ?? '';
  return store.images.current.get(imageId)?.boots ?? behaviour.boot;
}

/** Whoever may ask is answered before anything is installed (infra/nat-instance/bootstrap.sh). */
function answersFrom(region: Region, id: string): Pick<InstanceRecord, 'healthSince'> {
  const comesTo = outcomeOf(region, id);
  if (comesTo === 'hangs' || comesTo === 'quiet') return {};
  const { clock, random, behaviour } = region;
  return { healthSince: clock.now() + random.between('health answers', behaviour.runningToHealth) };
}

/** What is to be installed comes through the instance's own public address, which VPC Block Public Access cuts off. */
function waitsForPackages({ store, behaviour }: Region, id: string): boolean {
  if (!behaviour.packagesFirst || behaviour.installingPackages.maxMs === 0) return false;
  const launch = store.instances.current.get(id)?.launch;
  const block = store.subnets.current.get(launch?.subnetId ?? '')?.internetGatewayBlock ?? 'off';
  return block !== 'off' && store.images.current.get(launch?.imageId ?? '')?.lacksPackages === true;
}

/** As long after `running` as a boot tries. */
function giveUpUnlessBooted(region: Region, id: string): void {
  const { minMs, maxMs } = region.behaviour.bootGivesUpAfter;
  const runsFor = region.clock.now() - (region.store.instances.current.get(id)?.stateSince ?? 0);
  const left = { minMs: Math.max(0, minMs - runsFor), maxMs: Math.max(0, maxMs - runsFor) };
  after(region, id, left, () => {
    if (region.store.instances.current.get(id)?.booted === false) giveUp(region, id);
  });
}

function giveUp(region: Region, id: string): void {
  print(region, id, 'phoenat: cannot forward: nftables cannot be installed');
  after(region, id, { minMs: 20_000, maxMs: 20_000 }, () => {
    powerOff(region, id);
  });
}

export function powerOff(region: Region, id: string): void {
  terminate(region, id, 'Client.InstanceInitiatedShutdown: Instance initiated shutdown');
}

function print(region: Region, id: string, line: string): void {
  const { behaviour, clock, random, store } = region;
  if (behaviour.consoleDelay === 'empty') return;
  const shownFrom = clock.now() + random.between('console', behaviour.consoleDelay);
  store.instances.update(id, (instance) => ({
    ...instance,
    console: [...instance.console, { shownFrom, line }],
  }));
}

function bootTime({ behaviour, store }: Region, id: string): Range {
  const { runningToForwarding: boot, installingPackages: install } = behaviour;
  const imageId = store.instances.current.get(id)?.launch.imageId ?? '';
  return store.images.current.get(imageId)?.lacksPackages !== true
    ? boot
    : { minMs: boot.minMs + install.minMs, maxMs: boot.maxMs + install.maxMs };
}

/** Its image never boots: nothing that is done to the instance makes it. */
export function isOfDudImage(region: Region, id: string): boolean {
  const imageId = region.store.instances.current.get(id)?.launch.imageId ?? '';
  return region.store.images.current.get(imageId)?.neverBoots === true;
}

function enter(
  region: Region,
  id: string,
  state: InstanceState,
  change: (instance: InstanceRecord) => InstanceRecord,
): void {
  region.store.instances.update(id, (instance) => ({
    ...change(instance),
    state,
    stateSince: region.clock.now(),
  }));
  region.publish(stateChangeEvent(region, id, state));
}

function shutDown(region: Region, reason: string): (instance: InstanceRecord) => InstanceRecord {
  const why = reasonOf(region, reason);
  return ({ runningSince, ...instance }) => ({ ...withoutSystem(instance), ...why });
}

function reasonOf({ clock }: Region, reason: string): Pick<InstanceRecord, 'stateReason'> {
  const code = reason.split(':')[0] ?? reason;
  return { stateReason: { code, message: reason, at: clock.now() } };
}

/** Its operating system is down, or on its way there. */
export function withoutSystem({
  kernelSince,
  healthSince,
  bootedAt,
  guardRepairs,
  heldSince,
  standInIp,
  ...instance
}: InstanceRecord): InstanceRecord {
  return { ...instance, booted: false };
}

export function withoutBreakage({ breakage, ...instance }: InstanceRecord): InstanceRecord {
  return instance;
}

function withoutReason({ stateReason, ...instance }: InstanceRecord): InstanceRecord {
  return instance;
}

/**
 * Its boot asks IMDS for the secondary private address of its interface, and its guard once a minute: only where it was
 * told which addresses are other zones'.
 */
export function learnStandInIp(region: Region, id: string, when: 'now' | 'later'): void {
  const { store, clock, random } = region;
  if ((store.instances.current.get(id)?.launch.otherCidrs.length ?? 0) === 0) return;
  const learn = () => {
    const [standInIp] = interfacesOf(region, id).flatMap(({ secondaryIps }) => secondaryIps);
    const knows = store.instances.current.get(id);
    if (standInIp === undefined || knows?.booted !== true || knows.standInIp !== undefined) return;
    store.instances.update(id, (instance) => ({ ...instance, standInIp }));
  };
  if (when === 'now') learn();
  else clock.at(clock.now() + random.between('guard asks IMDS', guardAsksEvery), learn);
}

const guardAsksEvery: Range = { minMs: 1_000, maxMs: 62_000 };

function interfacesOf(region: Region, instanceId: string): readonly InterfaceRecord[] {
  return region.store.interfaces.current
    .all()
    .filter((record) => record.attachment?.instanceId === instanceId);
}

/** An address of its own goes to a primary interface that asks for one and has no Elastic IP. */
export function giveOwnPublicIp(region: Region, record: InterfaceRecord): void {
  if (!record.wantsOwnPublicAddress || record.attachment?.deviceIndex !== 0) return;
  if (record.ownPublicIp !== undefined || hasElasticIp(region, record)) return;
  const ownPublicIp = newPublicIp(region);
  region.store.interfaces.update(record.id, (present) => ({ ...present, ownPublicIp }));
}

export function dropOwnPublicIp(region: Region, record: InterfaceRecord): void {
  if (record.ownPublicIp === undefined) return;
  region.store.interfaces.update(record.id, ({ ownPublicIp, ...present }) => present);
}

function hasElasticIp(region: Region, record: InterfaceRecord): boolean {
  return region.store.addresses.current
    .all()
    .some(({ association }) => isOn(association, record, record.privateIp));
}

/** At the end of an instance, interfaces made by its launch go with it; pre-created ones become available. */
function letGo(region: Region, record: InterfaceRecord): void {
  const deleted = record.attachment?.deleteOnTermination === true;
  if (deleted || !region.behaviour.addressSurvivesTermination) {
    for (const address of region.store.addresses.current.all()) {
      if (address.association?.interfaceId === record.id) disassociate(region, address.id);
    }
  }
  if (deleted) region.store.interfaces.remove(record.id);
  else region.store.interfaces.update(record.id, ({ attachment, ownPublicIp, ...rest }) => rest);
}
