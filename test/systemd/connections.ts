import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Section } from '../lab/report.ts';
import type { Case } from './case.ts';
import { type Machine, patience } from './machine.ts';
import { isUp } from './stage.ts';
import { dnf } from './stand-ins.ts';

/** The machine's own: there it asks itself, whose every connection ends with it. */
const address = '10.0.0.10';

/** The table of connections, handed on by the hardened unit of the health endpoint and taken by one of its own. */
export const connections: Case = {
  name: 'connections',
  about:
    'the table of connections: who is given it, what is taken of it, and that it is fetched at the first boot alone',
  play: async (stage, section) => {
    const machine = stage.machine('connections', dnf(0), { env: `PREDECESSOR=${address}\n` });
    await machine.boot();
    await isUp(machine);
    await judgeAnswers(machine, section);
    await judgeOddTables(machine, section);
    const first = await machine.comes(patience, async () => (await taking(machine)) === 'active');
    section.check('it is fetched at the first boot', first, await taking(machine));
    const said = await machine.output('journalctl --unit=phoenat-connections --output=cat --no-pager');
    section.check('and nothing is wrong with that', !/Error|Traceback/.test(said), said);
    await machine.cutPower();
    await machine.boot();
    await isUp(machine);
    section.check('but at no other', (await taking(machine)) !== 'active', await taking(machine));
  },
};

async function judgeAnswers(machine: Machine, section: Section): Promise<void> {
  // Not while it tells the unit that fetches.
  let inside = '';
  await machine.comes(10, async () => {
    inside = await ask(machine, address);
    return inside !== '';
  });
  const isTable = /^HTTP\/1.0 200 OK\r?\nX-Rules: [0-9a-f]{64}/.test(inside);
  section.check('who is in its own subnet is given the table', isTable, inside);
  const outside = await ask(machine, '127.0.0.1');
  section.check('nobody else is', outside === '', outside === '' ? 'no answer' : outside);
}

/** What a predecessor tells that was broken into, and others' questions while it tells. */
async function judgeOddTables(machine: Machine, section: Section): Promise<void> {
  const program = readFileSync(join(import.meta.dirname, 'odd-tables.py'), 'utf8');
  const file = '/etc/phoenat/connections.py';
  const odd = await machine.run(`python3 - ${file}`, program);
  section.check(
    'of what no kernel tells nothing is taken',
    odd.code === 0 && odd.stdout === '',
    odd.stdout + odd.stderr,
  );

  const other = `sed 's/^CLIENT_CIDRS=.*/CLIENT_CIDRS=10.9.0.0\\/16/' /etc/phoenat/nat.env`;
  const take = `mkdir -p /run/other && ${other} >/run/other/nat.env && PHOENAT_DIR=/run/other timeout 20 python3 ${file}`;
  const said = await machine.output(`${take} take ${address} 8765`);
  section.check('nor from behind other rules, and at once', said.endsWith('it has other rules'), said);

  const turn = `import socket, time; s = socket.socket(socket.AF_UNIX); s.bind("\\0phoenat-give-${address}"); time.sleep(60)`;
  const held = await machine.output(`python3 -c '${turn}' & sleep 2; ${question(address)}; kill %1`);
  section.check('it is told to each asker once at a time', held === '', held === '' ? 'no answer' : held);
}

/** Without what follows the header, which is no text. */
function ask(machine: Machine, to: string): Promise<string> {
  return machine.output(question(to));
}

const question = (to: string) =>
  `exec 3<>/dev/tcp/${to}/8765; printf 'GET /connections HTTP/1.0\\r\\n\\r\\n' >&3; timeout 30 head --lines=2 <&3`;

const taking = (machine: Machine) => machine.output('systemctl is-active phoenat-connections.service');
