import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Section } from '../lab/report.ts';
import type { Case } from './case.ts';
import { type Machine, patience } from './machine.ts';
import { isUp, type Lists, type Stage } from './stage.ts';
import { dnf, ownNetwork, stubbornNft } from './stand-ins.ts';

const address = '203.0.113.7';
const lists: Lists = { allowedDomains: ['.example.com'] };
const holds = new RegExp(
  `phoenat: holds the shutdown until its public address ${address} has moved, for \\d+ s at most`,
);

/** A shutdown that is held until the traffic has moved. */
export const handOver: Case = {
  name: 'hand-over',
  about:
    'a shutdown is held, and all goes on that forwarding takes, until the public address has moved or a limit is over',
  play: async (stage, section) => {
    await untilItHasMoved(stage, section);
    await untilTheLimit(stage, section);
    await ofAReboot(stage, section);
    await besideAStandby(stage, section);
    await withoutAddress(stage, section);
    await whatCannotForward(stage, section);
  },
};

async function untilItHasMoved(stage: Stage, section: Section): Promise<void> {
  const { machine, has } = await up(stage, 'moves', 120);
  await machine.run('nft --stateless list table ip phoenat >/opt/loaded');
  await machine.run('systemctl restart phoenat-hand-over.service');
  const silent = machine.isOn && said(machine) === 'nothing';
  section.check('stopped by hand, it holds nothing', silent, said(machine));
  const before = await tells(machine);
  section.check('it tells that it would hold a shutdown', before === '{"atMostSeconds": 120}', before);

  await machine.run('systemctl poweroff --no-block');
  const held = await machine.comes(patience, () => holds.test(machine.console));
  section.check('it says that it holds one', held, said(machine));
  await goesOn(machine, section);
  has('');
  const off = await machine.comes(patience, () => !machine.isOn);
  section.check(
    'the address has moved: off',
    off && said(machine).endsWith('address has moved'),
    said(machine),
  );
}

async function goesOn(machine: Machine, section: Section): Promise<void> {
  // Whatever does not wait for the hand-over is stopped by then.
  await machine.until('all others wait', patience, async () => (await machine.output(jobsThatRun)) === '1');
  await machine.run('sleep 3');
  const is = await machine.output(
    `cat /proc/sys/net/ipv4/ip_forward; [ "$(nft --stateless list table ip phoenat)" = "$(cat /opt/loaded)" ] && echo rules
    ip -4 -o address show dev ens5 | grep -o 10.0.0.10/; ip route show default | cut -d ' ' -f 1
    (exec 3<>/dev/tcp/127.0.0.1/3128) && echo Squid`,
  );
  const all = '1\nrules\n10.0.0.10/\ndefault\nSquid';
  section.check('all that forwarding takes is there', is === all, is.replaceAll('\n', ', '));
  await machine.run('nft flush ruleset');
  const rules = () => machine.output('nft list table ip phoenat');
  const mended = await machine.comes(patience, async () => (await rules()) !== '');
  section.check('the guard still repairs', mended, mended ? 'repaired' : 'gone');
  const told = await tells(machine);
  const right = /^\{"atMostSeconds": 120, "heldForSeconds": \d+\}$/.test(told);
  section.check('the health endpoint still answers, and tells that it holds', right, told);
  section.check('it is still on', machine.isOn, machine.isOn ? 'on' : 'off');
}

async function untilTheLimit(stage: Stage, section: Section): Promise<void> {
  const { machine } = await up(stage, 'limit', 4, dnf(0), 'OTHER_CIDRS="10.0.9.0/24"\n');
  const off = await goesOff(machine, 'systemctl reboot --no-block');
  const right = off && said(machine).endsWith('its public address has not moved');
  section.check('the address stays: off after the limit, to boot again', right, said(machine));
  const held = holds.test(machine.console);
  section.check('another zone can have the traffic: it holds a reboot', held, said(machine));
}

async function ofAReboot(stage: Stage, section: Section): Promise<void> {
  const { machine } = await up(stage, 'reboot', 120);
  const off = await goesOff(machine, 'systemctl reboot --no-block');
  const right = off && said(machine).includes('0 s: it boots again') && !holds.test(machine.console);
  section.check('no other zone can have the traffic: it boots again at once', right, said(machine));
}

async function besideAStandby(stage: Stage, section: Section): Promise<void> {
  const { machine } = await up(stage, 'standby', 4, dnf(0), 'STANDBY=1\n');
  await goesOff(machine, 'systemctl reboot --no-block');
  const held = holds.test(machine.console);
  section.check('a standby can have the traffic: it holds a reboot', held, said(machine));
}

async function withoutAddress(stage: Stage, section: Section): Promise<void> {
  const { machine, has } = await up(stage, 'none', 120);
  has('');
  const off = await goesOff(machine, 'systemctl poweroff --no-block');
  const right = off && said(machine).endsWith('it has no public address to be moved');
  section.check('it has no public address: it does not wait', right, said(machine));
}

async function whatCannotForward(stage: Stage, section: Section): Promise<void> {
  const { machine } = await up(stage, 'broken', 120, stubbornNft);
  const off = await goesOff(machine, 'echo 1000 >/opt/busy; nft flush ruleset');
  const right = off && said(machine).endsWith('it has given up');
  section.check('the guard gives up: it does not wait', right, said(machine));
}

async function goesOff(machine: Machine, command: string): Promise<boolean> {
  await machine.run(command);
  return machine.comes(patience, () => !machine.isOn);
}

/** A machine that forwards, with further lines of nat.env, and who decides what address it has. */
async function up(stage: Stage, name: string, limit: number, seed = dnf(0), env = '') {
  const machine = stage.machine(name, [...dnf(0), ...ownNetwork, ...seed], {
    lists,
    env: `HAND_OVER_SECONDS=${limit}\n${env}`,
  });
  const folder = mkdtempSync(join(tmpdir(), 'phoenat-imds-'));
  stage.atTheEnd(() => rmSync(folder, { recursive: true }));
  const has = (addresses: string) => writeFileSync(join(folder, 'addresses'), `${addresses}\n`);
  has(address);
  await machine.boot();
  await machine.inNetwork(['ip', 'address', 'add', '169.254.169.254/32', 'dev', 'lo']);
  machine.serve([process.execPath, join(import.meta.dirname, 'imds.ts'), join(folder, 'addresses')]);
  await isUp(machine);
  return { machine, has };
}

/** How many units systemd is stopping right now, the one that holds the others included. */
const jobsThatRun = 'systemctl list-jobs --no-legend --plain | grep -c " running"';

/** What it has said last of its shutdown. */
function said(machine: Machine): string {
  const lines = [...machine.console.matchAll(/phoenat: ((?:holds the shutdown|shuts down) .*)$/gm)];
  return lines.at(-1)?.[1] ?? 'nothing';
}

/** Of its hand-over, to whoever asks the health endpoint. */
async function tells(machine: Machine): Promise<string> {
  const answer = await machine.output(
    "exec 3<>/dev/tcp/127.0.0.1/8765; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; timeout 30 cat <&3 | tail -n 1",
  );
  return /"handOver": (null|\{[^}]*\})/.exec(answer)?.[1] ?? (answer || 'nothing');
}
