import { EC2Client, ReplaceRouteCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ec2Commands } from '../../../shared/aws/api.ts';
import { createEc2Caller } from '../../../shared/aws/ec2-caller.ts';
import type { ControllerStep } from '../../../shared/core/model/step.ts';
import { zonePlan } from '../../../shared/core/plan/zone-plan.ts';
import { actOnZone } from '../../../shared/loop/perform-plan.ts';
import { startRun } from '../../../shared/loop/run.ts';
import { VirtualClock } from '../../../simulator/virtual-clock.ts';
import { id, someSettings, zoneName } from '../core/a-snapshot.ts';

const ec2 = mockClient(EC2Client);
afterAll(() => ec2.restore());
const a = zoneName('a');

function refused(code: string, httpStatus: number): Error {
  return Object.assign(new Error('no'), { name: code, $metadata: { httpStatusCode: httpStatus } });
}

function aRun() {
  const clock = new VirtualClock(0);
  const run = startRun([a], 0, 0);
  const zone = run.zones.get(a);
  if (zone === undefined) throw new Error('no zone a');
  const caller = createEc2Caller({
    role: 'ControllerRole',
    commands: ec2Commands,
    ec2: new EC2Client({ region: 'eu-central-1' }),
    clock,
    random: () => 0,
    deadline: 0,
    cutOff: 1,
  });
  const ec2Context = { ec2: caller, settings: someSettings(), specHash: 'spec', userData: () => '' };
  const perform = async (step: ControllerStep) => {
    const deps = { ec2Context, clock, log: () => undefined };
    await clock.complete(actOnZone(zonePlan(a, { waves: [[step]] }), run, zone, deps));
    return { pauseMs: zone.retryAt - clock.now(), result: zone.steps.at(-1)?.result.kind };
  };
  return { perform };
}

const route: ControllerStep = {
  kind: 'set-default-route',
  routeTableId: id('routeTable', 'a1'),
  exists: true,
  to: { kind: 'interface', id: id('interface', 'a1') },
};

beforeEach(() => ec2.reset());

describe('a zone whose calls fail', () => {
  it('pauses longer each time, and short again after a success', async () => {
    const broken = refused('InternalError', 500);
    ec2.on(ReplaceRouteCommand).rejectsOnce(broken).rejectsOnce(broken).resolvesOnce({}).rejects(broken);
    const { perform } = aRun();

    const pauses = [];
    for (let nth = 0; nth < 4; nth += 1) {
      const { pauseMs, result } = await perform(route);
      pauses.push(result === 'done' ? 'done' : pauseMs);
    }

    expect(pauses).toEqual([1_000, 2_000, 'done', 1_000]);
  });
});

describe('what was to be removed and is gone', () => {
  it('is removed: a run beside this one, or a person, was faster', async () => {
    ec2.on(TerminateInstancesCommand).rejects(refused('InvalidInstanceID.NotFound', 400));

    expect(await aRun().perform({ kind: 'terminate', instanceId: id('instance', 'a1') })).toMatchObject({
      result: 'done',
    });
  });

  it('and what was to be changed and is gone is not changed', async () => {
    ec2.on(ReplaceRouteCommand).rejects(refused('InvalidRouteTableID.NotFound', 400));

    expect(await aRun().perform(route)).toMatchObject({ result: 'failed' });
  });
});
