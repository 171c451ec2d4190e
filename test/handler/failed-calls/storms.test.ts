import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';

// What must stay cheap however bad it gets: events about others' instances, answers without an end, refused images.

async function invoked(harness: Harness, event: unknown) {
  const from = harness.sim.calls.length;
  const startedAt = harness.clock.now();
  const report = await harness.invoke(event);
  const calls = harness.sim.calls.slice(from).map(({ name }) => name);
  return { report, calls, tookMs: harness.clock.now() - startedAt };
}

/** EC2 leaves a field out that every instance has. */
function withoutItsType(harness: Harness, instanceId: string): void {
  harness.sim.inject({
    call: 'DescribeInstances',
    fault: {
      kind: 'partial',
      strip: (output) => ({
        ...output,
        Reservations: output.Reservations?.map((reservation) => ({
          ...reservation,
          Instances: reservation.Instances?.map(({ InstanceType, ...rest }) =>
            rest.InstanceId === instanceId || InstanceType === undefined ? rest : { ...rest, InstanceType },
          ),
        })),
      }),
    },
  });
}

const foreign = 'i-0f0f0f0f0f0f0f0f0';

describe('an event about an instance of somebody else', () => {
  it('while EC2 throttles: the instances are asked for three times in two seconds, and nothing else is', async () => {
    const harness = await settledHarness();
    harness.sim.injectEverywhere({ call: '*', fault: { kind: 'throttle' } });
    const metrics = harness.metrics.length;
    const { report, calls, tookMs } = await invoked(harness, stateChange(harness, foreign, 'terminated'));

    expect(calls).toEqual(['DescribeInstances', 'DescribeInstances', 'DescribeInstances']);
    expect(tookMs).toBeLessThan(3 * secondMs);
    // It may have been ours: that is said, and not that all is well, nor counted as zones that are down.
    expect(report).toMatchObject({
      outcome: 'attention',
      zones: [{ health: 'unknown' }, { health: 'unknown' }],
    });
    expect(harness.metrics).toHaveLength(metrics);
  });

  it.each([
    ['refused', 'UnauthorizedOperation'],
    ['not answered', 'InternalError'],
  ])('while our instances cannot be listed (%s): one call', async (_case, code) => {
    const harness = await settledHarness();
    harness.sim.inject({ call: 'DescribeInstances', fault: { kind: 'error', code } });

    expect((await invoked(harness, stateChange(harness, foreign, 'running'))).calls).toEqual([
      'DescribeInstances',
    ]);
  });

  it('while EC2 throttles four times: a Spot warning, which nothing repeats, is written down all the same', async () => {
    const harness = await settledHarness();
    const id = primaryOf(harness, 'a');
    harness.sim.inject({ call: 'DescribeInstances', times: 4, fault: { kind: 'throttle' } });
    const { calls } = await invoked(harness, {
      ...stateChange(harness, id, 'running'),
      'detail-type': 'EC2 Spot Instance Interruption Warning',
      detail: { 'instance-id': id, 'instance-action': 'terminate' },
    });

    expect(calls).toContain('CreateTags');
  });

  it('while one of ours is unreadable: one look', async () => {
    const harness = await settledHarness();
    withoutItsType(harness, primaryOf(harness, 'a'));
    await harness.clock.runFor(2 * secondMs);
    const { report, calls, tookMs } = await invoked(harness, stateChange(harness, foreign, 'terminated'));

    expect(calls).toHaveLength(6);
    expect(tookMs).toBeLessThan(3 * secondMs);
    expect(report.outcome).not.toBe('ignored');
  });

  it('while one of ours is unreadable: so is an event about that one, with the status checks', async () => {
    const harness = await settledHarness();
    const unreadable = primaryOf(harness, 'a');
    withoutItsType(harness, unreadable);
    await harness.clock.runFor(2 * secondMs);
    const { report, calls } = await invoked(harness, stateChange(harness, unreadable, 'stopping'));

    expect(calls).toContain('DescribeInstanceStatus');
    expect(calls.filter((name) => name === 'DescribeInstances')).toHaveLength(1);
    expect(report.outcome).not.toBe('ignored');
  });

  it('while one of ours is unreadable and another zone is down: that zone is healed', async () => {
    const harness = await settledHarness();
    withoutItsType(harness, primaryOf(harness, 'a'));
    harness.sim.terminateInstance(primaryOf(harness, 'b'));
    await harness.clock.runFor(2 * secondMs);
    await harness.invoke(stateChange(harness, foreign, 'terminated'));

    expect(aliveIn(harness, 'b')).toHaveLength(1);
  });

  it('while an interface of ours is unreadable: one call, as on any day', async () => {
    const harness = await settledHarness();
    harness.sim.inject({ call: 'DescribeNetworkInterfaces', fault: { kind: 'throttle' } });
    const { report, calls } = await invoked(harness, stateChange(harness, foreign, 'terminated'));

    expect([report.outcome, calls]).toEqual(['ignored', ['DescribeInstances']]);
  });
});

