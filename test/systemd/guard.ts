import type { Section } from '../lab/report.ts';
import type { Case } from './case.ts';
import { type Machine, patience } from './machine.ts';
import { guardState, isUp, type Stage, verdict } from './stage.ts';
import { dnf, hastyWatchdog, stubbornNft } from './stand-ins.ts';

const allowedDomains = ['.example.com'];

type Damage = {
  readonly what: string;
  readonly command: string;
  /** Holds when it is repaired. */
  readonly mended: string;
};

const asLoaded = '[ "$(nft --stateless list table ip phoenat 2>&1)" = "$(cat /opt/loaded)" ]';
const squidListens = '(exec 3<>/dev/tcp/127.0.0.1/3128) 2>/dev/null';
const setting = (key: string, is: number) => `[ "$(cat /proc/sys/net/ipv4/${key})" = ${is} ]`;

const damages: readonly Damage[] = [
  {
    what: 'forwarding switched off',
    command: 'echo 0 >/proc/sys/net/ipv4/ip_forward',
    mended: setting('ip_forward', 1),
  },
  {
    what: 'forwarding switched off on the interface',
    command: 'echo 0 >/proc/sys/net/ipv4/conf/ens5/forwarding',
    mended: setting('conf/ens5/forwarding', 1),
  },
  {
    what: 'redirects switched on',
    command: 'echo 1 >/proc/sys/net/ipv4/conf/all/send_redirects',
    mended: setting('conf/all/send_redirects', 0),
  },
  { what: 'all rules flushed', command: 'nft flush ruleset', mended: asLoaded },
  { what: 'the table deleted', command: 'nft delete table ip phoenat', mended: asLoaded },
  {
    what: 'a chain emptied',
    command: 'nft flush chain ip phoenat postrouting',
    mended: asLoaded,
  },
  {
    what: 'one rule deleted',
    command:
      "nft delete rule ip phoenat forward handle $(nft -a list chain ip phoenat forward | sed -n 's/.*goto permitted # handle //p')",
    mended: asLoaded,
  },
  {
    what: 'a rule added',
    command: 'nft insert rule ip phoenat forward accept',
    mended: asLoaded,
  },
  {
    what: 'the filter opened',
    command: "nft 'chain ip phoenat forward { policy accept; }'",
    mended: asLoaded,
  },
  { what: 'Squid stopped', command: 'systemctl stop phoenat-names', mended: squidListens },
  { what: 'Squid killed', command: 'pkill -KILL -x squid; sleep 0.1', mended: squidListens },
];

/** What the guard repairs, how soon, and what it leaves alone. */
export const guard: Case = {
  name: 'guard',
  about: 'the guard repairs each kind of damage, comes back when it is killed, and rests when it is stopped',
  play: async (stage, section) => {
    const machine = stage.machine('guard', dnf(0), { lists: { allowedDomains } });
    await machine.boot();
    await isUp(machine);
    await machine.run('nft --stateless list table ip phoenat >/opt/loaded');
    await repairs(machine, section);
    await ownKeeper(machine, section);
    await fullDisk(machine, section);
    await atRest(machine, section);
    section.check(
      'it is still on, and has not said that it cannot',
      machine.isOn && verdict(machine) === undefined,
      verdict(machine) ?? 'never',
    );
  },
};

const noDamage: Damage = { what: 'nothing', command: 'true', mended: 'true' };

/** How long a repair took by the machine's own clock; nothing where it did not come. */
async function mend(machine: Machine, { command, mended }: Damage): Promise<number | undefined> {
  const script = `now() { read -r up _ </proc/uptime; echo "\${up/./}0"; }
    ${command}; begun=$(now)
    for (( i = 0; i < 2000; i += 1 )); do if ${mended}; then echo $(($(now) - begun)); exit; fi; sleep 0.02; done`;
  const took = await machine.output(script);
  return took === '' ? undefined : Number(took);
}

