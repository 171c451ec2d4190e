import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';
import { everyCase } from '../../every-case.ts';

const files = readBootstrapFiles();
const dir = mkdtempSync(join(tmpdir(), 'phoenat-give-up-'));
const run = join(dir, 'run');
const inRun = (name: string) => join(run, name);

/** The shipped text with this folder in the place of the machine's files. */
function moved(text: string): string {
  return text.replaceAll('/etc/phoenat', dir).replaceAll('/proc/uptime', join(dir, 'uptime'));
}

function setUptime(seconds: number): void {
  writeFileSync(join(dir, 'uptime'), `${seconds}.37 1.00\n`);
}

function bash(script: string, env: Readonly<Record<string, string>> = {}): string {
  const path = `${dir}:${process.env['PATH'] ?? ''}`;
  return execFileSync('bash', ['-c', script], {
    encoding: 'utf8',
    // A bash whose input is a socket takes it for a remote shell's, and reads its user's settings.
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: path, PHOENAT_RUN: run, LINGER_SECONDS: '0', SERVICE_RESULT: 'exit-code', ...env },
  });
}

/** One failure of a unit: what was said, and whether the power went off. */
function fail(at: number, unit = 'the boot script', env: Readonly<Record<string, string>> = {}) {
  setUptime(at);
  const said = bash(`bash "${dir}/give-up.sh" "${unit}"`, env);
  return { said, off: existsSync(join(dir, 'off')) };
}

beforeEach(() => {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(run, { recursive: true });
  for (const name of ['say.sh', 'give-up.sh'] as const) writeFileSync(join(dir, name), moved(files[name]));
  writeFileSync(join(dir, 'systemctl'), `#!/bin/bash\n[ "$1" != poweroff ] || : >"${dir}/off"\n`);
  chmodSync(join(dir, 'systemctl'), 0o755);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('give-up.sh', () => {
  it('switches off at the third failure, eight minutes after boot, and says why', () => {
    writeFileSync(inRun('problem'), 'no default route\n');

    expect([fail(170).off, fail(330).off]).toEqual([false, false]);
    expect(fail(480)).toEqual({
      said: expect.stringContaining('phoenat: cannot forward: no default route\n'),
      off: true,
    });
  });

  it('needs both: not before the eight minutes, and not at the second failure', () => {
    expect([100, 200, 300, 479].map((at) => fail(at).off)).toEqual([false, false, false, false]);
    rmSync(inRun('tries'));
    expect([600, 800, 1_000].map((at) => fail(at).off)).toEqual([false, false, true]);
  });

  it('never does once it has forwarded', () => {
    writeFileSync(inRun('forwarded'), '');

    expect([500, 600, 700, 800].map((at) => fail(at).off)).toEqual([false, false, false, false]);
  });

  it.each(['', 'x\n', '-7\n', '9999999999999999999999\n', 'up[$(exit 1)]\n', '\u0000\u0001', '2', '08\n'])(
    'counts on where the count is %j: no failure of its own',
    (tries) => {
      writeFileSync(inRun('tries'), tries);
      const counted = /^\d{1,6}$/.test(tries.trim()) ? Number(tries) : 0;

      expect(fail(100)).toEqual({ said: expect.stringContaining(`try ${counted + 1}, 100 s`), off: false });
      expect(readFileSync(inRun('tries'), 'utf8')).toBe(`${counted + 1}\n`);
    },
  );

  it('begins a count again that is garbage, and still ends', () => {
    writeFileSync(inRun('tries'), '77777777777\n');

    expect([500, 520, 540].map((at) => fail(at).off)).toEqual([false, false, true]);
  });

  it('tells the reason of what has failed, not of what failed before', () => {
    writeFileSync(inRun('problem'), 'nftables cannot be installed\n');

    expect(fail(1).said).toContain(': nftables cannot be installed\n');
    expect(fail(1, 'the name filter').said).toContain(': the name filter failed\n');
    expect(fail(1, 'the boot script', { SERVICE_RESULT: 'timeout' }).said).toContain('took too long\n');
    expect(fail(1, 'the boot script', { SERVICE_RESULT: 'signal' }).said).toContain(
      ': the boot script failed\n',
    );
  });
});

describe('a mirror that stalls', () => {
  const limit = /^packages_may_take\(\) \{\n[\s\S]*?^\}\n/m.exec(files['bootstrap.sh'])?.[0] ?? '';
  const restartSec = Number(/^RestartSec=(\d+)$/m.exec(files['phoenat-nat.service'])?.[1]);
  const secondsAt = (uptime: number, spent = 0) => {
    setUptime(uptime);
    return Number(bash(moved(`run="${run}"\n${limit}SECONDS=${spent}\npackages_may_take`)));
  };

  it.each(everyCase([5, 120], [20, 30, 45, 60, 90]))(
    'is given up within nine minutes of a boot that took %d s',
    (start) => {
      let at = start;
      let tries = 0;
      for (let off = false; !off; ) {
        at += secondsAt(at);
        off = fail(at).off;
        tries += 1;
        if (!off) at += restartSec;
      }

      expect(tries).toBeGreaterThanOrEqual(3);
      expect(at).toBeLessThan(540);
    },
  );

  it('takes what one package has taken from the next, and leaves a moment always', () => {
    expect([secondsAt(60), secondsAt(60, 100), secondsAt(60, 139), secondsAt(900)]).toEqual([
      140, 40, 30, 30,
    ]);
  });

  it('has all the time where something is forwarded already', () => {
    writeFileSync(inRun('forwarded'), '');

    expect(secondsAt(900)).toBe(140);
  });

  it('is ended by dnf’s limit, before the unit’s', () => {
    const unit = Number(/^TimeoutStartSec=(\d+)$/m.exec(files['phoenat-nat.service'])?.[1]);

    expect(unit).toBeGreaterThan(secondsAt(60));
  });
});
