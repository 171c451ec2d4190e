import type { InstanceRecord } from '../simulator/ec2/records.ts';
import type { Stage } from '../simulator/harness/stage.ts';
import type { ZoneWorld } from '../simulator/world.ts';
import { interfaceOf, natInstanceOf } from './zone-state.ts';

/** The zone at this place in the settings. @throws Error where there is none, as every function here does. */
export function zoneOf(stage: Stage, index: number): ZoneWorld {
  const zone = stage.world.zones[index];
  if (zone === undefined) {
    throw new Error(`the stage has no zone ${index}`);
  }
  return zone;
}

export function nameOf(stage: Stage, index: number): string {
  return stage.settings.zones[index]?.name ?? zoneOf(stage, index).name;
}

export function instanceIn(stage: Stage, index: number): InstanceRecord {
  const instance = natInstanceOf(stage.sim.cloud.store.view('current'), zoneOf(stage, index));
  if (instance?.state !== 'running') {
    throw new Error(`zone ${nameOf(stage, index)} has no running NAT instance to break`);
  }
  return instance;
}

export function interfaceIn(stage: Stage, index: number): string {
  const found = interfaceOf(stage.sim.cloud.store.view('current'), instanceIn(stage, index));
  if (found === undefined) {
    throw new Error(`the NAT instance of zone ${nameOf(stage, index)} has no interface`);
  }
  return found.id;
}

export function tableIn(stage: Stage, index: number): string {
  const [table] = zoneOf(stage, index).privateRouteTableIds;
  if (table === undefined) {
    throw new Error(`zone ${nameOf(stage, index)} has no private route table`);
  }
  return table;
}

/** An operator's command, as `aws lambda invoke` would send it. */
export function command(stage: Stage, event: object): string {
  // How it ends is in the stage's record, where every invocation is.
  stage.start(event).catch(() => undefined);
  return `an operator invokes the function with ${JSON.stringify(event)}`;
}