async function repairs(machine: Machine, section: Section): Promise<void> {
  const before = await repairsSaid(machine);
  const times: number[] = [];
  for (const [index, damage] of damages.entries()) {
    const took = await mend(machine, damage);
    // Before that, the next damage would be the same trouble.
    const counted = await machine.comes(
      patience,
      async () => (await repairsSaid(machine)) === before + index + 1,
    );
    const figure = `after ${took ?? 'ever'} ms, ${counted ? 'counted' : 'not counted'}`;
    section.check(`${damage.what}: repaired`, took !== undefined && counted, figure);
    times.push(took ?? Number.POSITIVE_INFINITY);
  }
  const median = times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
  section.note(`half of them within ${median} ms`);
  const said = () =>
    machine.console.split('\n').filter((line) => line.includes('phoenat: repaired: ')).length;
  // guard.sh says no more within a minute.
  const ten = await machine.comes(patience, () => said() >= 10);
  section.check('ten are said on the console', ten, `${said()} lines`);
}

/** As the health endpoint tells. */
async function repairsSaid(machine: Machine): Promise<number> {
  const answer = await machine.output("printf 'GET / HTTP/1.0\\r\\n\\r\\n' | bash /etc/phoenat/health.sh");
  return Number(/"guard": \{"repairs": (\d+)\}/.exec(answer)?.[1] ?? Number.NaN);
}

async function ownKeeper(machine: Machine, section: Section): Promise<void> {
  const before = await repairsSaid(machine);
  await machine.run('systemctl kill --signal=KILL phoenat-guard.service');
  // A change of rules would start it by its socket.
  const [switchedOff = noDamage] = damages;
  const killed = await mend(machine, switchedOff);
  section.check(
    'the guard killed, then forwarding switched off: repaired',
    killed !== undefined,
    `after ${killed} ms`,
  );
  const back = await machine.comes(patience, async () => (await guardState(machine)) === 'active active');
  section.check('and the guard is back, with its ear', back, await guardState(machine));
  const counted = await machine.comes(patience, async () => (await repairsSaid(machine)) === before + 1);
  section.check('which goes on counting', counted, `${before}, then ${await repairsSaid(machine)}`);
}

/** Nothing can be noted there any more. */
async function fullDisk(machine: Machine, section: Section): Promise<void> {
  await machine.run(
    'cp -a /run/phoenat /opt/was && mount -t tmpfs -o size=128k tmpfs /run/phoenat && cp -a /opt/was/. /run/phoenat/ && dd if=/dev/zero of=/run/phoenat/fill bs=4k; sleep 1',
  );
  const free = await machine.output('df --output=avail /run/phoenat | tail -n 1');
  const took = await mend(machine, { what: '', command: 'nft flush ruleset', mended: asLoaded });
  section.check(`/run is full (${free.trim()} kB free): repaired`, took !== undefined, `after ${took} ms`);
  await machine.run('umount /run/phoenat');
}

/** Whoever wants to change rules by hand stops it. */
async function atRest(machine: Machine, section: Section): Promise<void> {
  await machine.run('systemctl stop phoenat-guard.service');
  const rests = await machine.comes(
    patience,
    async () => (await guardState(machine)) === 'inactive inactive',
  );
  section.check('stopped, its ear stops with it', rests, await guardState(machine));
  await machine.run('nft insert rule ip phoenat forward accept');
  const back = await machine.comes(3, async () => (await machine.run(asLoaded)).code === 0);
  section.check('then a change by hand stays', !back, back ? 'reverted' : 'stays');
  await machine.run('systemctl start phoenat-guard.service');
  const mended = await machine.comes(patience, async () => (await machine.run(asLoaded)).code === 0);
  section.check('started again, it reverts it', mended, mended ? 'reverted' : 'stays');
  const state = await guardState(machine);
  section.check('with its ear', state === 'active active', state);
}

