import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionsArgument, ConnectionsResult } from '../../lab/programs/protocol.ts';
import type { Section } from '../../lab/report.ts';
import { survivorsOf } from '../../lab/scenarios/survivors.ts';
import type { Case, Stage } from '../case.ts';
import type { Machine } from '../machine.ts';
import { internet, vpc } from '../network/addresses.ts';
import { bootEnds, forwards, healthOf, isMadeWhole, isWell } from './claims.ts';
import { kernelIsCalm } from './kernel.ts';

const environment = { PHOENAT_FLOW_TABLE: 'on' };

export const flowTable: Case = {
  name: 'flow-table',
  about: 'FlowTable=on: connections take the short way, outlive new rules and are handed on',
  environment,
  play: async (stage, section) => {
    await boots(stage, section, 'true');
    await connectionsGoOn(stage, section);
    await stage.network.serveConnections();
    await areCopied(stage, section);
    await figuresHold(stage, section);
    await areHandedOn(stage, section);
    await kernelIsCalm(stage.machine, section);
  },
};

export const flowTableBlocked: Case = {
  name: 'flow-blocked',
  about: 'FlowTable=on, and the module of the rule may not be loaded: it forwards without',
  environment,
  // The table itself is another module.
  parameters: 'module_blacklist=nft_flow_offload',
  play: async (stage, section) => {
    await boots(stage, section, 'false');
    await kernelIsCalm(stage.machine, section);
  },
};

async function boots(stage: Stage, section: Section, isInUse: 'true' | 'false'): Promise<void> {
  const { machine, network } = stage;
  await machine.boot();
  await forwards(stage, section);
  await bootEnds(stage, section);
  await isMadeWhole(stage, section);
  await isWell(stage, section);
  let told = '';
  const isTold = await machine.comes(20, async () => {
    told = /"flowTable": (\w+)/.exec((await healthOf({ machine, network })).body)?.[1] ?? 'no answer';
    return told === isInUse;
  });
  section.check('the health endpoint tells of the flow table', isTold, told);
  const lines = await machine.output("nft list table ip phoenat | grep -cE 'flowtable|flow add'");
  section.check('and so do the rules', lines === (isInUse === 'true' ? '2' : '0'), `${lines} lines`);
}

/** A transfer that lasts, and takes the short way; meanwhile the rules are loaded anew, in one transaction. */
async function connectionsGoOn({ network, machine }: Stage, section: Section): Promise<void> {
  const transfer = network.get(`http://${internet.web}/slow`, ['--max-time', '300']);
  const offloaded = await machine.comes(20, async () => (await offloadedOn(machine)) > 0);
  section.check('the kernel takes a connection past the rules', offloaded, `${await offloadedOn(machine)}`);
  const { code, stderr } = await machine.run(
    'bash /etc/phoenat/configure.sh && sleep 2 && bash /etc/phoenat/configure.sh',
  );
  section.check('the rules are loaded anew, twice', code === 0, stderr || 'done');
  const { status, body } = await transfer;
  const ended = status === 200 && body.endsWith('end');
  section.check('the transfer comes to its end', ended, `${status}, ${body.split('\n').length} lines`);
}

const offloadedOn = async (machine: Machine) =>
  Number(await machine.output('grep -c OFFLOAD /proc/net/nf_conntrack'));

/** Few, for the machine is slow. */
const held: ConnectionsArgument = {
  counts: { echo: 4, upload: 1, stream: 8, idle: 4 },
  echoEveryMs: 500,
  graceMs: 40_000,
};
const total = 17;

/** What the neighbour's copy hears of connections that take the short way from their third packet on. */
async function areCopied({ network, machine }: Stage, section: Section): Promise<void> {
  const told = runProgram(machine, 'copy-events.py', '30', vpc.nat);
  await machine.comes(60, async () => (await machine.run('[ -e /run/copy-events ]')).code === 0);
  const holder = await network.holdConnections(held);
  const { stdout, stderr } = await told;
  await holder.finish();
  const { told: heard = 0, taken = 0 } = JSON.parse(stdout || '{}');
  const isSo = heard === total && taken === total;
  section.check(
    'the kernel tells of each that is to be copied',
    isSo,
    stderr || `${taken} of ${heard} are taken`,
  );
}

