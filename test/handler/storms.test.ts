import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../shared/core/model/time.ts';
import {
  aliveIn,
  primaryOf,
  settledStage,
  stateChange,
  zoneOf,
} from '../../simulator/harness/settled-stage.ts';
import { Stage } from '../../simulator/harness/stage.ts';

// What must stay cheap however bad it gets: events about others' instances, answers without an end, refused images.

async function invoked(stage: Stage, event: unknown) {
  const from = stage.sim.calls.length;
  const startedAt = stage.clock.now();
  const report = await stage.invoke(event);
  const calls = stage.sim.calls.slice(from).map(({ name }) => name);
  return { report, calls, tookMs: stage.clock.now() - startedAt };
}

/** EC2 leaves a field out that every instance has. */
function withoutItsType(stage: Stage, instanceId: string): void {
  stage.sim.inject({
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
    const stage = await settledStage();
    stage.sim.injectEverywhere({ call: '*', fault: { kind: 'throttle' } });
    const metrics = stage.metrics.length;
    const { report, calls, tookMs } = await invoked(stage, stateChange(stage, foreign, 'terminated'));

    expect(calls).toEqual(['DescribeInstances', 'DescribeInstances', 'DescribeInstances']);
    expect(tookMs).toBeLessThan(3 * secondMs);
    // It may have been ours: that is said, and not that all is well, nor counted as zones that are down.
    expect(report).toMatchObject({
      outcome: 'attention',
      zones: [{ health: 'unknown' }, { health: 'unknown' }],
    });
    expect(stage.metrics).toHaveLength(metrics);
  });

  it.each([
    ['refused', 'UnauthorizedOperation'],
    ['not answered', 'InternalError'],
  ])('while our instances cannot be listed (%s): one call', async (_case, code) => {
    const stage = await settledStage();
    stage.sim.inject({ call: 'DescribeInstances', fault: { kind: 'error', code } });

    expect((await invoked(stage, stateChange(stage, foreign, 'running'))).calls).toEqual([
      'DescribeInstances',
    ]);
  });

  it('while EC2 throttles four times: a Spot warning, which nothing repeats, is written down all the same', async () => {
    const stage = await settledStage();
    const id = primaryOf(stage, 'a');
    stage.sim.inject({ call: 'DescribeInstances', times: 4, fault: { kind: 'throttle' } });
    const { calls } = await invoked(stage, {
      ...stateChange(stage, id, 'running'),
      'detail-type': 'EC2 Spot Instance Interruption Warning',
      detail: { 'instance-id': id, 'instance-action': 'terminate' },
    });

    expect(calls).toContain('CreateTags');
  });

  it('while one of ours is unreadable: one look', async () => {
    const stage = await settledStage();
    withoutItsType(stage, primaryOf(stage, 'a'));
    await stage.clock.runFor(2 * secondMs);
    const { report, calls, tookMs } = await invoked(stage, stateChange(stage, foreign, 'terminated'));

    expect(calls).toHaveLength(6);
    expect(tookMs).toBeLessThan(3 * secondMs);
    expect(report.outcome).not.toBe('ignored');
  });

  it('while one of ours is unreadable and another zone is down: that zone is healed', async () => {
    const stage = await settledStage();
    withoutItsType(stage, primaryOf(stage, 'a'));
    stage.sim.terminateInstance(primaryOf(stage, 'b'));
    await stage.clock.runFor(2 * secondMs);
    await stage.invoke(stateChange(stage, foreign, 'terminated'));

    expect(aliveIn(stage, 'b')).toHaveLength(1);
  });

  it('while an interface of ours is unreadable: one call, as on any day', async () => {
    const stage = await settledStage();
    stage.sim.inject({ call: 'DescribeNetworkInterfaces', fault: { kind: 'throttle' } });
    const { report, calls } = await invoked(stage, stateChange(stage, foreign, 'terminated'));

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
    const stage = await settledStage();
    stage.sim.inject({ call, fault: { kind: 'endless' } });
    const { report, calls } = await invoked(stage, stage.scheduledEvent());

    expect(calls.filter((name) => name === call)).toHaveLength(20);
    expect(calls.length).toBeLessThanOrEqual(20 + 5);
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'unreadable',
      detail: expect.stringContaining('more than 20 pages'),
    });
  });

  it('of DescribeImages as well, where a launch is wanted', async () => {
    const stage = await settledStage();
    stage.sim.inject({ call: 'DescribeImages', fault: { kind: 'endless' } });
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(2 * secondMs);
    const { report, calls } = await invoked(stage, stage.scheduledEvent());

    expect(calls.filter((name) => name === 'DescribeImages')).toHaveLength(20);
    expect(report.outcome).toBe('attention');
  });
});

describe('a console that cannot be read', () => {
  it('because EC2 throttles is asked for once in a look: no zone waits for what another one has to say', async () => {
    const stage = new Stage();
    await stage.invoke(stage.scheduledEvent());
    await stage.clock.runFor(4 * minuteMs);
    stage.sim.inject({ call: 'GetConsoleOutput', fault: { kind: 'throttle' } });
    const { report, calls, tookMs } = await invoked(stage, { action: 'status' });

    expect(calls.filter((name) => name === 'GetConsoleOutput')).toHaveLength(report.zones.length);
    expect(tookMs).toBeLessThan(2 * secondMs);
    expect(zoneOf(report, 'a').primary?.ready).toBe(false);
  });

  it('and is not waited for long where it does not answer: another zone is down', async () => {
    const stage = new Stage();
    await stage.invoke(stage.scheduledEvent());
    await stage.clock.runFor(4 * minuteMs);
    stage.sim.inject({ call: 'GetConsoleOutput', fault: { kind: 'silence', happens: true } });
    stage.sim.terminateInstance(primaryOf(stage, 'b'));
    await stage.clock.runFor(5 * secondMs);
    const { report } = await invoked(stage, stage.scheduledEvent());
    const [first] = zoneOf(report, 'b').steps;

    expect(first?.kind).toBe('create-interface');
    expect(first?.afterMs).toBeLessThan(7 * secondMs);
  });
});

describe('images that EC2 refuses to launch', () => {
  async function refusing(lastGoodToo: boolean) {
    const stage = await settledStage();
    const lastGood = zoneOf(stage.lastReport(), 'a').primary?.imageId;
    for (let n = 1; n <= 8; n += 1) {
      stage.sim.publishImage({
        name: `al2023-ami-2023.12.2026110${n}.0-kernel-6.1-arm64`,
        owner: 'amazon',
        architecture: 'arm64',
        createdAt: `2026-11-0${n}T20:00:00Z`,
      });
    }
    stage.sim.inject({
      call: 'RunInstances',
      when: ({ ImageId }) => lastGoodToo || ImageId !== lastGood,
      fault: { kind: 'error', code: 'InvalidAMIID.Unavailable' },
    });
    stage.sim.terminateInstance(primaryOf(stage, 'a'));
    await stage.clock.runFor(2 * secondMs);
    const { report, calls } = await invoked(stage, stage.scheduledEvent());
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
