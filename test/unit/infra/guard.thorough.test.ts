import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';
import { inDepth } from '../../every-case.ts';

const files = readBootstrapFiles();
const dir = mkdtempSync(join(tmpdir(), 'phoenat-guard-'));
const at = (path: string) => join(dir, path);

/** A file of the machine's, below this folder: /proc/uptime, /run/phoenat/loaded. */
function put(path: string, content: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
}
function program(name: string, ...lines: readonly string[]): void {
  put(`/bin/${name}`, ['#!/bin/bash', ...lines, ''].join('\n'));
  chmodSync(at(`/bin/${name}`), 0o755);
}
/** What nft does, as the body of a shell function: a program would take most of the time of these tests. */
const nft = (...lines: readonly string[]) => put('/nft', ['nft() {', ...lines, '}', ''].join('\n'));
const read = (path: string) => readFileSync(at(path), 'utf8');
/** The shipped text with this folder in the place of the machine's. */
const moved = (text: string) =>
  text.replaceAll('/etc/phoenat', at('/etc')).replaceAll(/\/(proc|sys)\//g, `${at('/')}$1/`);

const ruleset = 'table ip phoenat {\n\tchain forward {\n\t\tdrop\n\t}\n\toif "ens5" masquerade\n}';
const listening =
  '  sl  local_address rem_address   st tx_queue rx_queue\n   0: 0100007F:0C38 00000000:0000 0A 00000000:00000000\n';

/** Seconds of the machine's life: before each round a line of shell, then the guard looks. Gives what it printed. */
function live(lines: readonly string[], from = 1_000, env: Readonly<Record<string, string>> = {}): string {
  // Without the loop and its waits at the end.
  const guard = moved(files['guard.sh']).replace(/\nwhile true; do\n {2}round\n {2}hear\ndone\n$/, '\n');
  const rounds = lines.map(
    (line, index) => `{ ${line}; }\necho ${from + index}.5 0 >"${at('/proc/uptime')}"\nround`,
  );
  const stands = [
    'ask_outside() { :; }',
    'sleep() { :; }',
    'timeout() { shift; "$@"; }',
    `. "${at('/nft')}"`,
  ];
  put('/etc/guard.sh', [guard, ...stands, ...rounds, ''].join('\n'));
  return execFileSync('bash', [at('/etc/guard.sh')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: `${at('/bin')}:${process.env['PATH'] ?? ''}`,
      PHOENAT_DIR: at('/etc'),
      PHOENAT_RUN: at('/run'),
      LINGER_SECONDS: '0',
      ...env,
    },
  });
}

const idle = (seconds: number) => Array.from({ length: seconds }, () => 'true');
/** The kernel tells of whatever changes rules. */
const told = 'changed=yes';
const flush = () => `rm "${at('/kernel')}"; ${told}`;
const stubborn = () =>
  nft(
    'case "$*" in *list*) cat "$KERNEL" && return; echo "Error: No such file or directory" ;; *) echo "Error: busy" ;; esac >&2; return 1',
  );
const unloadable = () => {
  stubborn();
  put('/etc/configure.sh', 'echo "Error: busy"; exit 1\n');
};
const off = () => existsSync(at('/off'));

