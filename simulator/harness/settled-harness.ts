import { minuteMs } from '../../shared/core/model/time.ts';
import type { Report, ZoneReport } from '../../shared/core/report/report.ts';
import { Harness, type HarnessOptions } from './harness.ts';

/** A harness whose zones the controller has launched, and that has been settled for some minutes. */
export async function settledHarness(options: HarnessOptions = {}): Promise<Harness> {
  const harness = new Harness(options);
  await harness.invoke(harness.scheduledEvent());
  await harness.clock.runFor(4 * minuteMs);
  await harness.invoke(harness.scheduledEvent());
  await harness.clock.runFor(minuteMs);
  return harness;
}

export function zoneOf(report: Report | undefined, name: string): ZoneReport {
  const zone = report?.zones.find((candidate) => candidate.zone === name);
  if (zone === undefined) {
    throw new Error(`the report has no zone ${name}`);
  }
  return zone;
}

/** The instance that the latest report names as the zone's primary. */
export function primaryOf(harness: Harness, zone: string): string {
  const id = zoneOf(harness.lastReport(), zone).primary?.instanceId;
  if (id === undefined) {
    throw new Error(`zone ${zone} has no primary`);
  }
  return id;
}

export function interfaceOf(harness: Harness, instanceId: string): string {
  const found = harness.sim.region.store.interfaces.current
    .all()
    .find((record) => record.attachment?.instanceId === instanceId);
  if (found === undefined) {
    throw new Error(`${instanceId} has no interface`);
  }
  return found.id;
}

/** The mutating calls since the call log had `from` entries, by name. */
export function mutations(harness: Harness, from = 0): string[] {
  return harness.sim.calls
    .slice(from)
    .filter(({ name }) => harness.sim.isMutating(name))
    .map(({ name }) => name);
}

/** Instances that are pending or running, by zone tag. */
export function aliveIn(harness: Harness, zone: string): string[] {
  return harness.sim.region.store.instances.current
    .all()
    .filter(({ state, tags }) => ['pending', 'running'].includes(state) && tags['phoenat:zone'] === zone)
    .map(({ id }) => id);
}

export function stateChange(harness: Harness, instanceId: string, state: string): object {
  const { name: region, accountId } = harness.sim.region;
  return {
    version: '0',
    id: '7bf73129-1428-4cd3-a780-95db273d1602',
    'detail-type': 'EC2 Instance State-change Notification',
    source: 'aws.ec2',
    account: accountId,
    time: new Date(harness.clock.now()).toISOString(),
    region,
    resources: [`arn:aws:ec2:${region}:${accountId}:instance/${instanceId}`],
    detail: { 'instance-id': instanceId, state },
  };
}
