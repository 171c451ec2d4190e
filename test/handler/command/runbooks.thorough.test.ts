import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { CommandHarness } from '../../../simulator/harness/command-harness.ts';
import type { HarnessOptions } from '../../../simulator/harness/harness.ts';
import { aliveIn } from '../../../simulator/harness/settled-harness.ts';
import { everyCase } from '../../every-case.ts';
import { phoenat, settledAccount } from './run-phoenat.ts';

const page = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');

/** The first command of ours that an alarm's section has one type, as it stands there. */
function firstCommandOf(section: string): string {
  const [, after = ''] = page.split(`\n### ${section}\n`);
  const [text = ''] = after.split(/\n#{2,3} /);
  const [, command = ''] = /`npx --no-install phoenat ((?:status|logs)[^`]*)`/.exec(text) ?? [];
  return command;
}

const denied = { kind: 'error', code: 'UnauthorizedOperation', message: 'no', httpStatus: 403 } as const;
const full = {
  kind: 'error',
  code: 'InsufficientInstanceCapacity',
  message: 'We currently do not have sufficient t4g.nano capacity',
  httpStatus: 500,
} as const;

const instanceOf = (account: CommandHarness) => aliveIn(account.harness, 'a')[0] ?? '';
const zoneA = ({ harness }: CommandHarness) => {
  const [zone] = harness.topology.zones;
  if (zone === undefined) throw new Error('the topology has a zone');
  return zone;
};

type Incident = {
  readonly what: string;
  readonly section: string;
  readonly options?: HarnessOptions;
  /** Without, everything rests on what EC2 can tell. */
  readonly strike: (account: CommandHarness) => unknown;
  readonly afterMs: number;
  readonly exitCode: 0 | 1;
  /** What the runbook says that its first command shows. */
  readonly shows: readonly RegExp[];
};

const incidents: readonly Incident[] = [
  {
    what: 'terminated, and a permission is missing',
    section: 'phoenat-zone-down',
    strike: (account) => {
      account.harness.sim.inject({ call: 'RunInstances', fault: denied });
      account.harness.sim.terminateInstance(instanceOf(account));
    },
    afterMs: 4 * minuteMs,
    exitCode: 1,
    shows: [
      /zone a is not well/,
      /✘ down/,
      /none that works/,
      /zone a: \d+ s ago it could not launch a t4g\.nano .*UnauthorizedOperation.*allow ec2:RunInstances/,
      /zone a: next: npx --no-install phoenat logs --zone a --since 1h/,
    ],
  },
  {
    what: 'a route to a transit gateway',
    section: 'phoenat-zone-down',
    strike: (account) => {
      const [table = ''] = zoneA(account).privateRouteTableIds;
      account.harness.sim.pointRouteAt(table, { kind: 'transit-gateway', id: 'tgw-0123456789abcdef0' });
    },
    afterMs: 2 * minuteMs,
    exitCode: 1,
    shows: [
      /✘ violation/,
      /i-\w+\s+t4g\.nano, running/,
      /1 of 2 to tgw-0123456789abcdef0/,
      /has a default route to tgw-/,
      /zone a: next: npx --no-install phoenat doctor/,
    ],
  },
  {
    what: 'an instance that hangs',
    section: 'phoenat-zone-down',
    strike: (account) => {
      account.harness.sim.inject({ call: 'RunInstances', fault: full });
      account.harness.sim.impair(instanceOf(account), 'instance');
    },
    afterMs: 8 * minuteMs,
    exitCode: 1,
    shows: [/✘ suspect/, /fails its instance status check/, /InsufficientInstanceCapacity.*list more types/],
  },
  {
    what: 'EC2 does not let itself be read',
    section: 'phoenat-zone-down',
    strike: ({ harness }) => {
      harness.sim.inject({ call: 'DescribeAddresses', fault: denied });
    },
    afterMs: 2 * minuteMs,
    exitCode: 1,
    shows: [/✘ unknown/, /could not be read/, /DescribeAddresses.*UnauthorizedOperation/],
  },
  {
    what: 'a repair that fails',
    section: 'phoenat-zone-down',
    strike: (account) => {
      account.harness.sim.inject({ call: 'AssociateAddress', fault: denied });
      account.harness.sim.takeAddressOff(zoneA(account).allocationId);
    },
    afterMs: 3 * minuteMs,
    exitCode: 1,
    shows: [/drifted to EC2/, /on nothing/, /it could not move Elastic IP.*allow ec2:AssociateAddress/],
  },
  {
    what: 'paused, and then it dies',
    section: 'phoenat-zone-down',
    strike: async (account) => {
      await phoenat(account, 'pause --zone a');
      await account.harness.clock.runFor(2 * secondMs);
      account.harness.sim.terminateInstance(instanceOf(account));
    },
    afterMs: 2 * minuteMs,
    exitCode: 1,
    shows: [/✘ down/, /paused/, /zone a: next: npx --no-install phoenat resume --zone a/],
  },
  {
    what: 'a NAT with more clients than it carries',
    section: 'phoenat-too-small',
    strike: (account) => account.harness.probes.overload(instanceOf(account), 4_200),
    afterMs: 3 * minuteMs,
    exitCode: 0,
    shows: [
      /i-\w+ is a t4g\.nano, and 4200 packets were held up or dropped in the last minute for want of bandwidth out \(4200\)/,
      /put t4g\.micro, the next larger, first in the parameter InstanceTypes and deploy/,
    ],
  },
  {
    what: 'an image that never boots',
    section: 'phoenat-breaker-open',
    strike: async ({ harness }) => {
      for (let launches = 0; launches < 5; launches += 1) {
        for (const id of aliveIn(harness, 'a')) harness.sim.terminateInstance(id);
        await harness.clock.runFor(4 * minuteMs);
      }
    },
    afterMs: 2 * minuteMs,
    exitCode: 0,
    shows: [
      /✔ zone a {2}launch a t4g\.nano from ami-\w+ on eni-\w+: i-\w+/,
      /breaker-open/,
      /the limit is 4/,
    ],
  },
  {
    what: 'a replacement that can never be launched',
    section: 'phoenat-attention',
    strike: async (account) => {
      const gone = { ...denied, code: 'InvalidGroup.NotFound', message: 'The group does not exist' };
      account.harness.sim.inject({ call: 'RunInstances', fault: gone });
      account.harness.settings = { ...account.harness.settings, volumeGiB: 9 };
    },
    afterMs: 4 * minuteMs,
    exitCode: 0,
    shows: [
      /every zone has egress/,
      /✔ healthy/,
      /zone a: .*could not launch a t4g\.nano .*InvalidGroup\.NotFound: The group does not exist/,
    ],
  },
  {
    what: 'a zone that its neighbour carries, where nothing can be launched',
    section: 'phoenat-stand-in-lasts',
    options: { settings: { standIn: 'on' } },
    strike: (account) => {
      account.harness.sim.inject({ call: 'RunInstances', fault: full });
      account.harness.sim.terminateInstance(instanceOf(account));
    },
    afterMs: 32 * minuteMs,
    exitCode: 0,
    shows: [
      /every zone has egress/,
      /stood-in, by zone b, 3\d min/,
      /carries zone a/,
      /zone a: .*InsufficientInstanceCapacity/,
    ],
  },
  {
    what: 'a standby that is gone, where nothing can be launched',
    section: 'phoenat-standby-down',
    options: { vpc: { zones: 1, standby: true } },
    strike: ({ harness }) => {
      harness.sim.inject({ call: 'RunInstances', fault: full });
      harness.sim.terminateInstance(aliveIn(harness, 'standby')[0] ?? '');
    },
    afterMs: 16 * minuteMs,
    exitCode: 0,
    shows: [
      /every zone has egress, and nobody stands by for zone a/,
      /a +✔ healthy/,
      /standby +✘ down/,
      /zone standby: nothing is ready to stand by for zone a/,
      /zone standby: .*InsufficientInstanceCapacity/,
    ],
  },
  {
    what: 'a setting that was changed by hand',
    section: 'phoenat-controller-errors',
    strike: ({ harness }) => {
      harness.settings = { ...harness.settings, volumeGiB: -1 };
    },
    afterMs: 3 * minuteMs,
    exitCode: 0,
    shows: [/✘ the run ended with SettingsError: .*VOLUME/i, /the same \d+ times more/],
  },
  {
    what: 'EC2 does not answer until Lambda ends the run',
    section: 'phoenat-controller-errors',
    strike: ({ harness, lines }) => {
      // As Lambda writes it: in JSON, and as the line of text that it was before.
      const timestamp = harness.clock.now();
      const record = { requestId: 'run 77', status: 'timeout', metrics: { durationMs: 60_000 } };
      lines.push(
        { timestamp, message: JSON.stringify({ time: '', type: 'platform.report', record }) },
        { timestamp, message: '2026-11-23T03:06:00.000Z run-78 Task timed out after 60.00 seconds' },
      );
    },
    afterMs: minuteMs,
    exitCode: 0,
    shows: [/✘ the run timed out; the next one continues/, /the same once more/],
  },
  {
    what: 'a schedule that is switched off',
    section: 'phoenat-controller-silent',
    strike: ({ harness }) => harness.quiesce(),
    afterMs: 12 * minuteMs,
    exitCode: 0,
    shows: [/✘ the schedule has not invoked the controller for 1[12] min: nothing is repaired automatically/],
  },
  {
    what: 'an event that is none',
    section: 'phoenat-dead-letters',
    strike: ({ harness }) =>
      harness.start({ source: 'aws.s3', 'detail-type': 'Object Created' }).catch(() => 0),
    afterMs: minuteMs,
    exitCode: 0,
    shows: [/a run that failed\n +✘ the run ended with UnknownEventError: received source "aws.s3"/],
  },
];

/** The others play for an hour, or are alike. */
const isShort = ({ what }: Incident) =>
  [
    'a route to a transit gateway',
    'a NAT with more clients than it carries',
    'EC2 does not answer until Lambda ends the run',
    'an event that is none',
  ].includes(what);

describe('each alarm’s runbook', () => {
  it.each(
    everyCase(
      incidents.filter(isShort),
      incidents.filter((incident) => !isShort(incident)),
    ),
  )('$section: $what', async ({ section, options, strike, afterMs, exitCode, shows }) => {
    const account = await settledAccount(options);
    await strike(account);
    await account.harness.clock.runFor(afterMs);
    const ran = await phoenat(account, firstCommandOf(section));

    for (const shown of shows) {
      expect(ran.out).toMatch(shown);
    }
    expect([ran.exitCode, ran.err]).toEqual([exitCode, '']);
  });

  it('is walked', () => {
    const sections = [...page.matchAll(/^### (phoenat-[a-z-]+)$/gm)].map(([, name]) => name);

    expect(sections).toEqual([...new Set(incidents.map(({ section }) => section))]);
  });
});