describe('an answer without an end', () => {
  it.each([
    'DescribeInstances',
    'DescribeNetworkInterfaces',
    'DescribeRouteTables',
    'DescribeSubnets',
  ] as const)('of %s is read for twenty pages, once in a run', async (call) => {
    const harness = await settledHarness();
    harness.sim.inject({ call, fault: { kind: 'endless' } });
    const { report, calls } = await invoked(harness, harness.scheduledEvent());

    expect(calls.filter((name) => name === call)).toHaveLength(20);
    expect(calls.length).toBeLessThanOrEqual(20 + 5);
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'unreadable',
      detail: expect.stringContaining('more than 20 pages'),
    });
  });

  it('of DescribeImages as well, where a launch is wanted', async () => {
    const harness = await settledHarness();
    harness.sim.inject({ call: 'DescribeImages', fault: { kind: 'endless' } });
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(2 * secondMs);
    const { report, calls } = await invoked(harness, harness.scheduledEvent());

    expect(calls.filter((name) => name === 'DescribeImages')).toHaveLength(20);
    expect(report.outcome).toBe('attention');
  });
});

describe('a console that cannot be read', () => {
  it('because EC2 throttles is asked for once in a look: no zone waits for what another one has to say', async () => {
    const harness = new Harness();
    await harness.invoke(harness.scheduledEvent());
    await harness.clock.runFor(4 * minuteMs);
    harness.sim.inject({ call: 'GetConsoleOutput', fault: { kind: 'throttle' } });
    const { report, calls, tookMs } = await invoked(harness, { action: 'status' });

    expect(calls.filter((name) => name === 'GetConsoleOutput')).toHaveLength(report.zones.length);
    expect(tookMs).toBeLessThan(2 * secondMs);
    expect(zoneOf(report, 'a').primary?.ready).toBe(false);
  });

  it('and is not waited for long where it does not answer: another zone is down', async () => {
    const harness = new Harness();
    await harness.invoke(harness.scheduledEvent());
    await harness.clock.runFor(4 * minuteMs);
    harness.sim.inject({ call: 'GetConsoleOutput', fault: { kind: 'silence', happens: true } });
    harness.sim.terminateInstance(primaryOf(harness, 'b'));
    await harness.clock.runFor(5 * secondMs);
    const { report } = await invoked(harness, harness.scheduledEvent());
    const [first] = zoneOf(report, 'b').steps;

    expect(first?.kind).toBe('set-default-route');
    expect(first?.afterMs).toBeLessThan(7 * secondMs);
  });
});

describe('images that EC2 refuses to launch', () => {
  async function refusing(lastGoodToo: boolean) {
    const harness = await settledHarness();
    const lastGood = zoneOf(harness.lastReport(), 'a').primary?.imageId;
    for (let n = 1; n <= 8; n += 1) {
      harness.sim.publishImage({
        name: `al2023-ami-2023.12.2026110${n}.0-kernel-6.1-arm64`,
        owner: 'amazon',
        architecture: 'arm64',
        createdAt: `2026-11-0${n}T20:00:00Z`,
      });
    }
    harness.sim.inject({
      call: 'RunInstances',
      when: ({ ImageId }) => lastGoodToo || ImageId !== lastGood,
      fault: { kind: 'error', code: 'InvalidAMIID.Unavailable' },
    });
    harness.sim.terminateInstance(primaryOf(harness, 'a'));
    await harness.clock.runFor(2 * secondMs);
    const { report, calls } = await invoked(harness, harness.scheduledEvent());
    return { report, launches: calls.filter((name) => name === 'RunInstances').length };
  }

  it('are tried three times in a run, then the last good one', async () => {
    const { report, launches } = await refusing(false);

    expect(launches).toBe(4);
    expect(zoneOf(report, 'a').health).toBe('healthy');
  });

  it('all of them: four launches, and a finding that names them and what to check', async () => {
    const { report, launches } = await refusing(true);

    expect(launches).toBe(4);
    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'image-not-found',
      detail: expect.stringMatching(/^EC2 would launch none of (ami-\w+, ){3}ami-\w+, .*Allowed AMIs/),
    });
  });
});
