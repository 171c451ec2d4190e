import { join } from 'node:path';
import type { Section } from '../lab/report.ts';
import type { Case } from './case.ts';
import type { Machine } from './machine.ts';
import { forwardingIsOn, timesSaid } from './stage.ts';
import { dnf } from './stand-ins.ts';

const ok = 'HTTP/1.0 200 OK';
/** Nobody is there: a connection to it is neither made nor refused. */
const silence = '10.0.0.99:443';
/** Who asks it; not whoever looks for that. */
const askingIt = '[1]0.0.0.99/443';
const portOf = (machine: Machine) => machine.output('systemctl is-active phoenat-health.socket');

/** The health endpoint, asked in earnest. */
export const health: Case = {
  name: 'health',
  about:
    'the health endpoint: hundreds at once, slow clients, killed answers; the way out asked in the background',
  play: async (stage, section) => {
    const machine = stage.machine('health', dnf(0), { env: `EGRESS_TARGETS="${silence}"\n` });
    await machine.boot();
    await machine.until(forwardingIsOn, 30, async () => timesSaid(machine, forwardingIsOn) > 0);
    // It asks for the way out by itself.
    await machine.run('systemctl stop phoenat-guard.service; rm -f /run/phoenat/{egress,guard}');
    await sameAnswers(machine, section);
    await milestonesOf(machine, section);
    await wayOut(machine, section);
    await crowd(machine, section);
    await slowClients(machine, section);
    await killedAnswers(machine, section);
  },
};

/** Through the socket and the hardened unit, and by root's hand. */
async function sameAnswers(machine: Machine, section: Section): Promise<void> {
  const hardened = await body(machine);
  const question = "printf 'GET / HTTP/1.0\\r\\n\\r\\n'";
  const bare = lastLine(await machine.output(`${question} | bash /etc/phoenat/health.sh`));
  section.check(
    'the hardened unit answers what the script answers to root',
    strip(hardened) === strip(bare),
    strip(hardened),
  );
}

/** In the order in which a boot comes to them; nobody has answered it yet. */
async function milestonesOf(machine: Machine, section: Section): Promise<void> {
  const boot = /"boot": \{([^}]*)\}/.exec(await body(machine))?.[1] ?? '';
  const marks = [...boot.matchAll(/"(\w+)": ([\d.]+)/g)].map(([, name, at]) => ({ name, at: Number(at) }));
  const inOrder = marks.toSorted((one, other) => one.at - other.at).map(({ name }) => name);
  const wanted = ['address', 'health', 'rules', 'forwarding'];
  section.check('it tells how its boot went', `${inOrder}` === `${wanted}`, boot);
}

/** Without what moves between two answers. */
function strip(answer: string): string {
  return answer.replaceAll(/"(packets|bytes|used|uptimeSeconds)": \d+/g, '"$1": 0');
}

async function body(machine: Machine): Promise<string> {
  return lastLine(
    await machine.output(
      "exec 3<>/dev/tcp/127.0.0.1/8765; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; timeout 20 cat <&3",
    ),
  );
}

const lastLine = (text: string) => text.split('\n').at(-1) ?? '';

/** Asked after the answer; one miss is no verdict, three are. */
async function wayOut(machine: Machine, section: Section): Promise<void> {
  const told = async (state: string) => {
    await machine.run(`read -r up _ </proc/uptime; echo "$((\${up%.*} - 10)) ${state}" >/run/phoenat/egress`);
    const answer = await body(machine);
    return /"egress": (\w+)/.exec(answer)?.[1] ?? answer;
  };
  const note = async () => (await machine.output('cat /run/phoenat/egress')).split(' ').slice(1).join(' ');
  const becomes = (wanted: string) => machine.comes(20, async () => (await note()) === wanted);
  const aim = (target: string) =>
    machine.run(`sed -i 's/^EGRESS_TARGETS=.*/EGRESS_TARGETS="${target}"/' /etc/phoenat/nat.env`);

  const first = await told('no 0');
  const asked = await machine.comes(3, async () => (await machine.run(`pgrep -f ${askingIt}`)).code === 0);
  section.check('no answer yet: not known, and asked after the answer', first === 'null' && asked, first);
  section.check('a miss is counted', await becomes('no 1'), await note());
  await aim('127.0.0.1:9');
  const second = await told('yes 1');
  section.check('two misses are no verdict', second === 'true' && (await becomes('yes 2')), second);
  const third = await told('yes 2');
  section.check('nor before the third is known', third === 'true' && (await becomes('yes 3')), third);
  const fourth = await told('yes 3');
  section.check('three are', fourth === 'false' && (await becomes('yes 4')), fourth);
  await aim('127.0.0.1:8765');
  await told('yes 4');
  section.check('one answer mends it', await becomes('yes 0'), await note());
  const fifth = await told('yes 0');
  section.check('and is told', fifth === 'true', fifth);
}

/** More in two seconds than systemd takes by default before it closes a port for good. */
async function crowd(machine: Machine, section: Section): Promise<void> {
  const outcomes = await ask(machine, 'ask', 400);
  const answered = outcomes.filter((outcome) => outcome === ok).length;
  section.check('400 at once: some are answered', answered > 0, `${answered} of 400`);
  const port = await portOf(machine);
  section.check('the port is still open', port === 'active', port);
  const [after] = await ask(machine, 'ask', 1);
  section.check('and answers', after === ok, after ?? 'nothing');
  const lines = await machine.output(
    "journalctl --no-pager --quiet _SYSTEMD_UNIT=init.scope | grep -c 'One answer of'",
  );
  section.check('no answer leaves a line in the log', lines === '0', lines);
}

async function slowClients(machine: Machine, section: Section): Promise<void> {
  const slow = Promise.all([ask(machine, 'drip', 8, '127.0.0.2'), ask(machine, 'open', 8, '127.0.0.3')]);
  const held = await machine.comes(5, async () => Number(await machine.output('pgrep -c -f health.sh')) >= 4);
  const [other] = await ask(machine, 'ask', 1, '127.0.0.4');
  section.check(
    'while two hold as many as they may, a third is answered',
    held && other === ok,
    other ?? 'nothing',
  );
  const outcomes = (await slow).flat();
  section.check('who dawdles gets no answer', !outcomes.includes(ok), [...new Set(outcomes)].join(', '));
  const failed = await machine.output('systemctl list-units --all --failed --plain --no-legend');
  section.check('and leaves nothing behind', failed === '', failed === '' ? 'nothing' : failed);
}

async function killedAnswers(machine: Machine, section: Section): Promise<void> {
  const held = ask(machine, 'open', 4, '127.0.0.5');
  await machine.comes(5, async () => (await machine.run('pkill -KILL -f health.sh')).code === 0);
  await held;
  const failed = await machine.output('systemctl list-units --all --failed --plain --no-legend');
  section.check(
    'an answer that was killed leaves nothing behind',
    failed === '',
    failed === '' ? 'nothing' : failed,
  );
  const port = await portOf(machine);
  section.check('the port is open after all of it', port === 'active', port);
}

/** In the machine's network, with this machine's files. */
async function ask(machine: Machine, mode: string, count: number, source = '127.0.0.1'): Promise<string[]> {
  const script = join(import.meta.dirname, 'ask.ts');
  const { stdout, stderr } = await machine.inNetwork([process.execPath, script, mode, `${count}`, source]);
  return stdout === '' ? [stderr] : stdout.trim().split('\n');
}
