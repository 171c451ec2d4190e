import type { CreateTagsCommandInput, DescribeInstanceStatusCommandOutput } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import {
  aliveIn,
  interfaceOf,
  primaryOf,
  settledHarness,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

/** Boots, says that all is well, and forwards nothing. */
function publishPretender({ sim }: Harness, createdAt = '2026-11-22T00:00:00Z'): string {
  const date = createdAt.slice(0, 10).replaceAll('-', '');
  const [id] = (['arm64', 'x86_64'] as const).map((architecture) =>
    sim.publishImage({
      name: `al2023-ami-2023.13.${date}.0-kernel-6.1-${architecture}`,
      owner: 'amazon',
      architecture,
      createdAt,
      boots: 'pretends',
    }),
  );
  return id ?? '';
}

function imageOf({ sim }: Harness, instanceId: string): string | undefined {
  return sim.region.store.instances.current.get(instanceId)?.launch.imageId;
}

function codesIn(harness: Harness): string[] {
  return harness.invocations.flatMap(({ report }) =>
    (report?.zones ?? []).flatMap(({ findings }) => findings.map(({ code }) => code)),
  );
}

describe('a planned replacement by an instance that only says that it forwards', () => {
  it('is undone within ten seconds, and the image that works is launched instead', async () => {
    const harness = await settledHarness({ probe: 'on' });
    const old = primaryOf(harness, 'a');
    const bad = publishPretender(harness);
    const before = harness.meter.outageMs();
    harness.goLive();
    await harness.clock.complete(harness.start({ action: 'rebuild', zone: 'a' }));
    await harness.until(
      'the old instance is gone',
      () => !aliveIn(harness, 'a').includes(old),
      10 * minuteMs,
    );
    await harness.until('it is settled', () => harness.isSettled(), 10 * minuteMs);
    const launched = harness.sim.region.store.instances.current
      .all()
      .filter(({ launch }) => launch.imageId === bad);

    expect(launched).toHaveLength(1);
    expect(imageOf(harness, primaryOf(harness, 'a'))).not.toBe(bad);
    expect(harness.meter.outageMs() - before).toBeGreaterThan(0);
    // The meter counts each of the zone's two subnets.
    expect(harness.meter.outageMs() - before).toBeLessThan(2 * 10 * secondMs);
    expect(codesIn(harness)).toContain('cutover-undone');
    expect(zoneOf(harness.lastReport(), 'a')).toMatchObject({ health: 'healthy', egress: 'passes' });
  });

  it('stays where it went back to while another run looks before the note of that is written', async () => {
    const harness = await settledHarness({ probe: 'on' });
    Object.assign(harness.sim.region.behaviour, { boot: 'pretends' });
    const before = harness.meter.outageMs();
    const beganAt = harness.clock.now();
    harness.goLive();
    let besides = 0;
    const isNote = ({ Tags = [] }: CreateTagsCommandInput) =>
      Tags.some(({ Key }) => Key === tagKeys.undoneCutovers);
    harness.sim.inject({
      call: 'CreateTags',
      when: (input) => {
        const isHit = isNote(input) && besides < 2;
        if (isHit) {
          besides += 1;
          harness.start(harness.scheduledEvent());
        }
        return isHit;
      },
      fault: { kind: 'throttle' },
    });
    await harness.clock.complete(harness.start({ action: 'rebuild', zone: 'a' }));
    await harness.clock.runFor(5 * minuteMs);
    const moves = harness.sim.calls.filter(
      ({ name, sentAt }) => name === 'AssociateAddress' && sentAt > beganAt,
    );

    expect(besides).toBe(2);
    // There and back.
    expect(moves).toHaveLength(2);
    expect(harness.meter.outageMs() - before).toBeLessThan(2 * 10 * secondMs);
  });

  it('is tried by no other zone, and not again by the same where nothing else is known to work', async () => {
    let undone = 0;
    const logOf = () => (_level: string, event: string, fields: object) => {
      undone += event === 'finding' && 'code' in fields && fields.code === 'cutover-undone' ? 1 : 0;
    };
    const harness = await settledHarness({ probe: 'on', logOf });
    const old = primaryOf(harness, 'a');
    const before = harness.meter.outageMs();
    Object.assign(harness.sim.region.behaviour, { boot: 'pretends' });
    harness.goLive();
    await harness.clock.complete(harness.start({ action: 'rebuild', zone: 'a' }));
    await harness.clock.runFor(9 * minuteMs);

    expect(aliveIn(harness, 'a')).toEqual([old]);
    expect(harness.meter.outageMs() - before).toBeLessThan(2 * 10 * secondMs);
    expect(harness.lastReport()).toMatchObject({ outcome: 'attention' });
    expect(zoneOf(harness.lastReport(), 'a').findings.map(({ code }) => code)).toContain('cutover-undone');

    await harness.clock.runFor(3 * 60 * minuteMs);

    // Once may be chance.
    expect(aliveIn(harness, 'a')).toEqual([old]);
    expect(harness.meter.outageMs() - before).toBeGreaterThan(2 * 10 * secondMs);
    expect(harness.meter.outageMs() - before).toBeLessThan(2 * 2 * 10 * secondMs);
    // Once for each time that it was done, and not where a launch is withheld for it.
    expect(undone).toBe(2);
  });

  it('is tried no more often where all that is known is that a volume is in trouble', async () => {
    const harness = await settledHarness({ probe: 'on' });
    const old = primaryOf(harness, 'a');
    const before = harness.meter.outageMs();
    Object.assign(harness.sim.region.behaviour, { boot: 'pretends' });
    const strip = (output: Omit<DescribeInstanceStatusCommandOutput, '$metadata'>) => ({
      ...output,
      InstanceStatuses: output.InstanceStatuses?.map((status) =>
        status.InstanceId === old
          ? { ...status, AttachedEbsStatus: { Status: 'impaired' as const } }
          : status,
      ),
    });
    harness.sim.inject({ call: 'DescribeInstanceStatus', fault: { kind: 'partial', strip } });
    harness.goLive();
    await harness.clock.runFor(90 * minuteMs);

    expect(codesIn(harness)).toContain('cutover-undone');
    expect(aliveIn(harness, 'a')).toEqual([old]);
    expect(harness.meter.outageMs() - before).toBeLessThan(2 * 2 * 10 * secondMs);
  });

  it('fails the deployment, with that reason, and the rollback succeeds', async () => {
    const harness = await settledHarness({ probe: 'on' });
    const stack = new StackHarness(harness);
    const { settings } = harness;
    Object.assign(harness.sim.region.behaviour, { boot: 'pretends' });
    const update = await stack.update({ volumeGiB: settings.volumeGiB + 1 });
    Object.assign(harness.sim.region.behaviour, { boot: 'forwards' });
    const rollback = await stack.update(settings);

    expect(update).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringMatching(/no request passed through i-/),
    });
    expect(rollback).toMatchObject({ Status: 'SUCCESS' });
  });
});

