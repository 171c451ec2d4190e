import { minuteMs } from '../../shared/core/model/time.ts';
import type { Report, ZoneReport } from '../../shared/core/report/report.ts';
import { Stage, type StageOptions } from './stage.ts';

/** A stage whose zones the controller has launched, and that has been settled for some minutes. */
export async function settledStage(options: StageOptions = {}): Promise<Stage> {
  const stage = new Stage(options);
  await stage.invoke(stage.scheduledEvent());
  await stage.clock.runFor(4 * minuteMs);
  await stage.invoke(stage.scheduledEvent());
  await stage.clock.runFor(minuteMs);
  return stage;
}

export function zoneOf(report: Report | undefined, name: string): ZoneReport {
  const zone = report?.zones.find((candidate) => candidate.zone === name);
  if (zone === undefined) {
    throw new Error(`the report has no zone ${name}`);
  }
  return zone;
}

/** The instance that the latest report names as the zone's primary. */
export function primaryOf(stage: Stage, zone: string): string {
  const id = zoneOf(stage.lastReport(), zone).primary?.instanceId;
  if (id === undefined) {
    throw new Error(`zone ${zone} has no primary`);
  }
  return id;
}

export function interfaceOf(stage: Stage, instanceId: string): string {
  const found = stage.sim.cloud.store.interfaces.current
    .all()
    .find((record) => record.attachment?.instanceId === instanceId);
  if (found === undefined) {
    throw new Error(`${instanceId} has no interface`);
  }
  return found.id;
}

/** The mutating calls since the call log had `from` entries, by name. */
export function mutations(stage: Stage, from = 0): string[] {
  return stage.sim.calls
    .slice(from)
    .filter(({ name }) => stage.sim.isMutating(name))
    .map(({ name }) => name);
}

/** Instances that are pending or running, by zone tag. */
export function aliveIn(stage: Stage, zone: string): string[] {
  return stage.sim.cloud.store.instances.current
    .all()
    .filter(({ state, tags }) => ['pending', 'running'].includes(state) && tags['phoenat:zone'] === zone)
    .map(({ id }) => id);
}

export function stateChange(stage: Stage, instanceId: string, state: string): object {
  const { region, accountId } = stage.sim.cloud;
  return {
    version: '0',
    id: '7bf73129-1428-4cd3-a780-95db273d1602',
    'detail-type': 'EC2 Instance State-change Notification',
    source: 'aws.ec2',
    account: accountId,
    time: new Date(stage.clock.now()).toISOString(),
    region,
    resources: [`arn:aws:ec2:${region}:${accountId}:instance/${instanceId}`],
    detail: { 'instance-id': instanceId, state },
  };
}
