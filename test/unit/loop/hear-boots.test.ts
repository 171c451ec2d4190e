import { describe, expect, it } from 'vitest';
import type { Ec2Caller } from '../../../shared/aws/ec2-caller.ts';
import { hourMs, minuteMs } from '../../../shared/core/model/time.ts';
import { hearBoots } from '../../../shared/loop/hear-boots.ts';
import { startRun } from '../../../shared/loop/run.ts';
import { VirtualClock } from '../../../simulator/virtual-clock.ts';
import { anAddress, anInstance, diagnoseAndPlan, id, now, snapshotOf, zoneName } from '../core/a-snapshot.ts';

describe('a boot that is asked', () => {
  it.each<[string, number]>([
    ['phoenat: forwarding is on', 1],
    ['Welcome', 2],
  ])('and says "%s" is asked %d times, and not at every look', async (said, times) => {
    let calls = 0;
    const answer = async () => {
      calls += 1;
      return { Output: Buffer.from(said).toString('base64') };
    };
    const ec2: Ec2Caller = {
      call: answer as Ec2Caller['call'],
      counts: () => ({ describe: 0, mutating: 0, failed: 0 }),
      clockOffsetMs: () => 0,
    };
    const { lastGoodImage: _none, ...unnoted } = anAddress('a');
    const instances = [anInstance('a', { launchedAt: now - hourMs / 2 }), anInstance('b')];
    const { diagnoses } = diagnoseAndPlan(snapshotOf({ instances, addresses: [unnoted, anAddress('b')] }));
    const run = startRun([zoneName('a'), zoneName('b')], now, now);
    const hearAt = (at: number) => hearBoots(diagnoses, run, { ec2, clock: new VirtualClock(at) });

    expect(await hearAt(now)).toBe(true);
    expect(await hearAt(now + 10)).toBe(false);
    expect(calls).toBe(1);
    await hearAt(now + minuteMs);
    expect(calls).toBe(times);
    expect(run.memory.bootWords.has(id('instance', 'a1'))).toBe(true);
  });
});
