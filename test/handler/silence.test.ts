import { EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createController } from '../../functions/controller/controller.ts';
import { readBootstrapFiles } from '../../infra/read-bootstrap-files.ts';
import type { Ec2CallName } from '../../shared/aws/api.ts';
import { secondMs } from '../../shared/core/model/time.ts';
import { systemClock } from '../../shared/system-clock.ts';
import { environmentOf } from '../../simulator/harness/environment.ts';
import {
  aliveIn,
  primaryOf,
  settledStage,
  stateChange,
  zoneOf,
} from '../../simulator/harness/settled-stage.ts';
import { Stage } from '../../simulator/harness/stage.ts';
import { type Silence, silentServer } from '../unit/aws/silent-server.ts';

async function broken() {
  const stage = await settledStage();
  const dead = primaryOf(stage, 'a');
  stage.sim.terminateInstance(dead);
  await stage.clock.runFor(secondMs);
  return { stage, event: stateChange(stage, dead, 'shutting-down') };
}

/** What an invocation took, where Lambda did not have to end it. */
function tookMs(stage: Stage): number {
  const { startedAt, endedAt, timedOutAfterMs } = stage.invocations.at(-1) ?? {};
  expect(timedOutAfterMs).toBeUndefined();
  return (endedAt ?? Number.NaN) - (startedAt ?? Number.NaN);
}

const calls = [
  'DescribeInstances',
  'DescribeNetworkInterfaces',
  'DescribeAddresses',
  'DescribeRouteTables',
  'DescribeSubnets',
  'DescribeImages',
  'CreateNetworkInterface',
  'ModifyNetworkInterfaceAttribute',
  'AssociateAddress',
  'ReplaceRoute',
  'RunInstances',
] as const satisfies readonly Ec2CallName[];

describe('an EC2 that accepts connections and never answers', () => {
  it.each([true, false])('any call (which happens: %s): the run ends in a report', async (happens) => {
    const { stage, event } = await broken();
    const silence = stage.sim.injectEverywhere({ call: '*', fault: { kind: 'silence', happens } });
    const report = await stage.invoke(event);

    expect(tookMs(stage)).toBeLessThan(57 * secondMs);
    expect(report).toMatchObject({
      outcome: 'attention',
      zones: [{ health: 'unknown' }, { health: 'unknown' }],
    });
    silence.remove();
    expect(zoneOf(await stage.invoke(stage.scheduledEvent()), 'a').health).toBe('healthy');
  });

  describe.each(calls)('%s', (call) => {
    it.each([true, false])('(which happens: %s): the run ends, and the next one heals', async (happens) => {
      const { stage, event } = await broken();
      const silence = stage.sim.inject({ call, fault: { kind: 'silence', happens } });
      const report = await stage.invoke(event);

      expect(tookMs(stage)).toBeLessThan(57 * secondMs);
      expect(report.outcome).not.toBe('ignored');
      silence.remove();
      await stage.clock.runFor(5 * secondMs);
      expect(zoneOf(await stage.invoke(stage.scheduledEvent()), 'a').health).toBe('healthy');
      expect(aliveIn(stage, 'a')).toHaveLength(1);
    });

    it('once: the same run heals', async () => {
      const { stage, event } = await broken();
      stage.sim.inject({ call, times: 1, fault: { kind: 'silence', happens: false } });

      // Without our instances the event may be about anybody's: the next run by the schedule does it.
      const report = await stage.invoke(call === 'DescribeInstances' ? stage.scheduledEvent() : event);
      expect(zoneOf(report, 'a').health).toBe('healthy');
    });
  });
});

describe('the controller with the real SDK before a server on this machine', () => {
  // The SDK's client has no limits of its own here: only the run's can end what is under way.
  it.each<Silence>(['nothing', 'half an answer', 'a trickling head', 'a trickling body'])(
    'that answers with %s ends in a report that says so',
    async (silence) => {
      const { endpoint, close, connections } = await silentServer(silence);
      onTestFinished(close);
      const controller = createController({
        ec2: new EC2Client({
          endpoint,
          region: 'eu-central-1',
          credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
        }),
        putMetricData: () => Promise.resolve(),
        clock: systemClock,
        log: () => undefined,
        env: environmentOf(new Stage().settings),
        bootstrap: readBootstrapFiles(),
        random: () => 0.5,
      });
      // 4 s are kept for the report and the metrics; 0.2 s are left for calls.
      const report = await controller(new Stage().scheduledEvent(), {
        getRemainingTimeInMillis: () => 4_200,
      });

      expect(connections()).toBe(1);
      expect(report.outcome).toBe('attention');
      expect(report.zones[0]?.findings).toContainEqual({
        code: 'unreadable',
        detail: expect.stringMatching(/^DescribeInstances: TimeoutError: no answer within 0\.2 s/),
      });
    },
  );
});
