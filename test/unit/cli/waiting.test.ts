import { describe, expect, it } from 'vitest';
import { createWaiting } from '../../../cli/waiting.ts';
import { VirtualClock } from '../../../simulator/virtual-clock.ts';

const clearLine = '\r\u001b[2K';

function stage(showsWaiting: boolean) {
  const clock = new VirtualClock(Date.UTC(2026, 10, 23, 3, 0, 0));
  let err = '';
  const write = (text: string) => {
    err += text;
  };
  const waiting = createWaiting({ err: write, showsWaiting }, clock);
  const workFor = (ms: number) =>
    clock.complete(
      waiting.during(
        'asking the controller',
        clock.sleep(ms).then(() => 'answer'),
      ),
    );
  return { clock, waiting, workFor, written: () => err };
}

describe('what takes long', () => {
  it('is told with a spinner after a second, and the line is taken away when it is done', async () => {
    const { workFor, written } = stage(true);

    expect(await workFor(2_350)).toBe('answer');
    const lines = written().split(clearLine);
    expect(lines[1]).toMatch(/^\S asking the controller {2}1 s$/);
    expect(lines.at(-2)).toMatch(/^\S asking the controller {2}2 s$/);
    expect(new Set(lines.slice(1, -1).map((line) => line[0])).size).toBeGreaterThan(3);
    expect(written().endsWith(clearLine)).toBe(true);
  });

  it('is not told where it takes less', async () => {
    const { workFor, written } = stage(true);
    await workFor(950);

    expect(written()).toBe('');
  });

  it('is not told where standard error is no terminal', async () => {
    const { workFor, written } = stage(false);
    await workFor(60_000);

    expect(written()).toBe('');
  });

  it('gives way to what is written meanwhile, and ends with the command', async () => {
    const { clock, waiting, written } = stage(true);
    const work = waiting.during('asking the controller', clock.sleep(10_000));
    await clock.runFor(1_050);
    waiting.clear();
    expect(written().endsWith(clearLine)).toBe(true);
    waiting.end();
    const before = written();
    await clock.complete(work);

    expect(written()).toBe(before);
  });

  it('is taken away also where it fails', async () => {
    const { clock, waiting, written } = stage(true);
    const work = waiting.during(
      'asking',
      clock.sleep(1_500).then(() => Promise.reject(new Error('no'))),
    );

    await expect(clock.complete(work)).rejects.toThrow('no');
    expect(written().endsWith(clearLine)).toBe(true);
  });
});
