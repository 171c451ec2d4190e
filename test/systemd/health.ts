import { join } from 'node:path';
import type { Section } from '../lab/report.ts';
import type { Case } from './case.ts';
import { type Machine, patience } from './machine.ts';
import { isUp } from './stage.ts';
import { dnf, heldQuestions } from './stand-ins.ts';

const ok = 'HTTP/1.0 200 OK';
/** Nobody is there: a connection to it is neither made nor refused. */
const silence = '10.0.0.99:443';
/** Who answers; not whoever looks for that. Those who ask for the way out were answers. */
const answers = '[h]ealth.sh';
const portOf = (machine: Machine) => machine.output('systemctl is-active phoenat-health.socket');

/** The health endpoint, asked in earnest. */
export const health: Case = {
  name: 'health',
  about:
    'the health endpoint: hundreds at once, slow clients, killed answers; the way out asked in the background',
  play: async (stage, section) => {
    const seed = [...dnf(0), ...heldQuestions];
    const machine = stage.machine('health', seed, { env: `EGRESS_TARGETS="${silence}"\n` });
    await machine.boot();
    await isUp(machine);
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

/** In the order in which a boot comes to them, the port sooner or later; nobody has answered it yet. */
async function milestonesOf(machine: Machine, section: Section): Promise<void> {
  const boot = /"boot": \{([^}]*)\}/.exec(await body(machine))?.[1] ?? '';
  const marks = [...boot.matchAll(/"(\w+)": ([\d.]+)/g)].map(([, name, at]) => ({ name, at: Number(at) }));
  const inOrder = marks.toSorted((one, other) => one.at - other.at).map(({ name }) => name);
  const ofTheScript = inOrder.filter((name) => name !== 'health');
  const right = inOrder.length === 4 && `${ofTheScript}` === 'address,rules,forwarding';
  section.check('it tells how its boot went', right, boot);
}

/** Without what moves between two answers. */
function strip(answer: string): string {
  return answer.replaceAll(/"(packets|bytes|used|uptimeSeconds)": \d+/g, '"$1": 0');
}

async function body(machine: Machine): Promise<string> {
  return lastLine(
    await machine.output(
      "exec 3<>/dev/tcp/127.0.0.1/8765; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; timeout 30 cat <&3",
    ),
  );
}

const lastLine = (text: string) => text.split('\n').at(-1) ?? '';

/** Asked after the answer; one miss is no verdict, three are. */
async function wayOut(machine: Machine, section: Section): Promise<void> {
  const note = async () => (await machine.output('cat /run/phoenat/egress')).split(' ').slice(1).join(' ');
  /** Who still asks would write over the next note. */
  const rests = () =>
    machine.until('nobody asks', patience, async () => (await machine.run(`pgrep -f ${answers}`)).code === 1);
  /** What it tells where this was noted ten seconds ago. */
  const told = async (state: string) => {
    await machine.run(`read -r up _ </proc/uptime; echo "$((\${up%.*} - 10)) ${state}" >/run/phoenat/egress`);
    const answer = await body(machine);
    return /"egress": (\w+)/.exec(answer)?.[1] ?? answer;
  };
  /** And what is noted when the question that followed is over. */
  const toldAndNoted = async (state: string) => {
    await rests();
    const answer = await told(state);
    await rests();
    return { answer, noted: await note() };
  };
  const aim = (target: string) =>
    machine.run(`sed -i 's/^EGRESS_TARGETS=.*/EGRESS_TARGETS="${target}"/' /etc/phoenat/nat.env`);

  await rests();
  await machine.run('touch /run/hold');
  const first = await told('no 0');
  const meanwhile = await note();
  section.check('asked after the answer: not known yet', first === 'null' && meanwhile === 'no 0', first);
  await machine.run('rm /run/hold');
  await rests();
  section.check('a miss is counted', (await note()) === 'no 1', await note());
  await aim('127.0.0.1:9');
  const states = [
    { what: 'two misses are no verdict', state: 'yes 1', answer: 'true', noted: 'yes 2' },
    { what: 'nor before the third is known', state: 'yes 2', answer: 'true', noted: 'yes 3' },
    { what: 'three are', state: 'yes 3', answer: 'false', noted: 'yes 4' },
  ];
  for (const { what, state, answer, noted } of states) {
    const is = await toldAndNoted(state);
    section.check(what, is.answer === answer && is.noted === noted, `${is.answer}, then ${is.noted}`);
  }
  // Held up by a machine that is too busy; a second later another one asks, and is answered.
  await aim(silence);
  await machine.run('touch /run/hold');
  await told('yes 4');
  await machine.run('sleep 1.1');
  await aim('127.0.0.1:8765');
  await told('yes 4');
  const answered = await machine.comes(patience, async () => (await note()) === 'yes 0');
  section.check('one answer mends it', answered, await note());
  await machine.run('rm /run/hold');
  await rests();
  section.check('a question that ends late changes nothing', (await note()) === 'yes 0', await note());
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
  // Until systemd has seen the last of them end, it takes no more.
  const after = await machine.comes(patience, async () => (await ask(machine, 'ask', 1))[0] === ok);
  section.check('and answers', after, after ? ok : 'nothing');
  const lines = await machine.output(
    "journalctl --no-pager --quiet _SYSTEMD_UNIT=init.scope | grep -c 'One answer of'",
  );
  section.check('no answer leaves a line in the log', lines === '0', lines);
}

async function slowClients(machine: Machine, section: Section): Promise<void> {
  const slow = () => [
    ask(machine, 'drip', 8, '127.0.0.2'),
    ask(machine, 'drip', 8, '127.0.0.3'),
    ask(machine, 'open', 4, '127.0.0.4'),
  ];
  let other = 'not asked';
  const { outcomes } = await during(slow, async () => {
    // Four each, as the socket has it.
    if (Number(await machine.output(`pgrep -c -f ${answers}`)) < 8) return false;
    [other = 'nothing'] = await ask(machine, 'ask', 1, '127.0.0.5');
    return true;
  });
  section.check('while two hold as many as they may, another is answered', other === ok, other);
  section.check('who dawdles gets no answer', !outcomes.includes(ok), [...new Set(outcomes)].join(', '));
  await nothingIsLeft(machine, section, 'and leaves nothing behind');
}

async function killedAnswers(machine: Machine, section: Section): Promise<void> {
  const { seen: killed } = await during(
    () => [ask(machine, 'open', 4, '127.0.0.6')],
    async () => (await machine.run(`pkill -KILL -f ${answers}`)).code === 0,
  );
  section.check('answers are killed', killed, killed ? 'killed' : 'none was there');
  await nothingIsLeft(machine, section, 'which leaves nothing behind');
  const port = await portOf(machine);
  section.check('the port is open after all of it', port === 'active', port);
}

/** Whether something is seen while these clients are held, which a busy machine may miss: so they are held up to five times. */
async function during(clients: () => Promise<string[]>[], sees: () => Promise<boolean>) {
  const outcomes: string[] = [];
  let seen = false;
  for (let round = 0; round < 5 && !seen; round += 1) {
    let over = false;
    const held = Promise.all(clients()).finally(() => {
      over = true;
    });
    while (!seen && !over) seen = await sees();
    outcomes.push(...(await held).flat());
  }
  return { seen, outcomes };
}

async function nothingIsLeft(machine: Machine, section: Section, what: string): Promise<void> {
  const left = () => machine.output("systemctl list-units --all --plain --no-legend 'phoenat-health@*'");
  const gone = await machine.comes(patience, async () => (await left()) === '');
  section.check(what, gone, gone ? 'nothing' : await left());
}

/** In the machine's network, with this machine's files. */
async function ask(machine: Machine, mode: string, count: number, source = '127.0.0.1'): Promise<string[]> {
  const script = join(import.meta.dirname, 'ask.ts');
  const command = [process.execPath, script, mode, `${count}`, '127.0.0.1', source];
  const { stdout, stderr } = await machine.inNetwork(command);
  return stdout === '' ? [stderr] : stdout.trim().split('\n');
}
