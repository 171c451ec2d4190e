import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../simulator/virtual-clock.ts';

describe('VirtualClock', () => {
  test('runs timers in order of time, then of insertion', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    clock.at(20, () => seen.push('late'));
    clock.at(10, () => seen.push('first at 10'));
    clock.at(10, () => seen.push('second at 10'));

    await clock.runFor(15);
    expect(seen).toEqual(['first at 10', 'second at 10']);
    expect(clock.now()).toBe(15);

    await clock.runUntil(20);
    expect(seen.at(-1)).toBe('late');
  });

  test('lets promises go on before the next timer', async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    const program = async () => {
      await clock.sleep(10);
      await Promise.resolve();
      await Promise.resolve();
      seen.push(`woke at ${clock.now()}`);
      await clock.sleep(5);
      seen.push(`woke at ${clock.now()}`);
    };
    clock.at(12, () => seen.push('timer at 12'));

    await clock.complete(program());
    expect(seen).toEqual(['woke at 10', 'timer at 12', 'woke at 15']);
  });

  test('a cancelled timer does not run, and a past one runs now', async () => {
    const clock = new VirtualClock(100);
    const seen: string[] = [];
    const cancel = clock.at(110, () => seen.push('cancelled'));
    clock.at(50, () => seen.push(`past at ${clock.now()}`));
    cancel();

    await clock.runFor(20);
    expect(seen).toEqual(['past at 100']);
  });

  test('complete hands on a rejection, and stops the clock where the promise settled', async () => {
    const clock = new VirtualClock(0);
    const failing = clock.sleep(7).then(() => {
      throw new Error('broken');
    });
    clock.at(1_000, () => undefined);

    await expect(clock.complete(failing)).rejects.toThrow('broken');
    expect(clock.now()).toBe(7);
  });

  test('complete says so when nothing is left that the promise could wait for', async () => {
    const clock = new VirtualClock(0);
    await expect(clock.complete(new Promise(() => undefined))).rejects.toThrow(
      /never settles.*1970-01-01T00:00:00/,
    );
  });

  test('cannot be driven twice at once', async () => {
    const clock = new VirtualClock(0);
    const first = clock.runFor(10);
    await expect(clock.runFor(10)).rejects.toThrow(/already being driven/);
    await first;
    expect(clock.now()).toBe(10);
  });

  test('asks the pacing hook before each step, and waits for it', async () => {
    const clock = new VirtualClock(0);
    const steps: string[] = [];
    clock.onAdvance = async (fromMs, toMs) => {
      await Promise.resolve();
      steps.push(`${fromMs} to ${toMs} at ${clock.now()}`);
    };
    clock.at(5, () => undefined);

    await clock.runFor(8);
    expect(steps).toEqual(['0 to 5 at 0', '5 to 8 at 5']);
  });

  test('starts on 23 November 2026 unless told otherwise', () => {
    expect(new Date(new VirtualClock().now()).toISOString()).toBe('2026-11-23T03:00:00.000Z');
  });
});
