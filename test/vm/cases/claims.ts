import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';
import { renderExtras } from '../../../infra/user-data.ts';
import type { Section } from '../../lab/report.ts';
import type { Stage } from '../case.ts';
import type { Machine } from '../machine.ts';
import { internet, publicIp, vpc } from '../network/addresses.ts';
import type { Network } from '../network/network.ts';

export const forwardingIsOn = 'forwarding is on';

/** It says so, a client gets an answer, and whoever answers sees the Elastic IP. `before`: how often it had said it. */
export async function forwards({ machine, network }: Stage, section: Section, before = 0): Promise<void> {
  const said = await machine.comes(machine.patience, () => machine.timesSaid(forwardingIsOn) > before);
  section.check(
    `it says that ${forwardingIsOn}`,
    said,
    said ? upFor(await uptimeOf(machine)) : lastOf(machine),
  );
  for (const scheme of ['https', 'http']) {
    const { status, body } = await network.get(`${scheme}://${internet.web}/`);
    section.check(`a client gets out by ${scheme}`, status === 200, `${status}`);
    section.check('the far end sees the public address', body === publicIp, body || 'nobody');
  }
}

export const uptimeOf = async (machine: Machine) =>
  Number((await machine.output('cat /proc/uptime')).split(' ')[0]);

const upFor = (seconds: number) => `uptime ${seconds} s`;

const lastOf = ({ console }: Machine) => console.trimEnd().split('\n').at(-1) ?? '';

/** The stages of cloud-init have come to their end, without an error, and every job of systemd's with them. */
export async function bootEnds({ machine }: Stage, section: Section): Promise<void> {
  let status = '';
  const isDone = await machine.comes(machine.patience, async () => {
    status = await machine.output('cloud-init status');
    return status !== 'status: running';
  });
  section.check('cloud-init is done', isDone && status === 'status: done', status);
  const warnings = await machine.output("grep -E 'WARNING|ERROR|CRITICAL' /var/log/cloud-init.log");
  section.check('and has warned of nothing', warnings === '', warnings === '' ? 'nothing' : warnings);
  const jobs = () => machine.output('systemctl list-jobs --plain --no-legend');
  const calm = await machine.comes(60, async () => (await jobs()) === '');
  section.check('no job of systemd waits', calm, calm ? 'none' : await jobs());
  await nothingFailed(machine, section);
}

export async function nothingFailed(machine: Machine, section: Section, when = ''): Promise<void> {
  const failed = await machine.output('systemctl list-units --failed --plain --no-legend');
  section.check(`no unit has failed${when}`, failed === '', failed === '' ? 'none' : failed);
}

/** As the zone's probe does, which carries what the user data has no room for. */
export async function isMadeWhole({ machine, network }: Stage, section: Section): Promise<void> {
  const put = [
    '--silent',
    '--max-time',
    `${4 * machine.slowness}`,
    '--request',
    'PUT',
    '--data-binary',
    '@-',
  ];
  const status = ['--output', '/dev/null', '--write-out', '%{http_code}'];
  const extras = renderExtras(readBootstrapFiles());
  const brought = await network.attemptIn('client', ['curl', ...put, ...status, `${health}extras`], extras);
  section.check('it takes what the user data had no room for', brought.stdout === '200', brought.stdout);
  const state = () => machine.output('systemctl is-active phoenat-guard');
  const guarded = await machine.comes(machine.patience, async () => (await state()) === 'active');
  section.check('and its guard runs', guarded, await state());
}

export type Health = { readonly status: number; readonly body: string };

/** As a client may ask: its subnet is one of the VPC's. Who gives up leaves the machine with a question to answer. */
export const healthOf = ({ machine, network }: Pick<Stage, 'machine' | 'network'>): Promise<Health> =>
  network.get(health, ['--max-time', `${4 * machine.slowness}`]);

const health = `http://${vpc.nat}:8765/`;

/** All is well, which takes some questions: whether it gets out itself is told with the next one. */
export async function isWell({ machine, network }: Stage, section: Section): Promise<void> {
  let last: Health = { status: 0, body: '' };
  const isSo = await machine.comes(20, async () => {
    last = await healthOf({ machine, network });
    return last.status === 200 && last.body.includes('"egress": true');
  });
  section.check('the health endpoint says that all is well', isSo, isSo ? boots(last.body) : last.body);
}

const boots = (body: string) => /"boot": \{[^}]*\}/.exec(body)?.[0] ?? body;

/** Many at once, and those that dawdle: it answers afterwards as before, and nothing is left of them. */
export async function takesCrowds(stage: Stage, section: Section): Promise<void> {
  const { machine, network } = stage;
  const patiently = ['--max-time', `${8 * machine.slowness}`];
  // Where this machine is busy, a question comes later than the two seconds for which an answer waits.
  let answered = 0;
  for (let crowd = 0; crowd < 3 && answered === 0; crowd += 1) {
    const many = await clients(network, 'ask', 300);
    answered = many.filter((outcome) => outcome.startsWith('HTTP/1.0 ')).length;
  }
  section.check('300 questions at once: some are answered', answered > 0, `${answered} of 300`);
  let after = 0;
  const answers = await machine.comes(10, async () => {
    after = (await network.get(health, patiently)).status;
    return after === 200;
  });
  section.check('and afterwards it answers', answers, `${after}`);
  const slow = clients(network, 'drip', 16);
  await sleep(3_000);
  const question = ['curl', '--silent', ...patiently, health];
  const meanwhile = await network.attemptIn('router', question);
  section.check('beside 16 slow clients another one is answered', meanwhile.code === 0, `${meanwhile.code}`);
  const outcomes = new Set(await slow);
  section.note(`the slow ones: ${[...outcomes].join(', ')}`);
  await nothingFailed(machine, section, ' after slow clients');
}

async function clients(network: Network, mode: 'ask' | 'drip', count: number): Promise<string[]> {
  const program = fileURLToPath(new URL('../../systemd/ask.ts', import.meta.url));
  const { stdout } = await network.attemptIn('client', [
    process.execPath,
    program,
    mode,
    `${count}`,
    vpc.nat,
  ]);
  return stdout.trimEnd().split('\n');
}
