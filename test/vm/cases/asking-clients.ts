import type { Section } from '../../lab/report.ts';
import type { Case, Stage } from '../case.ts';
import { bootEnds, forwards, healthOf, isMadeWhole, isWell } from './claims.ts';
import { kernelIsCalm } from './kernel.ts';

const environment = { PHOENAT_KEEP_CONNECTIONS: 'all' };

export const askingClients: Case = {
  name: 'paging',
  about: "KeepConnections=all: a distribution's kernel takes the rules by which clients are asked",
  environment,
  play: async (stage, section) => {
    const { machine } = stage;
    await boot(stage, section);
    const paging = await pagingOf(stage, /"until": \d+/);
    section.check('the health endpoint tells until when clients are asked', paging.isSo, paging.told);
    const copies = await machine.output("nft list table ip phoenat_paging | grep -c ' dup to '");
    section.check('the rules copy packets to clients', Number(copies) > 0, copies);
    await isWell(stage, section);
    await kernelIsCalm(machine, section);
  },
};

export const askingBlocked: Case = {
  name: 'paging-blocked',
  about:
    'KeepConnections=all, and the module that copies packets may not be loaded: it forwards, and says so',
  environment,
  parameters: 'module_blacklist=nft_dup_ipv4',
  play: async (stage, section) => {
    await boot(stage, section);
    const paging = await pagingOf(stage, /"cannot": "[^"]+"/);
    section.check('the health endpoint tells why no client is asked', paging.isSo, paging.told);
    await isWell(stage, section);
    await kernelIsCalm(stage.machine, section);
  },
};

async function boot(stage: Stage, section: Section): Promise<void> {
  await stage.machine.boot();
  await forwards(stage, section);
  await bootEnds(stage, section);
  await isMadeWhole(stage, section);
}

async function pagingOf({ machine, network }: Stage, expected: RegExp) {
  let told = '';
  const isSo = await machine.comes(60, async () => {
    told = /"paging": (\{.*?\}|null)/.exec((await healthOf({ machine, network })).body)?.[1] ?? '';
    return expected.test(told);
  });
  return { isSo, told };
}