beforeEach(() => {
  rmSync(dir, { recursive: true, force: true });
  for (const name of ['say.sh', 'look.sh', 'stand-in.sh', 'give-up.sh'] as const)
    put(`/etc/${name}`, moved(files[name]));
  put('/etc/nat.env', `export KERNEL="${at('/kernel')}"\n`);
  put('/kernel', `${ruleset}\n`);
  put('/run/loaded', `${ruleset}\n`);
  put('/run/nat.nft', ruleset);
  put('/run/forwarded', '');
  put('/run/uplink', 'ens5\n');
  put('/proc/uptime', '1000.00 0\n');
  put('/proc/stat', 'cpu  100 0 100 700 0 0 0 100 0 0\n');
  put('/proc/net/tcp', listening);
  put('/proc/sys/net/ipv4/ip_forward', '1\n');
  for (const interfaceName of ['all', 'default', 'ens5']) {
    put(`/proc/sys/net/ipv4/conf/${interfaceName}/send_redirects`, '0\n');
    put(`/proc/sys/net/ipv4/conf/${interfaceName}/forwarding`, '1\n');
  }
  put('/sys/class/net/ens5/statistics/rx_bytes', '5000\n');
  put('/sys/class/net/ens5/statistics/rx_packets', '50\n');
  nft(
    'case "$*" in *list*) [ -e "$KERNEL" ] && cat "$KERNEL" && return; echo "Error: No such file or directory" >&2; return 1 ;;',
    '  *--file*) cp "$2" "$KERNEL"; echo loaded >>"$KERNEL.loads" ;; esac',
  );
  program('ethtool', 'exit 1');
  program('systemctl', `echo "$*" >>"${at('/systemctl')}"`, `[ "$1" != poweroff ] || : >"${at('/off')}"`);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('the guard', () => {
  it('does nothing where all is well', () => {
    expect(live(idle(70))).toBe('');
    expect(existsSync(at('/kernel.loads'))).toBe(false);
    expect(read('/run/guard')).toBe('0000001069 0000000000\n');
  });

  it.each([
    ['forwarding was off', 'ip_forward', '1'],
    ['forwarding was off', 'conf/ens5/forwarding', '1'],
    ['redirects were on', 'conf/all/send_redirects', '0'],
    ['redirects were on', 'conf/ens5/send_redirects', '0'],
  ])('repairs at once: %s (%s)', (what, key, right) => {
    const path = `/proc/sys/net/ipv4/${key}`;

    expect(live(['true', `echo ${1 - Number(right)} >"${at(path)}"`])).toBe(`phoenat: repaired: ${what}\n`);
    expect(read(path)).toBe(`${right}\n`);
    expect(read('/run/guard')).toBe('0000001001 0000000001\n');
  });

  it.each([
    ['the rules were gone', () => flush()],
    ['the rules were changed', () => `echo "accept" >>"${at('/kernel')}"; ${told}`],
  ])('repairs at once: %s', (what, harm) => {
    expect(live(['true', harm()])).toBe(`phoenat: repaired: ${what}\n`);
    expect(read('/kernel')).toBe(ruleset);
  });

  it('takes rules that configure.sh has loaded for right', () => {
    const other = `echo other masquerade >"${at('/kernel')}"; echo other masquerade >"${at('/run/loaded')}"; ${told}`;

    expect(live(['true', other, 'true'])).toBe('');
    expect(read('/kernel')).toBe('other masquerade\n');
  });

  it('loads rules once where nft has come to word them in another way', () => {
    nft('case "$*" in *list*) echo "new words: masquerade" ;; *) echo loaded >>"$KERNEL.loads" ;; esac');

    expect(live(idle(20))).toBe('phoenat: repaired: the rules were changed\n');
    expect(read('/kernel.loads')).toBe('loaded\n');
  });

  it('runs configure.sh where what was loaded cannot be loaded', () => {
    put('/run/nat.nft', '');
    put('/etc/configure.sh', `cp "${at('/run/loaded')}" "$KERNEL"\n`);

    expect(live(['true', flush()])).toBe('phoenat: repaired: the rules were gone\n');
  });

  it('takes an nft that cannot answer for no trouble', () => {
    nft('echo "Cannot allocate memory" >&2; return 1');

    expect(live(idle(20))).toBe('');
    expect(off()).toBe(false);
  });

  it('ends what it cannot repair for ten seconds, and says why', () => {
    unloadable();

    expect(live([flush(), ...idle(9)])).not.toContain('cannot forward');
    expect(off()).toBe(false);
    put('/kernel', `${ruleset}\n`);
    expect(live([flush(), ...idle(10)])).toContain(
      'phoenat: cannot forward: the rules were gone and cannot be repaired: Error: busy\n',
    );
    expect(off()).toBe(true);
  });

  inDepth('counts seconds, not how often the kernel tells of changes', () => {
    stubborn();
    const sameSecond = Array.from({ length: 20 }, () => 'round');

    live([flush(), sameSecond.join('; '), 'true']);
    expect(off()).toBe(false);
  });

  it('ends nothing before the boot has come to its end', () => {
    stubborn();
    rmSync(at('/run/forwarded'));

    live([flush(), ...idle(20)]);
    expect(off()).toBe(false);
  });

  inDepth('ends nothing for a way to the internet that is lost', () => {
    const lost = (second: number) => `echo ${1_000 + second} yes 9 >"${at('/run/egress')}"`;

    expect(live(Array.from({ length: 60 }, (_, second) => lost(second)))).toBe('');
    expect(off()).toBe(false);
    expect(read('/run/since-egress')).toBe('0000001000 0000001059\n');
  });

  inDepth('begins to count anew where trouble was repaired in between', () => {
    stubborn();
    const mended = `echo '${ruleset}' >"${at('/kernel')}"; ${told}`;

    live([flush(), ...idle(8), mended, flush(), ...idle(8)]);
    expect(off()).toBe(false);
  });

  inDepth('fills no log where somebody fights with it', () => {
    const fight = `echo 0 >"${at('/proc/sys/net/ipv4/ip_forward')}"`;
    const lines = live(Array.from({ length: 121 }, () => fight))
      .trim()
      .split('\n');

    expect(lines.filter((line) => line === 'phoenat: repaired: forwarding was off')).toHaveLength(21);
    expect(lines.filter((line) => line.endsWith('more repairs and tries within a minute'))).toHaveLength(2);
    expect(read('/run/guard')).toBe('0000001120 0000000121\n');
    expect(off()).toBe(false);
  });

  it('goes on counting after it was killed', () => {
    put('/run/guard', '0000000900 0000000041\n');
    live([flush()]);

    expect(read('/run/guard')).toBe('0000001000 0000000042\n');
  });
});

describe('the guard of a name filter', () => {
  const gone = () => `echo header >"${at('/proc/net/tcp')}"`;
  beforeEach(() => put('/etc/nat.env', `NAMES=.example.com\nexport KERNEL="${at('/kernel')}"\n`));
  const asked = () => (existsSync(at('/systemctl')) ? read('/systemctl').trim().split('\n') : []);

  it('starts it where it does not listen, and says so when it does', () => {
    const back = `cp "${at('/listening')}" "${at('/proc/net/tcp')}"`;
    put('/listening', listening);

    expect(live(['true', gone(), 'true', back])).toBe('phoenat: repaired: the name filter did not answer\n');
    expect(asked()).toEqual(['start --no-block phoenat-names.service']);
  });

  inDepth('starts it anew where that does not help, and ends the instance after a minute and a half', () => {
    live([gone(), ...idle(89)]);
    expect(off()).toBe(false);
    expect(asked().filter((line) => line.startsWith('restart'))).toHaveLength(4);

    expect(live(idle(91), 2_000)).toContain('the name filter did not answer and cannot be repaired\n');
    expect(off()).toBe(true);
  });

  inDepth('leaves its first start to the boot', () => {
    rmSync(at('/run/forwarded'));

    expect(live([gone(), ...idle(100)])).toBe('');
    expect(asked()).toEqual([]);
  });
});

describe('the last minute', () => {
  const minute = (): unknown => JSON.parse(read('/run/minute').replace(/^\d+ /, ''));
  const grow = (bytes: number, packets: number) =>
    `echo ${bytes} >"${at('/sys/class/net/ens5/statistics/rx_bytes')}"; echo ${packets} >"${at('/sys/class/net/ens5/statistics/rx_packets')}"`;
  const entries = (failed: string, drop: string) =>
    `entries  found insert_failed drop\n00000001 00000000 ${failed} ${drop}\n00000001 00000000 00000001 00000000\n`;

  it('is what has been counted since the minute before', () => {
    put('/proc/net/stat/nf_conntrack', entries('0000000a', '00000000'));
    put(
      '/ena',
      'NIC statistics:\n     bw_in_allowance_exceeded: 7\n     pps_allowance_exceeded: 1\n     queue_0_tx_cnt: 99\n',
    );
    program('ethtool', `cat "${at('/ena')}"`);
    const after = [
      grow(905_000, 1_050),
      `printf '${entries('0000001a', '00000002').replaceAll('\n', '\\n')}' >"${at('/proc/net/stat/nf_conntrack')}"`,
      `sed -i 's/: 7/: 19/' "${at('/ena')}"`,
      `echo "cpu  150 0 150 1575 0 0 0 125 0 0" >"${at('/proc/stat')}"`,
    ];
    live(['true', after.join('; '), ...idle(59)]);

    expect(minute()).toEqual({
      bytes: 900_000,
      packets: 1_000,
      insertFailed: 16,
      dropped: 2,
      stealPercent: 2.5,
      exceeded: { bw_in: 12, pps: 0 },
    });
  });

  inDepth('says null where this machine does not tell', () => {
    rmSync(at('/sys'), { recursive: true });
    live(idle(61));

    expect(minute()).toEqual({
      bytes: null,
      packets: null,
      insertFailed: null,
      dropped: null,
      stealPercent: 0,
      exceeded: null,
    });
  });

  inDepth('takes a count that began anew for what it is', () => {
    live(['true', grow(300, 3), ...idle(59)]);

    expect(minute()).toMatchObject({ bytes: 300, packets: 3 });
  });

  it('is not told before it is over, nor where it took far longer', () => {
    live(idle(60));
    expect(existsSync(at('/run/minute'))).toBe(false);

    live(['true', `sed() { :; }; minute_at=900 counted_at=900`]);
    expect(existsSync(at('/run/minute'))).toBe(false);
  });
});

describe('when the outside is asked', () => {
  const asks = (note: string, seconds: number) => {
    put('/run/egress', note);
    const script = `ask_outside() { echo "$now" >>"${at('/asks')}"; }`;
    live([script, ...idle(seconds)], 1_000);
    const asked = existsSync(at('/asks')) ? read('/asks').trim().split('\n').map(Number) : [];
    // Each is asked beside the guard: which of them writes first, the system's scheduler decides.
    return asked.toSorted((a, b) => a - b);
  };

  it('is twice a minute, where it answers', () => {
    expect(asks('1000 yes 0\n', 70)).toEqual([1_030, 1_060]);
  });

  it('is soon after a miss, and every ten seconds after three', () => {
    expect(asks('1000 yes 1\n', 9)).toEqual([1_004, 1_008]);
    rmSync(at('/asks'));
    expect(asks('1000 yes 3\n', 25)).toEqual([1_010, 1_020]);
  });
});

describe('its clock', () => {
  it('is the kernel’s, which nothing sets: no other is read', () => {
    const text = files['guard.sh'] + files['look.sh'] + files['stand-in.sh'];

    expect(text).not.toMatch(/\bdate\b|EPOCH|\bSECONDS\b/);
  });
});
