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
  about: 'the table of connections: who is given it, and that it is fetched at the first boot alone',
  play: async (stage, section) => {
    const machine = stage.machine('connections', dnf(0), { env: `PREDECESSOR=${address}\n` });
    await machine.boot();
    await isUp(machine);
    await judgeAnswers(machine, section);
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
  const inside = await ask(machine, address);
  const isTable = /^HTTP\/1.0 200 OK\r?\nX-Rules: [0-9a-f]{64}/.test(inside);
  section.check('who is in its own subnet is given the table', isTable, inside);
  const outside = await ask(machine, '127.0.0.1');
  section.check('nobody else is', outside === '', outside === '' ? 'no answer' : outside);
}

/** Without what follows the header, which is no text. */
function ask(machine: Machine, to: string): Promise<string> {
  const question = "printf 'GET /connections HTTP/1.0\\r\\n\\r\\n' >&3";
  return machine.output(`exec 3<>/dev/tcp/${to}/8765; ${question}; timeout 30 head --lines=2 <&3`);
}

const taking = (machine: Machine) => machine.output('systemctl is-active phoenat-connections.service');
