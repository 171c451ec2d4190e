import { minuteMs } from '../../../shared/core/model/time.ts';

/** What is done to zone a. */
export type EventName = 'terminate' | 'stop' | 'hang' | 'forwarding' | 'check' | 'rebuild' | 'warning';

export type GameEvent = {
  readonly name: EventName;
  /** As the report's row has it. */
  readonly what: string;
  /** Whether the zone has another instance afterwards. */
  readonly replaces: boolean;
  readonly limitMs: number;
};

/** The order of a run. A launch and a boot take some two minutes; a hang is also replaced when EC2's checks fail. */
export const gameDay: readonly GameEvent[] = [
  {
    name: 'terminate',
    what: 'the instance is terminated (`TerminateInstances`)',
    replaces: true,
    limitMs: 10 * minuteMs,
  },
  {
    name: 'stop',
    what: 'the instance is stopped (`StopInstances`)',
    replaces: true,
    limitMs: 10 * minuteMs,
  },
  {
    name: 'hang',
    what: 'its kernel panics and stays so (`sysrq c`)',
    replaces: true,
    limitMs: 20 * minuteMs,
  },
  {
    name: 'forwarding',
    what: 'its kernel is told not to forward (`net.ipv4.ip_forward=0`)',
    replaces: false,
    limitMs: 5 * minuteMs,
  },
  {
    name: 'check',
    what: 'EC2’s source/destination check is switched on',
    replaces: false,
    limitMs: 10 * minuteMs,
  },
  {
    name: 'rebuild',
    what: 'planned: `phoenat rebuild --zone a`',
    replaces: true,
    limitMs: 15 * minuteMs,
  },
  {
    name: 'warning',
    what: 'planned: a warning that Spot takes the instance back, given to the controller by hand',
    replaces: true,
    limitMs: 15 * minuteMs,
  },
];

/** In the order of a run, whatever the order of the text. @throws Error that names what is unknown. */
export function chooseEvents(text: string): readonly GameEvent[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !gameDay.some((event) => event.name === name));
  if (unknown.length > 0) {
    const known = gameDay.map(({ name }) => name).join(', ');
    throw new Error(
      `--only: unknown: ${unknown.map((name) => JSON.stringify(name)).join(', ')}; known: ${known}`,
    );
  }
  return gameDay.filter(({ name }) => names.includes(name));
}