/** What is forwarded is counted at the interface, where the rules see nothing of it; and that is no trouble. */
async function figuresHold({ network, machine }: Stage, section: Section): Promise<void> {
  const holder = await network.holdConnections(held);
  await machine.comes(20, async () => (await offloadedOn(machine)) >= total);
  const before = await passedOn(machine);
  await sleep(20_000);
  const after = await passedOn(machine);
  const [packets, counted] = [after.atInterface - before.atInterface, after.inRules - before.inRules];
  section.check(
    'the counters of the rules see next to nothing of them',
    packets > 200 && counted < packets / 10,
    `${counted} of ${packets} packets`,
  );
  let body = '';
  const isTold = await machine.comes(machine.patience, async () => {
    body = (await healthOf({ machine, network })).body;
    return Number(/"lastMinute": \{"bytes": (\d+)/.exec(body)?.[1]) > 100_000;
  });
  await holder.finish();
  section.check('the health answer counts their bytes all the same', isTold, lastMinute(body));
  const isQuiet = !/"(?:out|back)"/.test(body);
  section.check('and leaves those counters out', isQuiet, /"counters": \{.*?\}\}/.exec(body)?.[0] ?? 'none');
  const isFine = body.startsWith('{"ok": true, "ready": true, "problems": []');
  section.check('it says that all is well', isFine, body.slice(0, 60));
}

const lastMinute = (body: string) => /"lastMinute": [^}]*/.exec(body)?.[0] ?? body;

async function passedOn(machine: Machine): Promise<{ atInterface: number; inRules: number }> {
  const text = await machine.output(
    'cat /sys/class/net/$(cat /run/phoenat/uplink)/statistics/rx_packets; nft list counters table ip phoenat | grep -A2 -E "counter (out|back) "',
  );
  const [atInterface = ''] = text.split('\n');
  const counted = [...text.matchAll(/packets (\d+)/g)].map(([, packets]) => Number(packets));
  return { atInterface: Number(atInterface), inRules: counted.reduce((sum, one) => sum + one, 0) };
}

type HandedOn = {
  readonly inFlowTable: number;
  readonly handedOn: number;
  readonly leftOver: number;
  readonly refused: number;
  readonly known: number;
  readonly lasting: number;
};

/** Another instance in its place, once with the table of connections and once without. */
async function areHandedOn(stage: Stage, section: Section): Promise<void> {
  const { result, told } = await takeOver(stage, section, 'known');
  const { inFlowTable, handedOn, leftOver, refused, known, lasting } = told;
  section.check('connections are in the flow table', inFlowTable >= total, `${inFlowTable}`);
  section.check('the health port hands all of them on', handedOn >= total, `${handedOn}`);
  section.check(
    'another kernel takes them as they are',
    leftOver === 0 && refused === 0 && lasting >= total,
    `${leftOver} left over, ${refused} refused, ${known} known, ${lasting} of them for a day or more`,
  );
  const survivors = survivorsOf([result]);
  section.check(
    'whoever sends and whoever only listens goes on',
    survivors.survivors === total,
    `${survivors.survivors} of ${total}, longest stall ${survivors.longestStallMs} ms`,
  );
  const without = await takeOver(stage, section, 'unknown');
  const listening = survivorsOf([without.result], ['stream']);
  section.check(
    'without the table who only listens is lost: this measures something',
    listening.survivors === 0 && listening.total > 0,
    `${listening.survivors} of ${listening.total}`,
  );
}

async function takeOver(
  { network, machine }: Stage,
  section: Section,
  mode: 'known' | 'unknown',
): Promise<{ result: ConnectionsResult; told: HandedOn }> {
  const holder = await network.holdConnections(held);
  await machine.comes(20, async () => (await offloadedOn(machine)) >= total);
  const { code, stdout, stderr } = await runProgram(machine, 'hand-on.py', mode, vpc.nat);
  const told: HandedOn = JSON.parse(code === 0 ? stdout : '{}');
  section.check(`another takes its place, by whom they are ${mode}`, code === 0, stderr || 'done');
  const again = await machine.comes(20, async () => (await offloadedOn(machine)) > 0);
  section.check('there too they take the short way', again, `${await offloadedOn(machine)}`);
  return { result: await holder.finish(), told };
}

/** One of ../programs, on the machine. */
function runProgram(machine: Machine, program: string, ...args: readonly string[]) {
  const text = readFileSync(new URL(`../programs/${program}`, import.meta.url), 'utf8');
  return machine.run(`python3 - ${args.join(' ')} <<'PROGRAM'\n${text}\nPROGRAM`);
}
