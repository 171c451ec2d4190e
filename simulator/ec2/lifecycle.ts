import type { InstanceState } from '../../shared/core/model/snapshot.ts';
import type { Range } from '../random.ts';
import { type Cloud, newPublicIp } from './cloud.ts';
import { stateChangeEvent } from './events.ts';
import { disassociate } from './handlers/addresses.ts';
import type { InstanceRecord, InterfaceRecord } from './records.ts';

/** The life of an instance: pending, running, booted, stopping, stopped, shutting-down, terminated. */
export function begin(cloud: Cloud, instance: InstanceRecord): void {
  cloud.store.instances.put(instance);
  cloud.publish(stateChangeEvent(cloud, instance.id, 'pending'));
  comeUp(cloud, instance.id);
  askForKey(cloud, instance);
}

/** RunInstances is answered before the key is asked for: without it the instance shuts down while it is pending. */
function askForKey(cloud: Cloud, { id, launch }: InstanceRecord): void {
  const { volumeKey } = cloud.behaviour;
  if (volumeKey === 'usable' || !launch.encryptedVolume) return;
  after(cloud, id, { minMs: 1_000, maxMs: 10_000 }, () => terminate(cloud, id, volumeKey.refusal));
}

/** A stopped instance starts: the same id and interfaces, a new LaunchTime, on another host. */
export function start(cloud: Cloud, id: string): void {
  enter(cloud, id, 'pending', (instance) => ({
    ...withoutReason(instance),
    launchedAt: cloud.clock.now(),
    impairments: [],
    scheduledEvents: [],
    forwardingBroken: false,
    console: [],
  }));
  comeUp(cloud, id);
}

export function stop(cloud: Cloud, id: string): void {
  enter(cloud, id, 'stopping', shutDown(cloud, 'Client.UserInitiatedShutdown: User initiated shutdown'));
  after(cloud, id, cloud.behaviour.stopping, () => {
    enter(cloud, id, 'stopped', (instance) => instance);
    for (const record of interfacesOf(cloud, id)) dropOwnPublicIp(cloud, record);
  });
}

export function terminate(cloud: Cloud, id: string, reason: string): void {
  const before = cloud.store.instances.current.get(id)?.state;
  if (before === 'terminated' || before === 'shutting-down') return;
  enter(cloud, id, 'shutting-down', shutDown(cloud, reason));
  after(cloud, id, cloud.behaviour.terminating, () => {
    enter(cloud, id, 'terminated', (instance) => instance);
    for (const record of interfacesOf(cloud, id)) letGo(cloud, record);
  });
}

/** What EC2 says when a launch that it had accepted comes to nothing. */
export function failLaunch(cloud: Cloud, id: string, reason: string): void {
  enter(cloud, id, 'terminated', shutDown(cloud, reason));
  for (const record of interfacesOf(cloud, id)) letGo(cloud, record);
}

function comeUp(cloud: Cloud, id: string): void {
  for (const record of interfacesOf(cloud, id)) giveOwnPublicIp(cloud, record);
  after(cloud, id, cloud.behaviour.pendingToRunning, () => {
    const now = cloud.clock.now();
    enter(cloud, id, 'running', (instance) => ({ ...instance, runningSince: now }));
    if (isOfDudImage(cloud, id)) {
      cloud.store.instances.update(id, (instance) => ({
        ...instance,
        impairments: [{ check: 'instance', from: now }],
      }));
      return;
    }
    print(cloud, id, 'Welcome to an operating system');
    boot(cloud, id);
  });
}

/** The boot's word is what the boot files print (infra/nat-instance). An image of its own prints it too, by its user data. */
function boot(cloud: Cloud, id: string): void {
  const { behaviour, store } = cloud;
  const { boot: comesTo } = behaviour;
  if (comesTo === 'cannot' || comesTo === 'hangs') {
    store.instances.update(id, (instance) => ({ ...instance, forwardingBroken: true }));
  }
  const finish = () => {
    if (waitsForPackages(cloud, id)) {
      after(cloud, id, { minMs: 10_000, maxMs: 10_000 }, finish);
      return;
    }
    store.instances.update(id, (instance) => ({ ...instance, booted: true }));
    if (comesTo === 'forwards') print(cloud, id, 'phoenat: forwarding is on');
  };
  after(cloud, id, bootTime(cloud, id), () => {
    if (waitsForPackages(cloud, id)) giveUpUnlessBooted(cloud, id);
    finish();
  });
  if (comesTo === 'cannot') after(cloud, id, behaviour.bootGivesUpAfter, () => giveUp(cloud, id));
}

/** What is to be installed comes through the instance's own public address, which VPC Block Public Access cuts off. */
function waitsForPackages({ store, behaviour }: Cloud, id: string): boolean {
  if (behaviour.installingPackages.maxMs === 0) return false;
  const launch = store.instances.current.get(id)?.launch;
  const block = store.subnets.current.get(launch?.subnetId ?? '')?.internetGatewayBlock ?? 'off';
  return block !== 'off' && store.images.current.get(launch?.imageId ?? '')?.lacksPackages === true;
}

