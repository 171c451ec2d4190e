import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case } from './case.ts';
import { type Machine, patience } from './machine.ts';
import { isUp, type Stage } from './stage.ts';
import { dnf, nftWithoutCopies, unit } from './stand-ins.ts';

const env = 'KEEP_CONNECTIONS=all\nOWN_CIDRS="10.0.100.0/24 10.0.101.0/24"\n';
/** What it needs before nft has come, and a boot of a busy machine, are not to be longer. */
const windowSeconds = 40;
const short = unit('phoenat-paging.service.d/short.conf', [
  '[Service]',
  `Environment=PHOENAT_PAGING_SECONDS=${windowSeconds}`,
]);

/** Rules that are there for some time, through the hardened unit. */
export const paging: Case = {
  name: 'paging',
  about:
    'clients are asked whose packets are, from a boot on and when an address comes, and the rules go again',
  play: async (stage, section) => {
    const { machine, setAddresses } = await machineWith(stage, 'paging', [short, ...dnf(0)]);
    const before = await machine.output('nft list table ip phoenat');
    const opens = await machine.comes(patience, async () => (await table(machine)) !== '');
    section.check('the rules are there after a boot', opens, await words(machine));
    const rules = await table(machine);
    const counts = [
      rules.includes('ip daddr set 10.0.100.4 counter name "copies" dup to 10.0.100.4'),
      !rules.includes('10.0.100.3 '),
      rules.includes('10.0.101.254 '),
    ];
    section.check(
      'they copy to each address that a subnet can give',
      counts.every(Boolean),
      rules.slice(0, 900),
    );
    const first = untilIn(await health(machine));
    section.check('the health answer tells until when', first > 0, await health(machine));
    setAddresses('203.0.113.7\n203.0.113.8\n');
    const longer = await machine.comes(patience, async () => untilIn(await health(machine)) > first);
    section.check('an address that comes opens them anew', longer, await health(machine));
    const taken = await bring(machine, '10.0.101.7 10.0.9.9');
    const isFirst = async () => firstPart(await table(machine)) === 'ip daddr set 10.0.101.7';
    section.check(
      'a probe tells which addresses are in use, and those are asked first',
      taken.startsWith('HTTP/1.0 200') && (await machine.comes(patience, isFirst)),
      taken + (await table(machine)).slice(0, 900),
    );
    section.check(
      'the health answer tells how many',
      await machine.comes(patience, async () => (await health(machine)).includes('"inUse": 2')),
      await health(machine),
    );
    await machine.run('nft delete table ip phoenat_paging');
    const again = await machine.comes(patience, async () => (await table(machine)) !== '');
    section.check('they come again where somebody has removed them', again, await words(machine));
    await machine.run('systemctl kill --signal=KILL phoenat-paging');
    const closes = await machine.comes(patience, async () => (await table(machine)) === '');
    section.check('they go in time, also after it was killed', closes, await words(machine));
    const said = await words(machine);
    section.check('it says what came of it', /asks nobody any more .*pages 0, copies 0/.test(said), said);
    section.check('and nothing is wrong with that', !/Error|Traceback/.test(said), said);
    const after = await machine.output('nft list table ip phoenat');
    section.check("the instance's own rules are as they were", before !== '' && after === before, after);
    await machine.run('systemctl restart phoenat-paging');
    const stays = await machine.comes(2, async () => (await table(machine)) !== '');
    section.check('what was over is not begun again by a restart', !stays, await words(machine));
  },
};

/** The kernel here has them: nft says that it has not. */
export const noPaging: Case = {
  name: 'no-paging',
  about: 'a kernel that copies no packets: it forwards, asks nobody, and says so',
  play: async (stage, section) => {
    const { machine } = await machineWith(stage, 'no-paging', [...nftWithoutCopies, ...dnf(0)]);
    const tells = await machine.comes(patience, async () => /"cannot": "/.test(await health(machine)));
    const told = await health(machine);
    section.check('the health answer says why not', tells && told.includes('Could not process rule'), told);
    section.check('which is no fault of the instance', told.startsWith('HTTP/1.0 200'), told.slice(0, 200));
    const ended = await machine.comes(patience, async () => (await state(machine)) === 'inactive');
    section.check('its unit has ended', ended, await state(machine));
    section.check('and the console says it', machine.console.includes('asks no client whose packets'), '');
  },
};

async function machineWith(stage: Stage, name: string, seed: Parameters<Stage['machine']>[1]) {
  const machine = stage.machine(name, seed, { env, paging: true });
  await machine.boot();
  const folder = mkdtempSync(join(tmpdir(), 'phoenat-imds-'));
  stage.atTheEnd(() => rmSync(folder, { recursive: true }));
  const setAddresses = (lines: string) => writeFileSync(join(folder, 'addresses'), lines);
  setAddresses('203.0.113.7\n');
  await machine.run('ip address add 169.254.169.254/32 dev lo');
  machine.serve([process.execPath, join(import.meta.dirname, 'imds.ts'), join(folder, 'addresses')]);
  await isUp(machine);
  return { machine, setAddresses };
}

const table = (machine: Machine) => machine.output('nft list table ip phoenat_paging 2>/dev/null');
const state = (machine: Machine) => machine.output('systemctl is-active phoenat-paging.service');
const words = (machine: Machine) =>
  machine.output('journalctl --unit=phoenat-paging --output=cat --no-pager');
const health = (machine: Machine) =>
  machine.output(
    `exec 3<>/dev/tcp/127.0.0.1/8765; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; timeout 20 cat <&3`,
  );
const bring = (machine: Machine, body: string) =>
  machine.output(
    `exec 3<>/dev/tcp/127.0.0.1/8765; printf 'PUT /in-use HTTP/1.1\\r\\nContent-Length: ${body.length}\\r\\n\\r\\n${body}' >&3; timeout 20 cat <&3`,
  );
/** Whom the first chain of those not seen copies to. */
const firstPart = (rules: string) => /chain own_rest_0 \{\s+(.*?) counter/.exec(rules)?.[1];
const untilIn = (answer: string) => Number(/"paging": \{"until": (\d+)/.exec(answer)?.[1] ?? 0);
