import type { Section } from '../lab/report.ts';
import type { Case } from './case.ts';
import { type Machine, patience, type SeedFile } from './machine.ts';
import { forwardingIsOn, jobsOf, type Lists, type Stage, timesSaid, verdict } from './stage.ts';
import { credulousNft, dnf, ownNat, ownSetting, smallMemory, watch } from './stand-ins.ts';

type Kind = {
  readonly name: string;
  readonly what: string;
  readonly lists: Lists;
  /** An image that forwards by itself: only where its rules do not count, since something is filtered. */
  readonly image: readonly SeedFile[];
};

const byAddress = { cidr: '203.0.113.0/24', port: 443, protocol: 'tcp' } as const;
const byName = ['.example.com', 'www.example.net'];

const kinds: readonly Kind[] = [
  { name: 'open', what: 'no lists', lists: {}, image: [] },
  { name: 'addresses', what: 'EgressAllowList', lists: { allowList: [byAddress] }, image: ownNat },
  { name: 'names', what: 'AllowedDomains', lists: { allowedDomains: byName }, image: ownNat },
  {
    name: 'both',
    what: 'both lists',
    lists: { allowList: [byAddress], allowedDomains: byName },
    image: ownNat,
  },
];

/** The first boot, and the second. */
export const boots: readonly Case[] = kinds.map((kind) => ({
  name: `boots-${kind.name}`,
  about: `first and second boot with ${kind.what}: no job waits, nothing is forwarded before the rules`,
  play: async (stage, section) => {
    const machine = bootable(stage, kind);
    await machine.boot();
    await judge(machine, kind, `${kind.what}, first boot`, 0, section);
    // At a first boot such a setting is there before anything of ours, and holds until the user data comes.
    if (kind.image.length > 0) await machine.run(ownSetting);
    await machine.cutPower();
    const before = timesSaid(machine, forwardingIsOn);
    await machine.boot();
    await judge(machine, kind, `${kind.what}, second boot`, before, section);
  },
}));

function bootable(stage: Stage, { name, lists, image }: Kind): Machine {
  const links: Record<string, string> =
    image.length === 0
      ? {}
      : { '/etc/systemd/system/multi-user.target.wants/fck-nat.service': '../fck-nat.service' };
  return stage.machine(name, [...dnf(0), ...watch, ...image], { lists, links });
}

/** `before`: how often it had said that it forwards when it was switched on. */
async function judge(machine: Machine, { lists }: Kind, when: string, before: number, section: Section) {
  const times = () => timesSaid(machine, forwardingIsOn) - before;
  const first = await machine.comes(patience, () => times() > 0);
  section.check(`${when}: it says that ${forwardingIsOn}`, first, `${times()} times`);
  section.check(
    `${when}: and never that it cannot`,
    verdict(machine) === undefined,
    verdict(machine) ?? 'never',
  );
  const calm = await machine.comes(patience, async () => (await jobsOf(machine)) === '');
  section.check(`${when}: no job waits`, calm, calm ? 'none' : await jobsOf(machine));
  const failed = await machine.output('systemctl list-units --failed --plain --no-legend');
  section.check(`${when}: no unit has failed`, failed === '', failed === '' ? 'none' : failed);
  // With names it is said by Squid's side alone; without, when forwarding begins and when the boot script ends.
  const again = await machine.comes(patience, () => times() >= 3);
  section.check(`${when}: it says it three times or more`, again, `${times()} times`);
  const untrue = await machine.output('grep -c untrue /run/untrue');
  section.check(`${when}: and not before rules and setting are there`, untrue === '', `${untrue || 0} times`);
  const early = await machine.output('grep -c early /run/early');
  section.check(`${when}: nothing is forwarded before the rules`, early === '', `${early || 0} times`);
  const state = await machine.output(
    'systemctl is-active watch phoenat-nat phoenat-health.socket phoenat-guard phoenat-guard.socket phoenat-names | tr "\\n" " "; cat /proc/sys/net/ipv4/ip_forward; nft list table ip phoenat | grep -c masquerade',
  );
  const names = (lists.allowedDomains ?? []).length > 0 ? 'active' : 'inactive';
  section.check(
    `${when}: all is there`,
    state === `active active active active active ${names} 1\n1`,
    state.replace('\n', ', '),
  );
}

/** What a machine of 512 MB does for dnf's sake, and after a reboot for its own. */
export const swap: Case = {
  name: 'swap',
  about: 'a small instance has swap before its packages, and again after a reboot, when it forwards',
  play: async (stage, section) => {
    const machine = stage.machine('small', [...dnf(0), ...smallMemory]);
    await machine.boot();
    await machine.until(forwardingIsOn, patience, async () => timesSaid(machine, forwardingIsOn) > 0);
    const made = () => machine.output('cat /run/swap');
    await machine.comes(patience, async () => /mkswap \d\nswapon/.test(await made()));
    const first = await made();
    section.check(
      'first boot: for its packages, after forwarding, and not written byte by byte',
      first.startsWith('swapon 1\nfallocate 1\nmkswap 1\nswapon 1'),
      first.replaceAll('\n', ', '),
    );
    await machine.cutPower();
    await machine.boot();
    await machine.comes(patience, async () => (await machine.output('cat /run/swap')) !== '');
    const second = await machine.output('cat /run/swap');
    section.check('second boot: on again, not made again, after forwarding', second === 'swapon 1', second);
  },
};

/** Off, whatever a probe says: with half of it, nothing at all would be forwarded. */
export const flowTable: Case = {
  name: 'flow-table',
  about: 'the flow table is off unless it is asked for, also where a probe would find one',
  play: async (stage, section) => {
    const machine = stage.machine('flow-table', [...credulousNft, ...dnf(0)]);
    await machine.boot();
    const said = await machine.comes(patience, () => timesSaid(machine, forwardingIsOn) > 0);
    section.check(`it says that ${forwardingIsOn}`, said, `${timesSaid(machine, forwardingIsOn)}`);
    const lines = await machine.output("grep -cE 'flowtable|flow add' /run/phoenat/nat.nft");
    section.check('no rule of it is loaded', lines === '0', lines);
  },
};

const noneTaken = 'the kernel takes no flow table: every packet takes the usual way';

/** This kernel has none. */
export const noFlowTable: Case = {
  name: 'no-flow-table',
  about: 'a flow table that the kernel promises and does not take: it forwards without, and says so',
  play: async (stage, section) => {
    const machine = stage.machine('no-flow-table', [...credulousNft, ...dnf(0)], { env: 'FLOW_TABLE=1\n' });
    await machine.boot();
    const said = await machine.comes(patience, () => timesSaid(machine, forwardingIsOn) > 0);
    section.check(`it says that ${forwardingIsOn}`, said, `${timesSaid(machine, forwardingIsOn)}`);
    const why = timesSaid(machine, noneTaken);
    section.check('it says that there is no flow table', why > 0, `${why}`);
    const noted = await machine.output('cat /run/phoenat/flow-table');
    section.check('the health answer can tell', noted === 'false', noted);
    const lines = await machine.output(
      "nft list table ip phoenat | grep -cE 'flowtable|flow add|policy drop'",
    );
    section.check('the rules are there without it', lines === '2', lines);
  },
};
