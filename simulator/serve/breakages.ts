import { secondMs } from '../../shared/core/model/time.ts';
import type { Harness } from '../harness/harness.ts';
import { aliveIn, interfaceOf } from '../harness/settled-harness.ts';
import { ServiceFault } from './http-answer.ts';
import type { LivingAccount } from './living-account.ts';

/** One way to break the account. */
export type Breakage = {
  /** As a sentence about the zone's instance, the zone or the Region: "terminates the instance". */
  readonly what: string;
  /** Whether it needs a zone, and in it an instance that runs. */
  readonly on: 'instance' | 'zone' | 'region';
  readonly does: (broken: Broken) => void;
};

/** `id` is the instance's, and '' where none is needed. */
type Broken = {
  readonly account: LivingAccount;
  readonly harness: Harness;
  readonly zone: string;
  readonly id: string;
};

const denied = {
  kind: 'error',
  code: 'UnauthorizedOperation',
  message: 'You are not authorized to perform this operation.',
  httpStatus: 403,
} as const;

export const breakages: Readonly<Record<string, Breakage>> = {
  terminate: {
    what: 'terminates the instance',
    on: 'instance',
    does: ({ harness, id }) => harness.sim.terminateInstance(id),
  },
  stop: {
    what: 'stops the instance',
    on: 'instance',
    does: ({ harness, id }) => harness.sim.stopInstance(id),
  },
  reboot: {
    what: 'reboots the instance',
    on: 'instance',
    does: ({ harness, id }) => harness.sim.rebootInstance(id),
  },
  hang: {
    what: 'hangs the instance: EC2 goes on calling it running',
    on: 'instance',
    does: ({ harness, id }) => harness.sim.impair(id, 'instance'),
  },
  flush: {
    what: 'flushes the rules on the instance; its guard repairs them',
    on: 'instance',
    does: ({ harness, id }) => harness.sim.breakForwarding(id, { what: 'rules', guard: 'repairs' }),
  },
  unguarded: {
    what: 'flushes the rules on the instance, whose guard does not run',
    on: 'instance',
    does: ({ harness, id }) => harness.sim.breakForwarding(id, { what: 'rules', guard: 'does-not-run' }),
  },
  retire: {
    what: 'announces that the instance will be retired',
    on: 'instance',
    does: ({ harness, id }) => harness.sim.retire(id),
  },
  check: {
    what: 'switches the source/destination check of the instance on',
    on: 'instance',
    does: ({ harness, id }) => harness.sim.setSourceDestCheck(interfaceOf(harness, id), true),
  },
  route: {
    what: 'deletes the default routes of the private subnets',
    on: 'zone',
    does: ({ harness, zone }) => {
      for (const table of zoneIn(harness, zone)?.privateRouteTableIds ?? []) harness.sim.deleteRoute(table);
    },
  },
  address: {
    what: 'takes the Elastic IP off',
    on: 'zone',
    does: ({ harness, zone }) => {
      const address = zoneIn(harness, zone)?.allocationId;
      if (address !== undefined) harness.sim.takeAddressOff(address);
    },
  },
  block: {
    what: 'has VPC Block Public Access (block-ingress) cut the public subnet off, until "mend"',
    on: 'zone',
    does: ({ account, harness, zone }) => {
      const subnet = zoneIn(harness, zone)?.publicSubnetId;
      if (subnet === undefined) return;
      harness.sim.blockPublicAccess(subnet, 'block-ingress');
      account.switches.restores.push({ restore: () => harness.sim.blockPublicAccess(subnet, 'off') });
    },
  },
  capacity: {
    what: 'leaves EC2 no capacity for any type, until "mend"',
    on: 'zone',
    does: ({ harness, zone }) => {
      const place = zoneIn(harness, zone)?.name ?? '';
      for (const type of harness.settings.instanceTypes) harness.sim.withoutCapacity(type, place);
    },
  },
  upstream: {
    what: 'loses what leaves the VPC, in every zone, until "mend"',
    on: 'region',
    does: ({ account, harness }) => {
      const subnets = harness.topology.zones.map(({ publicSubnetId }) => publicSubnetId);
      account.switches.restores.push(harness.sim.loseUpstream(subnets));
    },
  },
  deny: {
    what: 'denies every launch, until "mend"',
    on: 'region',
    does: ({ harness }) => {
      harness.sim.inject({ call: 'RunInstances', fault: denied });
    },
  },
  throttle: {
    what: 'throttles half of all EC2 calls, until "mend"',
    on: 'region',
    does: ({ harness }) => {
      let calls = 0;
      harness.sim.injectEverywhere({
        call: '*',
        when: () => {
          calls += 1;
          return calls % 2 === 0;
        },
        fault: { kind: 'throttle' },
      });
    },
  },
  slow: {
    what: 'answers every EC2 call two seconds late, until "mend"',
    on: 'region',
    does: ({ harness }) => {
      harness.sim.injectEverywhere({ call: '*', fault: { kind: 'slow', ms: 2 * secondMs } });
    },
  },
  drop: {
    what: 'leaves every request to this server unanswered, until "mend"',
    on: 'region',
    does: ({ account }) => {
      account.switches.drops = true;
    },
  },
  mend: {
    what: 'ends block, capacity, upstream, deny, throttle, slow and drop',
    on: 'region',
    does: ({ account, harness }) => {
      account.switches.drops = false;
      for (const { restore } of account.switches.restores.splice(0)) restore();
      harness.sim.removeAllFaults();
    },
  },
};

/** One line for each, of which the first word is what to say. */
export function listBreakages(): string {
  const lines = Object.entries(breakages).map(([name, { what }]) => `  ${name.padEnd(11)}${what}\n`);
  return lines.join('');
}

/** Does it, tells whoever watches, and says what was done. @throws ServiceFault where it cannot be done. */
export function breakAccount(account: LivingAccount, name: string, zone: string): string {
  const breakage = Object.hasOwn(breakages, name) ? breakages[name] : undefined;
  if (breakage === undefined) {
    throw new ServiceFault(
      'unknown',
      `"${name}" is nothing that can be broken. There are:\n${listBreakages()}`,
      404,
    );
  }
  const { harness } = account;
  const zones = harness.settings.zones.map((settings) => settings.name as string);
  if (breakage.on !== 'region' && !zones.includes(zone)) {
    throw new ServiceFault('unknown', `there is no zone "${zone}": the zones are ${zones.join(', ')}`, 404);
  }
  const id = breakage.on === 'instance' ? runningIn(harness, zone) : '';
  breakage.does({ account, harness, zone, id });
  const where = breakage.on === 'region' ? '' : `zone ${zone}${id === '' ? '' : `, ${id}`}: `;
  const said = `${where}somebody ${breakage.what}`;
  account.note(said);
  return said;
}

/** The zone's instance that carries traffic, or the youngest that runs. */
function runningIn(harness: Harness, zone: string): string {
  const running = aliveIn(harness, zone).filter(
    (id) => harness.sim.region.store.instances.current.get(id)?.state === 'running',
  );
  const carried = running.find((id) => {
    const address = zoneIn(harness, zone)?.allocationId ?? '';
    const record = harness.sim.region.store.addresses.current.get(address);
    return record?.association?.interfaceId === interfaceOf(harness, id);
  });
  const id = carried ?? running.at(-1);
  if (id === undefined) {
    throw new ServiceFault(
      'conflict',
      `zone ${zone} has no instance that runs: wait until it has one again`,
      409,
    );
  }
  return id;
}

function zoneIn({ settings, topology }: Harness, zone: string) {
  return topology.zones[settings.zones.findIndex(({ name }) => name === zone)];
}
