import { assertNever } from '../../../shared/core/model/assert.ts';
import { watchAlarmEvent } from '../../../simulator/ec2/events.ts';
import { newId } from '../../../simulator/ec2/region.ts';
import type { Play } from '../play/play.ts';
import type { FaultOf } from '../schedule/schedule.ts';
import { picked } from './inject-instance-fault.ts';

/** What watches say that is not so. False where nobody watches, or there is nobody to tell of. */
export function injectWatchFault(fault: FaultOf<'alarm-storm' | 'neighbour-unheard'>, play: Play): boolean {
  switch (fault.kind) {
    case 'alarm-storm':
      return stormAlarms(fault, play);
    case 'neighbour-unheard':
      return deafen(fault, play);
    default:
      return assertNever(fault);
  }
}

/** Whoever has captured an instance raises as many alarms as he likes, about whom he likes. */
function stormAlarms(fault: FaultOf<'alarm-storm'>, play: Play): boolean {
  const { clock, sim, settings, watches } = play.harness;
  const suspected = suspectedBy(fault, play);
  if (watches === undefined || suspected === undefined) return false;
  const by = play.ourInstances().at(-1)?.id ?? suspected;
  play.note(`alarm-storm: about ${suspected}, every ${fault.everyMs} ms`);
  const alarm = { stack: settings.stack, by, zone: play.letter(fault.zone), suspected, seen: 'no answer' };
  let cancel = () => {};
  const raise = () => {
    sim.region.publish(watchAlarmEvent(sim.region, alarm));
    cancel = clock.at(clock.now() + fault.everyMs, raise);
  };
  raise();
  play.lasting(fault.forMs, () => cancel());
  return true;
}

function suspectedBy({ about, zone }: FaultOf<'alarm-storm'>, play: Play): string | undefined {
  const running = play.instancesIn(play.zone(zone).name).filter(({ state }) => state === 'running');
  return about === 'nobody'
    ? newId(play.harness.sim.region, 'instance')
    : picked({ zone, pick: about }, running, play)?.id;
}

/** The network between two zones takes pings and questions for a while: the neighbour is as well as before. */
function deafen({ zone, forMs }: FaultOf<'neighbour-unheard'>, play: Play): boolean {
  const { watches } = play.harness;
  const { name } = play.zone(zone);
  if (watches === undefined || !watches.isAnyoneWatchingIn(name)) return false;
  play.note(`neighbour-unheard: in ${name}`);
  play.lasting(forMs, watches.deafen(name));
  return true;
}
