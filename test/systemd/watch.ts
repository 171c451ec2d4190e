import { watchEvent } from '../../shared/events/watch-event.ts';
import type { Section } from '../lab/report.ts';
import type { Case } from './case.ts';
import { type Machine, patience } from './machine.ts';
import type { Stage } from './stage.ts';
import { dnf, unit } from './stand-ins.ts';
import { bootInAccount } from './watch-account.ts';

const neighbour = '10.9.0.2';
const suspected = 'i-0bbbbbbbbbbbbbbbb';

/** A neighbour that falls silent, as its address goes. */
export const watch: Case = {
  name: 'watch',
  about:
    'a neighbour that falls silent is told to EventBridge within seconds, signed; one that was never heard is not',
  play: async (stage, section) => {
    const { machine, tag, events } = await up(stage);
    await machine.run('ip address add 10.9.0.2/32 dev lo');
    tag(`b ${suspected} ${neighbour}`);
    const begins = await machine.comes(patience, () => said(machine, `watches b ${suspected} ${neighbour}`));
    section.check('it reads from a tag whom to watch', begins, begins ? 'yes' : 'no');
    await machine.run('sleep 3');
    section.check('it says nothing of one that answers', events().length === 0, `${events().length} alarms`);

    await silence(machine, events, section);
    await brokenByItsWord(machine, events, section);
    await cost(machine, section);
    await whoIsNotSuspected(machine, tag, events, section);
  },
};

async function silence(machine: Machine, events: () => string[], section: Section): Promise<void> {
  await machine.run('ip address del 10.9.0.2/32 dev lo');
  const comes = await machine.comes(patience, () => events().length > 0);
  const entry: unknown = comes ? JSON.parse(events()[0] ?? '{}').Entries?.[0] : undefined;
  const { Source, DetailType, Detail = '{}' } = Object(entry);
  const detail = JSON.parse(String(Detail));
  section.check(
    'one that falls silent is told, signed',
    comes && Source === watchEvent.source,
    events()[0] ?? 'no alarm',
  );
  section.check(
    'as the rule and the controller know it',
    DetailType === watchEvent.detailType,
    String(DetailType),
  );
  const { seen, ...names } = detail;
  const right =
    JSON.stringify(names) ===
    JSON.stringify({ zone: 'b', 'instance-id': suspected, by: 'i-0aaaaaaaaaaaaaaaa', stack: 'nat' });
  section.check(
    'with whom it is about, and what was seen',
    right && /^no answer for [012]\.\d s$/.test(seen),
    Detail,
  );
  const again = await machine.comes(patience, () => events().length > 1);
  section.check('and once more while it lasts', again, `${events().length} alarms`);
  await machine.run('ip address add 10.9.0.2/32 dev lo');
  const heard = await machine.comes(patience, () => said(machine, `${suspected} is heard again`));
  section.check('it is heard again', heard, heard ? 'yes' : 'no');
}

/** Its pings go on: only its health answer tells. */
async function brokenByItsWord(machine: Machine, events: () => string[], section: Section): Promise<void> {
  const before = events().length;
  await machine.run('systemctl stop phoenat-guard.service; sysctl --write net.ipv4.ip_forward=0');
  const comes = await machine.comes(30, async () => events().length > before);
  await machine.run('sysctl --write net.ipv4.ip_forward=1; systemctl start phoenat-guard.service');
  const told = events().slice(before).join(' ');
  section.check(
    'one that says that it does not forward is told',
    comes && told.includes('it says that it does not forward'),
    told,
  );
}

async function cost(machine: Machine, section: Section): Promise<void> {
  const read = async () =>
    Number(await machine.output('systemctl show --property CPUUsageNSec --value phoenat-watch'));
  const before = await read();
  await machine.run('sleep 10');
  const perSecond = ((await read()) - before) / 10 / 1e6;
  const own =
    'grep RssAnon "/proc/$(systemctl show --property MainPID --value phoenat-watch)/status" | tr -dc 0-9';
  const kib = Number(await machine.output(own));
  section.note(`${perSecond.toFixed(2)} ms of CPU a second, ${(kib / 1024).toFixed(1)} MiB of its own`);
}

async function whoIsNotSuspected(
  machine: Machine,
  tag: (text: string) => void,
  events: () => string[],
  section: Section,
): Promise<void> {
  const before = events().length;
  tag('b i-0cccccccccccccccc 10.9.0.3');
  const changes = await machine.comes(patience, () =>
    said(machine, 'watches b i-0cccccccccccccccc 10.9.0.3'),
  );
  await machine.run('sleep 4');
  const silent = events().length === before;
  section.check(
    'one that was never heard is not suspected',
    changes && silent,
    `${events().length - before} alarms`,
  );
  tag('somebody');
  const nobody = await machine.comes(patience, () => said(machine, 'watches nobody'));
  section.check('a tag that says nothing means nobody', nobody, nobody ? 'nobody' : 'somebody');
}

function said(machine: Machine, sentence: string): boolean {
  return machine.console.includes(`phoenat: ${sentence}`);
}

async function up(stage: Stage) {
  const onConsole = [
    '[Service]',
    'StandardOutput=journal+console',
    'Environment=PHOENAT_EVENTS=169.254.169.254:80',
  ];
  const seed = unit('phoenat-watch.service.d/test.conf', onConsole);
  const machine = stage.machine('watches', [...dnf(0), seed], { env: 'WATCH=1\n', watch: true });
  return { machine, ...(await bootInAccount(machine, stage)) };
}
