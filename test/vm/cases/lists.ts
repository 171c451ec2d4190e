import type { Section } from '../../lab/report.ts';
import type { Case } from '../case.ts';
import { internet } from '../network/addresses.ts';
import type { Network } from '../network/network.ts';
import { bootEnds, forwardingIsOn, isWell } from './claims.ts';

export const lists: Case = {
  name: 'lists',
  about: 'EgressAllowList: nothing else gets out, from the first packet on',
  environment: {
    PHOENAT_EGRESS_ALLOW_LIST: `${internet.web}/32:443/tcp`,
    PHOENAT_PROBE_TARGETS: `https://${internet.web}/`,
  },
  play: async (stage, section) => {
    const { machine, network } = stage;
    await machine.boot();
    const early = untilItForwards(stage, `https://${internet.otherWeb}/`);
    await machine.until(forwardingIsOn, machine.patience, () => machine.timesSaid(forwardingIsOn) > 0);
    section.check(
      'while it boots, what is not allowed stays shut',
      (await early) === 0,
      `${await early} answers`,
    );
    await gets(network, section, 'what is allowed passes', 200, `https://${internet.web}/`);
    await gets(network, section, 'another port does not', 0, `http://${internet.web}/`);
    await gets(network, section, 'another address does not', 0, `https://${internet.otherWeb}/`);
    await bootEnds(stage, section);
    await isWell(stage, section);
  },
};

export const byName: Case = {
  name: 'names',
  about: 'AllowedDomains: Squid is installed and filters, and nothing is open before it does',
  environment: { PHOENAT_ALLOWED_DOMAINS: 'www.example.com,.example.net' },
  play: async (stage, section) => {
    const { machine, network } = stage;
    await machine.boot();
    const early = untilItForwards(
      stage,
      'https://www.example.org/',
      at('www.example.org', internet.elsewhere),
    );
    await machine.until(forwardingIsOn, machine.patience, () => machine.timesSaid(forwardingIsOn) > 0);
    section.check('while it boots, other names stay shut', (await early) === 0, `${await early} answers`);
    await filtersByName(network, section);
    await bootEnds(stage, section);
    await isWell(stage, section);
  },
};

/** Names in TLS and in HTTP, and lies. */
export async function filtersByName(network: Network, section: Section): Promise<void> {
  const named = (name: string, address: string, scheme = 'https') =>
    [`${scheme}://${name}/`, at(name, address)] as const;
  const { web, otherWeb, elsewhere } = internet;
  await gets(network, section, 'TLS, an allowed name passes', 200, ...named('www.example.com', web));
  await gets(network, section, 'TLS, below an allowed suffix too', 200, ...named('a.example.net', otherWeb));
  await gets(network, section, 'TLS, another name does not', 0, ...named('www.example.org', elsewhere));
  await gets(network, section, 'TLS, an address alone does not', 0, `https://${web}/`);
  await gets(
    network,
    section,
    'TLS, a name with a false address does not',
    0,
    ...named('www.example.com', elsewhere),
  );
  await gets(network, section, 'HTTP, an allowed name passes', 200, ...named('www.example.com', web, 'http'));
  await gets(
    network,
    section,
    'HTTP, another name does not',
    403,
    ...named('www.example.org', elsewhere, 'http'),
  );
}

const at = (name: string, address: string) =>
  ['443', '80'].flatMap((port) => ['--resolve', `${name}:${port}:${address}`]);

async function gets(
  network: Network,
  section: Section,
  what: string,
  status: number,
  url: string,
  more: readonly string[] = [],
): Promise<void> {
  const answer = await network.get(url, more);
  section.check(what, answer.status === status, answer.status === 0 ? 'no answer' : `${answer.status}`);
}

/** How many answers a client gets from where it must not get any, until it is said that forwarding is on. */
async function untilItForwards(
  { machine, network }: Parameters<Case['play']>[0],
  url: string,
  more: readonly string[] = [],
): Promise<number> {
  let answers = 0;
  while (machine.isOn && machine.timesSaid(forwardingIsOn) === 0) {
    const { status } = await network.get(url, [...more, '--connect-timeout', '0.5']);
    if (status === 200) answers += 1;
  }
  return answers;
}
