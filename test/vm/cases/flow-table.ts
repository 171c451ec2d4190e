import type { Section } from '../../lab/report.ts';
import type { Case, Stage } from '../case.ts';
import { internet } from '../network/addresses.ts';
import { bootEnds, forwards, healthOf, isWell } from './claims.ts';
import { kernelIsCalm } from './kernel.ts';

const environment = { PHOENAT_FLOW_TABLE: 'on' };

export const flowTable: Case = {
  name: 'flow-table',
  about: 'FlowTable=on: connections take the short way, and outlive new rules',
  environment,
  play: async (stage, section) => {
    const { machine } = stage;
    await machine.boot();
    await forwards(stage, section);
    await bootEnds(stage, section);
    await isWell(stage, section);
    await isUsed(stage, section, 'true');
    await connectionsGoOn(stage, section);
    await kernelIsCalm(machine, section);
  },
};

export const flowTableBlocked: Case = {
  name: 'flow-blocked',
  about: 'FlowTable=on, and the module of the rule may not be loaded: it forwards without',
  environment,
  // The table itself is another module.
  parameters: 'module_blacklist=nft_flow_offload',
  play: async (stage, section) => {
    const { machine } = stage;
    await machine.boot();
    await forwards(stage, section);
    await bootEnds(stage, section);
    await isWell(stage, section);
    await isUsed(stage, section, 'false');
    await kernelIsCalm(machine, section);
  },
};

async function isUsed({ network, machine }: Stage, section: Section, expected: string): Promise<void> {
  const { body } = await healthOf(network);
  const told = /"flowTable": (\w+)/.exec(body)?.[1] ?? body;
  section.check('the health endpoint tells of the flow table', told === expected, told);
  const lines = await machine.output("nft list table ip phoenat | grep -cE 'flowtable|flow add'");
  section.check('and so do the rules', lines === (expected === 'true' ? '2' : '0'), `${lines} lines`);
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

const offloadedOn = async (machine: Stage['machine']) =>
  Number(await machine.output('grep -c OFFLOAD /proc/net/nf_conntrack'));
