import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { watchAlarmEvent } from '../../../simulator/ec2/events.ts';
import type { HarnessOptions } from '../../../simulator/harness/harness.ts';
import { mutations, primaryOf, settledHarness } from '../../../simulator/harness/settled-harness.ts';

// docs/security.md, "What a captured instance could do", computes with these.

const alarms = 60;
const everyMs = 100;
const most = { seconds: 3, calls: 7, questions: 8, logBytes: 4_096 } as const;

/** Ten a second from zone b's instance, about zone a's, which is well, or about one that nobody has. */
async function storm(about: 'zone a' | 'nobody') {
  const bytes = new Map<string, number>();
  const logOf: HarnessOptions['logOf'] = (run) => (_level, message, fields) => {
    const line = message.length + Buffer.byteLength(JSON.stringify(fields));
    bytes.set(run, (bytes.get(run) ?? 0) + line);
  };
  const harness = await settledHarness({ probe: 'on', logOf });
  const { sim, settings, clock } = harness;
  const suspected = about === 'zone a' ? primaryOf(harness, 'a') : 'i-0fffffffffffffff0';
  const detail = {
    stack: settings.stack,
    by: primaryOf(harness, 'b'),
    zone: 'a',
    seen: 'no answer',
    suspected,
  };
  const [runsBefore, callsBefore] = [harness.invocations.length, sim.calls.length];
  const askedBefore = harness.probes.invocations.length;
  const started: Promise<unknown>[] = [];
  for (let nth = 0; nth < alarms; nth += 1) {
    started.push(harness.start(watchAlarmEvent(sim.region, detail)));
    await clock.runFor(everyMs);
  }
  await clock.runFor(minuteMs);
  await Promise.all(started);
  const calls = sim.calls.slice(callsBefore);
  const runs = harness.invocations.slice(runsBefore).map(({ startedAt, endedAt, clientName }) => ({
    seconds: ((endedAt ?? Number.POSITIVE_INFINITY) - startedAt) / secondMs,
    calls: calls.filter((call) => call.clientName === clientName).length,
    logBytes: bytes.get(clientName) ?? 0,
  }));
  const questions = harness.probes.invocations.length - askedBefore;
  return { runs, questions, changes: mutations(harness, callsBefore) };
}

describe('a storm of alarms', () => {
  it.each(['zone a', 'nobody'] as const)(
    'about %s costs a short run each, and changes nothing',
    async (about) => {
      const { runs, questions, changes } = await storm(about);

      expect(changes).toEqual([]);
      expect(runs).toHaveLength(alarms);
      for (const run of runs) {
        expect(run.seconds).toBeLessThan(most.seconds);
        expect(run.calls).toBeLessThanOrEqual(most.calls);
        expect(run.logBytes).toBeLessThan(most.logBytes);
      }
      expect(questions).toBeLessThanOrEqual(alarms * most.questions);
    },
  );
});