/** What cannot be repaired ends the instance; what fails for a moment does not. */
export const guardGivesUp: Case = {
  name: 'guard-gives-up',
  about:
    'the guard powers off what it cannot repair, and not what failed for a moment or before the boot was done',
  play: async (stage, section) => {
    const moment = await brokenBy(stage, 'moment', 3);
    const back = await moment.comes(
      patience,
      async () => (await moment.output('nft list table ip phoenat')) !== '',
    );
    section.check('nft fails three times: repaired', back && moment.isOn, back ? 'repaired' : 'gone');

    const unfinished = await brokenBy(stage, 'unfinished', 1_000, 'rm /run/phoenat/forwarded');
    const given = await unfinished.comes(16, () => !unfinished.isOn);
    section.check('nft fails for ever, the boot not done: it stays on', !given, given ? 'off' : 'on');
    await unfinished.run('touch /run/phoenat/forwarded');
    const off = await unfinished.comes(patience, () => !unfinished.isOn);
    section.check('the boot done: the power is off', off, off ? 'off' : 'still on');
    const why = verdict(unfinished) ?? 'nothing';
    section.check(
      'it has said why',
      /^the rules were gone and cannot be repaired: Error: .*busy$/.test(why),
      why,
    );
  },
};

async function brokenBy(stage: Stage, name: string, failures: number, first = 'true'): Promise<Machine> {
  const machine = stage.machine(name, [...dnf(0), ...stubbornNft]);
  await machine.boot();
  await isUp(machine);
  await machine.run(`${first}; echo ${failures} >/opt/busy; nft flush ruleset`);
  return machine;
}

/**
 * What it takes of a machine where nothing happens: the unit's own account, for longer than systemd's watchdog waits, here
 * with less patience than the shipped one.
 */
export const guardCost: Case = {
  name: 'guard-cost',
  about:
    'what the guard takes where nothing happens: CPU by the second and memory, by the unit’s own account',
  isLong: true,
  play: async (stage, section) => {
    const seed = [...dnf(0), ...hastyWatchdog];
    const machine = stage.machine('cost', seed, { env: 'EGRESS_TARGETS="127.0.0.1:8765"\n' });
    await machine.boot();
    await isUp(machine);
    await machine.run('sleep 5');
    const before = await spent(machine);
    await machine.run('sleep 100');
    const [taken, seconds] = (await spent(machine)).map((figure, index) => figure - (before[index] ?? 0));
    const each = (taken ?? Number.NaN) / (seconds ?? Number.NaN);
    section.check('CPU: less than a hundredth of one', each < 10, `${each.toFixed(2)} ms in each second`);
    const restarts = await machine.output('systemctl show --value --property=NRestarts phoenat-guard');
    section.check('the watchdog has had its word', restarts === '0', `${restarts} restarts`);
    const resident = await machine.output(
      "pid=$(systemctl show --value --property=MainPID phoenat-guard); awk '/^Rss|^Pss:|^Private/ { print $1, $2 }' /proc/$pid/smaps_rollup | tr '\\n' ' '",
    );
    const kib = Number(/Rss: (\d+)/.exec(resident)?.[1]);
    section.check('memory: less than 4 MiB, shared libraries and all', kib < 4_096, `in kB: ${resident}`);
    await answerCost(machine, section);
    const minute = await machine.output('cat /run/phoenat/minute');
    section.check(
      'the last minute is noted',
      /^\d+ \{"bytes": \d+, .*"stealPercent": \d+\.\d, /.test(minute),
      minute,
    );
  },
};

/** Beside it, an answer of the health endpoint, by the shell's account; the machine's load is in it, so no limit. */
async function answerCost(machine: Machine, section: Section): Promise<void> {
  const ask = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | bash /etc/phoenat/health.sh >/dev/null";
  const figures = await machine.run(`TIMEFORMAT='%U %S'; time for n in {1..50}; do ${ask}; done`);
  const seconds = figures.stderr.trim().split(' ').map(Number);
  const each = (seconds.reduce((sum, figure) => sum + figure, 0) * 1_000) / 50;
  section.note(`an answer of the health endpoint: ${each.toFixed(1)} ms of CPU`);
}

/** Milliseconds of CPU that the unit has taken, and seconds since the kernel started. */
async function spent(machine: Machine): Promise<number[]> {
  const figures = await machine.output(
    'systemctl show --value --property=CPUUsageNSec phoenat-guard; cut -d " " -f 1 /proc/uptime',
  );
  const [nanoseconds, uptime] = figures.split('\n').map(Number);
  return [(nanoseconds ?? Number.NaN) / 1e6, uptime ?? Number.NaN];
}
