import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { boundOf, runLimits } from '../../../shared/core/model/worst-day.ts';
import type { Harness, HarnessOptions } from '../../../simulator/harness/harness.ts';
import { primaryOf, settledHarness, stateChange } from '../../../simulator/harness/settled-harness.ts';
import { everyCase } from '../../every-case.ts';

// The worst minutes that can be provoked, measured, beside the bound that the cost of a day is computed from.

/** Each character of it takes seven bytes in a log. */
const megabyte = '\u0000'.repeat(1_000_000);

type Minute = { readonly name: string; readonly spoil: (harness: Harness) => void; readonly events?: number };

const minutes: readonly Minute[] = [
  {
    name: 'everything is throttled',
    spoil: ({ sim }) => sim.injectEverywhere({ call: '*', fault: { kind: 'throttle' } }),
  },
  {
    name: 'nothing is ever answered',
    spoil: ({ sim }) => sim.injectEverywhere({ call: '*', fault: { kind: 'silence', happens: true } }),
  },
  {
    name: 'everything is refused, with a megabyte of words',
    spoil: ({ sim }) => {
      const fault = { kind: 'error', code: 'InternalError', message: megabyte } as const;
      sim.injectEverywhere({ call: '*', fault });
    },
  },
  {
    name: 'everything is gone, and no change succeeds',
    spoil: ({ sim }) => {
      for (const { id } of sim.region.store.instances.current.all()) sim.terminateInstance(id);
      const fault = { kind: 'error', code: 'InternalError', message: megabyte } as const;
      sim.injectEverywhere({ call: '*', when: (name) => sim.isMutating(name), fault });
    },
  },
  {
    name: 'everything is gone, and nothing that is launched lets a request pass',
    spoil: ({ sim, probes }) => {
      for (const { id } of sim.region.store.instances.current.all()) sim.terminateInstance(id);
      for (const target of probes.targets) probes.deadTargets.add(target);
    },
  },
  {
    name: 'answers have no end',
    spoil: ({ sim }) =>
      sim.injectEverywhere({
        call: '*',
        when: (name) => name.startsWith('Describe'),
        fault: { kind: 'endless' },
      }),
  },
  {
    name: 'a storm of events, while ours are gone and launches fail',
    events: 30,
    spoil: ({ sim }) => {
      for (const { id } of sim.region.store.instances.current.all()) sim.terminateInstance(id);
      sim.inject({ call: 'RunInstances', fault: { kind: 'error', code: 'InsufficientInstanceCapacity' } });
    },
  },
];

async function worst({ spoil, events = 0 }: Minute) {
  const bytes = new Map<string, number>();
  const logOf: HarnessOptions['logOf'] = (run) => (_level, message, fields) => {
    const line = message.length + Buffer.byteLength(JSON.stringify(fields));
    bytes.set(run, (bytes.get(run) ?? 0) + line);
  };
  const harness = await settledHarness({ vpc: { zones: 6 }, logOf, probe: 'on' });
  const ours = primaryOf(harness, 'a');
  const before = harness.invocations.length;
  const callsBefore = harness.sim.calls.length;
  const askedBefore = harness.probes.invocations.length;
  spoil(harness);
  await harness.clock.runFor(5 * secondMs);
  const ids = [ours, ...Array.from({ length: events }, (_, nth) => `i-0${String(nth).padStart(16, 'f')}`)];
  const storm = ids.map((id) => harness.start(stateChange(harness, id, 'terminated')).catch(() => undefined));
  const schedule = harness.start(harness.scheduledEvent()).catch(() => undefined);
  await harness.clock.runFor(2 * minuteMs);
  await Promise.all([...storm, schedule]);
  const runs = harness.invocations.slice(before);
  const calls = harness.sim.calls.slice(callsBefore);
  const asked = harness.settings.zones.map(
    ({ name }) => harness.probes.invocations.slice(askedBefore).filter(({ zone }) => zone === name).length,
  );
  const each = runs.map((run) => ({
    seconds: ((run.endedAt ?? Number.POSITIVE_INFINITY) - run.startedAt) / secondMs,
    calls: calls.filter(({ clientName }) => clientName === run.clientName).length,
    logBytes: bytes.get(run.clientName) ?? 0,
    hasReport: run.report !== undefined,
  }));
  return { runs: each, mostAsked: Math.max(...asked) };
}

const isShort = ({ name }: Minute) =>
  name === 'nothing is ever answered' || name === 'everything is throttled';

describe('the worst minute', () => {
  it.each(
    everyCase(
      minutes.filter(isShort),
      minutes.filter((minute) => !isShort(minute)),
    ),
  )('stays below the bound, each run of it and all: $name', async (minute) => {
    const { runs, mostAsked } = await worst(minute);
    const bound = boundOf(runs.length);
    const sum = (of: 'seconds' | 'calls' | 'logBytes') => runs.reduce((total, run) => total + run[of], 0);

    expect(runs.length).toBe(2 + (minute.events ?? 0));
    for (const run of runs) {
      expect(run.hasReport).toBe(true);
      expect(run.seconds).toBeLessThan(runLimits.seconds);
      expect(run.calls).toBeLessThanOrEqual(runLimits.calls);
      expect(run.logBytes).toBeLessThan(runLimits.logBytes);
    }
    expect(sum('seconds')).toBeLessThan(bound.lambdaSeconds);
    expect(sum('calls')).toBeLessThanOrEqual(bound.calls);
    expect(sum('logBytes')).toBeLessThan(bound.logBytes);
    expect(mostAsked).toBeLessThanOrEqual(bound.questions);
  });
});
