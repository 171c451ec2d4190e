import type { InstanceRecord } from '../simulator/ec2/records.ts';
import type { Harness } from '../simulator/harness/harness.ts';
import type { ZoneTopology } from '../simulator/topology.ts';
import { interfaceOf, natInstanceOf } from './zone-state.ts';

/** The zone at this place in the settings. @throws Error where there is none, as every function here does. */
export function zoneOf(harness: Harness, index: number): ZoneTopology {
  const zone = harness.topology.zones[index];
  if (zone === undefined) {
    throw new Error(`the harness has no zone ${index}`);
  }
  return zone;
}

export function nameOf(harness: Harness, index: number): string {
  return harness.settings.zones[index]?.name ?? zoneOf(harness, index).name;
}

export function instanceIn(harness: Harness, index: number): InstanceRecord {
  const instance = natInstanceOf(harness.sim.region.store.view('current'), zoneOf(harness, index));
  if (instance?.state !== 'running') {
    throw new Error(`zone ${nameOf(harness, index)} has no running NAT instance to break`);
  }
  return instance;
}

export function interfaceIn(harness: Harness, index: number): string {
  const found = interfaceOf(harness.sim.region.store.view('current'), instanceIn(harness, index));
  if (found === undefined) {
    throw new Error(`the NAT instance of zone ${nameOf(harness, index)} has no interface`);
  }
  return found.id;
}

export function tableIn(harness: Harness, index: number): string {
  const [table] = zoneOf(harness, index).privateRouteTableIds;
  if (table === undefined) {
    throw new Error(`zone ${nameOf(harness, index)} has no private route table`);
  }
  return table;
}

/** An operator's command, as `aws lambda invoke` would send it. */
export function command(harness: Harness, event: object): string {
  // How it ends is in the harness's record, where every invocation is.
  harness.start(event).catch(() => undefined);
  return `an operator invokes the function with ${JSON.stringify(event)}`;
}
