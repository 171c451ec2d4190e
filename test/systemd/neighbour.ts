import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Section } from '../lab/report.ts';
import type { Case } from './case.ts';
import { type Machine, patience } from './machine.ts';
import type { Stage } from './stage.ts';
import { dnf } from './stand-ins.ts';
import { bootInAccount } from './watch-account.ts';

/** The machine's own address, and a second one of its own, at which it is its own neighbour here. */
const address = '10.0.0.10';
const beside = '10.0.0.11';

/** The copy of a neighbour's connections, through the hardened units of both ends. */
export const neighbour: Case = {
  name: 'neighbour',
  about: "the neighbour's connections are followed by way of the health port: who is told, and for how long",
  play: async (stage, section) => {
    const { machine, tag } = await up(stage);
    const runs = await machine.comes(patience, async () => (await state(machine)) === 'active');
    section.check('its unit runs', runs, await state(machine));
    const outside = await machine.output(followed('127.0.0.1', 1));
    section.check('who is in no such subnet is told nothing', outside === '', outside);
    // Longer than systemd lets the unit run that has taken the connection.
    const inside = await machine.output(followed(address, 13));
    const [, lasted = '0'] = /in (\d+) s$/.exec(inside) ?? [];
    section.check('who is, is told for as long as it listens', Number(lasted) >= 13, inside);
    tag(`b i-0bbbbbbbbbbbbbbbb ${beside}`);
    const follows = await machine.comes(patience, async () =>
      (await copied(machine)).includes(`${beside} 0`),
    );
    section.check('it follows whom its tag names, and notes it', follows, await copied(machine));
    const health = await machine.output(
      `exec 3<>/dev/tcp/127.0.0.1/8765; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; timeout 20 cat <&3`,
    );
    const told = /"copy": \{[^}]*\}/.exec(health)?.[0] ?? health;
    section.check('the health answer tells it', told.includes(`"of": "${beside}"`), told);
    await judgeOddNeighbour(machine, section);
    await judgeThinning(machine, section);
    const said = await words(machine);
    section.check('and nothing is wrong with that', !/Error|Traceback/.test(said), said);
  },
};

/** One that was broken into may tell what it likes. */
async function judgeOddNeighbour(machine: Machine, section: Section): Promise<void> {
  const text = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');
  const program = `${text('odd-tables.py')}\n${text('odd-neighbour.py')}`;
  const { code, stdout, stderr } = await machine.run('python3 - /etc/phoenat/connections.py', program);
  const isRight = code === 0 && stdout === '';
  section.check(
    "the kernel knows the other zones' connections that it tells, and no others",
    isRight,
    stdout + stderr,
  );
}

/** With next to no time of a core that it may take. */
async function judgeThinning(machine: Machine, section: Section): Promise<void> {
  const dropIn = '/run/systemd/system/phoenat-neighbour.service.d';
  const limit = 'printf "[Service]\\nEnvironment=PHOENAT_COPY_CPU=0.00001\\n"';
  const restart = 'systemctl daemon-reload; systemctl restart phoenat-neighbour';
  await machine.run(`mkdir -p ${dropIn}; ${limit} >${dropIn}/limit.conf; ${restart}`);
  const thins = await machine.comes(patience, async () =>
    (await words(machine)).includes('renewed less often'),
  );
  section.check('where it takes too much, it tells less often, and says so', thins, await words(machine));
}

async function up(stage: Stage) {
  const env = 'WATCH=1\nOTHER_CIDRS="10.1.0.0/16"\nNAT_CIDRS="10.0.7.0/24"\n';
  const machine = stage.machine('neighbour', dnf(0), { env, watch: true });
  const { tag } = await bootInAccount(machine, stage);
  await machine.run(`ip address add ${beside}/24 dev ens5; echo 10.0.0.12 >/run/phoenat/stand-in`);
  return { machine, tag };
}

const state = (machine: Machine) => machine.output('systemctl is-active phoenat-neighbour.service');
const words = (machine: Machine) =>
  machine.output('journalctl --unit=phoenat-neighbour --output=cat --no-pager');
const copied = (machine: Machine) => machine.output('cat /run/phoenat/copied');

/** The answer's lines, and how many bytes of the stream come within some seconds. */
const followed = (to: string, seconds: number) =>
  `exec 3<>/dev/tcp/${to}/8765; printf 'GET /copy HTTP/1.0\\r\\n\\r\\n' >&3; ` +
  `timeout 20 head --lines=2 <&3; n=$(timeout ${seconds} cat <&3 | wc --bytes); [ "$n" = 0 ] || echo "$n bytes in $SECONDS s"`;
