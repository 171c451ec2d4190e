import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgress } from '../../../cli/command/progress.ts';
import type { Session } from '../../../cli/session.ts';
import { createSpinner } from '../../../cli/spinner.ts';
import { systemClock } from '../../../shared/system-clock.ts';

const clearLine = '<clear>';
const asking = 'asking the controller';

/** As much of a terminal as a spinner needs; it forgets what was cleared. */
class FakeTerminal extends Writable {
  readonly isTTY = true;
  written = '';

  cursorTo(): void {}

  clearLine(): void {
    this.written += clearLine;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written += stripVTControlCharacters(chunk.toString());
    done();
  }

  shows(): string {
    return this.written.split(clearLine).at(-1) ?? '';
  }
}

const workFor = (ms: number) => new Promise<string>((resolve) => setTimeout(resolve, ms, 'answer'));

function start() {
  const terminal = new FakeTerminal();
  return { terminal, spinner: createSpinner(terminal, systemClock) };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
});
afterEach(() => vi.useRealTimers());

describe('what takes long', () => {
  it('is told with a spinner after a second, and the line is taken away when it is done', async () => {
    const { terminal, spinner } = start();
    const work = spinner.during(asking, workFor(2_350));
    await vi.advanceTimersByTimeAsync(1_050);
    expect(terminal.shows()).toMatch(/^\S asking the controller {2}1 s$/);
    await vi.advanceTimersByTimeAsync(1_250);
    expect(terminal.shows()).toMatch(/^\S asking the controller {2}2 s$/);
    await vi.advanceTimersByTimeAsync(50);

    expect(await work).toBe('answer');
    expect(terminal.shows()).toBe('');
    const marks = terminal.written.split(clearLine).map((line) => line.at(0));
    expect(new Set(marks).size).toBeGreaterThan(3);
  });

  it('is not told where it takes less', async () => {
    const { terminal, spinner } = start();
    const work = spinner.during(asking, workFor(950));
    await vi.advanceTimersByTimeAsync(5_000);

    expect([await work, terminal.written]).toEqual(['answer', '']);
  });

  it('gives its line to what is written meanwhile, and goes on below', async () => {
    const { terminal, spinner } = start();
    const work = spinner.during(asking, workFor(5_000));
    await vi.advanceTimersByTimeAsync(1_050);
    terminal.write('phoenat: a word\n');

    expect(terminal.shows()).toMatch(/^phoenat: a word\n\S asking the controller {2}1 s$/);
    await vi.advanceTimersByTimeAsync(5_000);
    await work;
  });

  it('ends with the command, whatever is still under way', async () => {
    const { terminal, spinner } = start();
    const work = spinner.during(asking, workFor(10_000));
    await vi.advanceTimersByTimeAsync(1_050);
    spinner.stop();
    const before = terminal.written;
    await vi.advanceTimersByTimeAsync(20_000);
    await work;

    expect([terminal.shows(), terminal.written]).toEqual(['', before]);
  });

  it('is taken away also where it fails', async () => {
    const { terminal, spinner } = start();
    const work = spinner.during(
      asking,
      workFor(1_500).then(() => Promise.reject(new Error('no'))),
    );
    const refused = expect(work).rejects.toThrow('no');
    await vi.advanceTimersByTimeAsync(1_500);
    await refused;

    expect(terminal.shows()).toBe('');
  });
});

describe('a rebuild that is watched', () => {
  const step = { step: 'launch', result: { kind: 'done' }, tookMs: 2_000 } as const;

  function watch(json: boolean) {
    const { terminal, spinner } = start();
    const write = (text: string) => terminal.write(text);
    const session = { json, spinner, terminal: { out: write, err: write, isColoured: false } };
    return { terminal, progress: createProgress(session as unknown as Session) };
  }

  it('has a line for each step, and below them what is waited for, until it ends', () => {
    const { terminal, progress } = watch(false);
    progress.begin();
    expect(terminal.shows()).toMatch(/^\S rebuilding$/);
    progress.waiting(['i-0abc to boot', 'more']);
    progress.step('a', step as never);

    expect(terminal.shows()).toMatch(
      /^✔ zone a {2}launch {2}2\.0 s\n\S rebuilding: waiting for i-0abc to boot$/,
    );
    progress.waiting([]);
    progress.note('cut off');
    expect(terminal.shows()).toMatch(/^phoenat: cut off\n\S rebuilding$/);
    progress.end();
    expect(terminal.shows()).toBe('');
  });

  it('leaves nothing but notes beside JSON', () => {
    const { terminal, progress } = watch(true);
    progress.begin();
    progress.step('a', step as never);
    progress.waiting(['it']);
    progress.note('cut off');
    progress.end();

    expect(terminal.written).toBe('phoenat: cut off\n');
  });
});

describe('where there is no terminal', () => {
  it('nothing turns, and the work is awaited all the same', async () => {
    const spinner = createSpinner(undefined, systemClock);
    spinner.show('never seen');
    const work = spinner.during(asking, workFor(60_000));
    await vi.advanceTimersByTimeAsync(60_000);
    spinner.stop();

    expect(await work).toBe('answer');
  });
});
