import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';

// The controller looks for these two on an instance's console. They must be there for one reason each.
const good = 'phoenat: forwarding is on';
const bad = 'phoenat: cannot forward: ';

const files = readBootstrapFiles();
const code = Object.entries(files).map(([name, text]) => ({
  name,
  lines: text.split('\n').filter((line) => !/^ *# /.test(line)),
}));

/** Where a text stands in the code of the files. */
function places(text: string): string[] {
  return code.flatMap(({ name, lines }) =>
    lines.filter((line) => line.includes(text)).map((line) => `${name}: ${line.trim()}`),
  );
}

describe('what an instance says on its console', () => {
  it('is said as "phoenat: …"', () => {
    expect(places('say() ')).toEqual(['say.sh: say() { echo "phoenat: $*"; }']);
  });

  it(`is "${good}" by one function, called where packets pass`, () => {
    expect(places('forwarding is on')).toEqual([
      'say.sh: forwarding_is_on() { : >"$run/forwarded"; milestone forwarding; say "forwarding is on"; }',
    ]);
    expect(places('forwarding_is_on').map((place) => place.split(':')[0])).toEqual([
      'say.sh',
      'say.sh',
      'configure.sh',
      'bootstrap.sh',
      'bootstrap.sh',
      'names.sh',
    ]);
  });

  it(`is "${bad}…" by one function, called before the power goes off`, () => {
    expect(places('cannot forward')).toEqual(['say.sh: cannot_forward() { say "cannot forward: $*"; }']);
    expect(places('cannot_forward')).toEqual([
      'say.sh: cannot_forward() { say "cannot forward: $*"; }',
      'give-up.sh: cannot_forward "$1"',
    ]);
    expect(places('poweroff').map((place) => place.split(':')[0])).toEqual(['give-up.sh']);
  });

  it('reaches the console from every unit that may say it', () => {
    for (const unit of ['phoenat-nat.service', 'phoenat-names.service', 'phoenat-guard.service'] as const) {
      expect(files[unit]).toContain('\nStandardOutput=journal+console\n');
    }
  });
});

describe('the line at the end of a boot', () => {
  const lineOf = (reached: Readonly<Record<string, string>>) => {
    const run = mkdtempSync(join(tmpdir(), 'phoenat-boot-'));
    for (const [name, text] of Object.entries(reached)) writeFileSync(join(run, `boot-${name}`), text);
    const say = fileURLToPath(new URL('../../../infra/nat-instance/say.sh', import.meta.url));
    const { stdout, stderr, status } = spawnSync('bash', ['-c', `set -Eeuo pipefail; . ${say}; tell_boot`], {
      env: { ...process.env, PHOENAT_RUN: run },
      encoding: 'utf8',
    });
    rmSync(run, { recursive: true });
    return [status, stdout, stderr];
  };

  it('says when it came how far, and nothing of what it has not reached', () => {
    const all = { forwarding: '9.61\n', health: '10.12\n', address: '9.20\n', rules: '9.50\n' };

    expect(lineOf(all)).toEqual([
      0,
      'phoenat: boot: address 9.20, rules 9.50, forwarding 9.61, health 10.12 s after the kernel started\n',
      '',
    ]);
    expect(lineOf({ rules: '9.50\n', egress: '11.02\n' })).toEqual([
      0,
      'phoenat: boot: rules 9.50, egress 11.02 s after the kernel started\n',
      '',
    ]);
    expect(lineOf({})).toEqual([0, '', '']);
  });

  it('comes once, where forwarding is on', () => {
    expect(places('tell_boot').map((place) => place.split(':')[0])).toEqual([
      'say.sh',
      'bootstrap.sh',
      'names.sh',
    ]);
  });
});

describe('the units', () => {
  it('are never waited for from a script: none is started without --no-block', () => {
    const started = places('systemctl ').filter((line) => /\b(start|restart|stop)\b|--now|\$1/.test(line));

    expect(started.map((line) => line.split(':')[0])).toEqual([
      'bootstrap.sh',
      'bootstrap.sh',
      'bootstrap.sh',
      'bootstrap.sh',
      'guard.sh',
      'extras.sh',
      'extras.sh',
      'extras.sh',
      'extras.sh',
      'extras.sh',
    ]);
    expect(started.filter((line) => !line.includes('--no-block'))).toEqual([]);
  });
});