/** As long after `running` as a boot tries. */
function giveUpUnlessBooted(cloud: Cloud, id: string): void {
  const { minMs, maxMs } = cloud.behaviour.bootGivesUpAfter;
  const runsFor = cloud.clock.now() - (cloud.store.instances.current.get(id)?.stateSince ?? 0);
  const left = { minMs: Math.max(0, minMs - runsFor), maxMs: Math.max(0, maxMs - runsFor) };
  after(cloud, id, left, () => {
    if (cloud.store.instances.current.get(id)?.booted === false) giveUp(cloud, id);
  });
}

function giveUp(cloud: Cloud, id: string): void {
  print(cloud, id, 'phoenat: cannot forward: nftables cannot be installed');
  after(cloud, id, { minMs: 20_000, maxMs: 20_000 }, () => {
    terminate(cloud, id, 'Client.InstanceInitiatedShutdown: Instance initiated shutdown');
  });
}

function print(cloud: Cloud, id: string, line: string): void {
  const { behaviour, clock, random, store } = cloud;
  if (behaviour.consoleDelay === 'empty') return;
  const shownFrom = clock.now() + random.between('console', behaviour.consoleDelay);
  store.instances.update(id, (instance) => ({
    ...instance,
    console: [...instance.console, { shownFrom, line }],
  }));
}

function bootTime({ behaviour, store }: Cloud, id: string): Range {
  const { runningToForwarding: boot, installingPackages: install } = behaviour;
  const imageId = store.instances.current.get(id)?.launch.imageId ?? '';
  return store.images.current.get(imageId)?.lacksPackages !== true
    ? boot
    : { minMs: boot.minMs + install.minMs, maxMs: boot.maxMs + install.maxMs };
}

/** The same id, host, addresses and state: only the operating system goes down and comes up again, and no event tells. */
export function reboot(cloud: Cloud, id: string): void {
  const { store } = cloud;
  if (isOfDudImage(cloud, id)) return;
  store.instances.update(id, (instance) => ({ ...instance, booted: false, impairments: [] }));
  after(cloud, id, cloud.behaviour.reboot, () => {
    store.instances.update(id, (instance) => ({ ...instance, booted: true }));
  });
}

/** Its image never boots: nothing that is done to the instance makes it. */
export function isOfDudImage(cloud: Cloud, id: string): boolean {
  const imageId = cloud.store.instances.current.get(id)?.launch.imageId ?? '';
  return cloud.store.images.current.get(imageId)?.neverBoots === true;
}

/** Runs `next` later, unless the instance has left its present state by then. */
function after(cloud: Cloud, id: string, range: Range, next: () => void): void {
  const { clock, store, random } = cloud;
  const now = store.instances.current.get(id);
  clock.at(clock.now() + random.between('instance life', range), () => {
    const then = store.instances.current.get(id);
    if (then?.state === now?.state && then?.stateSince === now?.stateSince) next();
  });
}

function enter(
  cloud: Cloud,
  id: string,
  state: InstanceState,
  change: (instance: InstanceRecord) => InstanceRecord,
): void {
  cloud.store.instances.update(id, (instance) => ({
    ...change(instance),
    state,
    stateSince: cloud.clock.now(),
  }));
  cloud.publish(stateChangeEvent(cloud, id, state));
}

function shutDown(cloud: Cloud, reason: string): (instance: InstanceRecord) => InstanceRecord {
  const code = reason.split(':')[0] ?? reason;
  const at = cloud.clock.now();
  return ({ runningSince, ...instance }) => ({
    ...instance,
    booted: false,
    stateReason: { code, message: reason, at },
  });
}

function withoutReason({ stateReason, ...instance }: InstanceRecord): InstanceRecord {
  return instance;
}

function interfacesOf(cloud: Cloud, instanceId: string): readonly InterfaceRecord[] {
  return cloud.store.interfaces.current
    .all()
    .filter((record) => record.attachment?.instanceId === instanceId);
}

/** An address of its own goes to a primary interface that asks for one and has no Elastic IP. */
export function giveOwnPublicIp(cloud: Cloud, record: InterfaceRecord): void {
  if (!record.wantsOwnPublicAddress || record.attachment?.deviceIndex !== 0) return;
  if (record.ownPublicIp !== undefined || hasElasticIp(cloud, record.id)) return;
  const ownPublicIp = newPublicIp(cloud);
  cloud.store.interfaces.update(record.id, (present) => ({ ...present, ownPublicIp }));
}

export function dropOwnPublicIp(cloud: Cloud, record: InterfaceRecord): void {
  if (record.ownPublicIp === undefined) return;
  cloud.store.interfaces.update(record.id, ({ ownPublicIp, ...present }) => present);
}

function hasElasticIp(cloud: Cloud, interfaceId: string): boolean {
  return cloud.store.addresses.current
    .all()
    .some((address) => address.association?.interfaceId === interfaceId);
}

/** At the end of an instance, interfaces made by its launch go with it; pre-created ones become available. */
function letGo(cloud: Cloud, record: InterfaceRecord): void {
  const deleted = record.attachment?.deleteOnTermination === true;
  if (deleted || !cloud.behaviour.addressSurvivesTermination) {
    for (const address of cloud.store.addresses.current.all()) {
      if (address.association?.interfaceId === record.id) disassociate(cloud, address.id);
    }
  }
  if (deleted) cloud.store.interfaces.remove(record.id);
  else cloud.store.interfaces.update(record.id, ({ attachment, ownPublicIp, ...rest }) => rest);
}