describe('a planned replacement that fails while EC2 takes its time with a launch for the next zone', () => {
  it('is asked about meanwhile, and undone within ten seconds all the same', async () => {
    const harness = await settledHarness({ probe: 'on' });
    const stack = new StackHarness(harness);
    const before = harness.meter.outages().length;
    Object.assign(harness.sim.region.behaviour, { boot: 'pretends' });
    let launches = 0;
    harness.sim.inject({
      call: 'RunInstances',
      when: () => {
        launches += 1;
        return launches > 1;
      },
      fault: { kind: 'slow', ms: 4 * secondMs },
    });
    await stack.update({ volumeGiB: harness.settings.volumeGiB + 1 });
    const outages = harness.meter.outages().slice(before);
    const longestMs = Math.max(...outages.map(({ from, to = Number.POSITIVE_INFINITY }) => to - from));

    expect(launches).toBeGreaterThan(1);
    expect(longestMs).toBeGreaterThan(5 * secondMs);
    expect(longestMs).toBeLessThan(10 * secondMs);
  });
});

describe('a planned replacement in a zone where EC2 refuses something else for good', () => {
  /** Nine minutes of a rebuild, by instances that only say that they forward. */
  async function rebuiltInVain(refuse: (harness: Harness, primary: string) => void) {
    const harness = await settledHarness({ probe: 'on' });
    Object.assign(harness.sim.region.behaviour, { boot: 'pretends' });
    const before = harness.meter.outageMs();
    refuse(harness, interfaceOf(harness, primaryOf(harness, 'a')) ?? '');
    harness.goLive();
    await harness.clock.complete(harness.start({ action: 'rebuild', zone: 'a' }));
    await harness.clock.runFor(9 * minuteMs);
    return { harness, outageMs: harness.meter.outageMs() - before };
  }
  const refused = { kind: 'error', code: 'UnauthorizedOperation', httpStatus: 403 } as const;

  it('is watched and undone as soon as any other', async () => {
    const { harness, outageMs } = await rebuiltInVain(({ sim, settings }, eni) => {
      sim.setSecurityGroups(eni, [...settings.securityGroupIds, 'sg-0123456789abcdef0']);
      sim.inject({
        call: 'ModifyNetworkInterfaceAttribute',
        when: ({ Groups }) => Groups !== undefined,
        fault: refused,
      });
    });

    expect(codesIn(harness)).toContain('cutover-undone');
    expect(outageMs).toBeGreaterThan(0);
    expect(outageMs).toBeLessThan(2 * 10 * secondMs);
  });

  it('is not tried again by the run that could not note that it was undone, nor soon by the next', async () => {
    const isNote = (tags: { Key?: string | undefined }[] | undefined) =>
      tags?.some(({ Key }) => Key === tagKeys.undoneCutovers) === true;
    const { harness, outageMs } = await rebuiltInVain(({ sim }) =>
      sim.inject({ call: 'CreateTags', when: ({ Tags }) => isNote(Tags), fault: refused }),
    );

    expect(codesIn(harness)).toContain('step-failed');
    // Nine runs, of which two try, and two subnets: no more than ten seconds of each.
    expect(outageMs).toBeGreaterThan(0);
    expect(outageMs).toBeLessThan(2 * 2 * 10 * secondMs);
  });
});
