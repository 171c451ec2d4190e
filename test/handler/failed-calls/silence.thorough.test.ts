import { EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createController } from '../../../functions/controller/controller.ts';
import type { Ec2CallName } from '../../../shared/aws/api.ts';
import { secondMs } from '../../../shared/core/model/time.ts';
import { systemClock } from '../../../shared/system-clock.ts';
import { environmentOf } from '../../../simulator/harness/environment.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { prepareOnce } from '../../../simulator/harness/prepare-once.ts';
import {
  aliveIn,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';
import { everyCase } from '../../every-case.ts';
import { type Silence, silentServer } from '../../unit/aws/silent-server.ts';

async function broken() {
  const harness = await settledHarness();
  const dead = primaryOf(harness, 'a');
  harness.sim.terminateInstance(dead);
  await harness.clock.runFor(secondMs);
  return { harness, event: stateChange(harness, dead, 'shutting-down') };
}

/** What an invocation took, where Lambda did not have to end it. */
function tookMs(harness: Harness): number {
  const { startedAt, endedAt, timedOutAfterMs } = harness.invocations.at(-1) ?? {};
  expect(timedOutAfterMs).toBeUndefined();
  return (endedAt ?? Number.NaN) - (startedAt ?? Number.NaN);
}

const calls: readonly Ec2CallName[] = everyCase(
  ['DescribeRouteTables', 'RunInstances'],
  [
    'DescribeInstances',
    'AssociateAddress',
    'DescribeNetworkInterfaces',
    'DescribeAddresses',
    'DescribeSubnets',
    'DescribeImages',
    'CreateNetworkInterface',
    'ModifyNetworkInterfaceAttribute',
    'ReplaceRoute',
  ],
);

describe('an EC2 that accepts connections and never answers', () => {
  it.each([true, false])('any call (which happens: %s): the run ends in a report', async (happens) => {
    const { harness, event } = await broken();
    const silence = harness.sim.injectEverywhere({ call: '*', fault: { kind: 'silence', happens } });
    const report = await harness.invoke(event);

    expect(tookMs(harness)).toBeLessThan(57 * secondMs);
    expect(report).toMatchObject({
      outcome: 'attention',
      zones: [{ health: 'unknown' }, { health: 'unknown' }],
    });
    silence.remove();
    expect(zoneOf(await harness.invoke(harness.scheduledEvent()), 'a').health).toBe('healthy');
  });

  describe.each(calls)('%s', (call) => {
    it.each([true, false])('(which happens: %s): the run ends, and the next one heals', async (happens) => {
      const { harness, event } = await broken();
      const silence = harness.sim.inject({ call, fault: { kind: 'silence', happens } });
      const report = await harness.invoke(event);

      expect(tookMs(harness)).toBeLessThan(57 * secondMs);
      expect(report.outcome).not.toBe('ignored');
      silence.remove();
      await harness.clock.runFor(5 * secondMs);
      expect(zoneOf(await harness.invoke(harness.scheduledEvent()), 'a').health).toBe('healthy');
      expect(aliveIn(harness, 'a')).toHaveLength(1);
    });

    it('once: the same run heals', async () => {
      const { harness, event } = await broken();
      harness.sim.inject({ call, times: 1, fault: { kind: 'silence', happens: false } });

      // Without our instances the event may be about anybody's: the next run by the schedule does it.
      const report = await harness.invoke(call === 'DescribeInstances' ? harness.scheduledEvent() : event);
      expect(zoneOf(report, 'a').health).toBe('healthy');
    });
  });
});

describe('the controller with the real SDK before a server on this machine', () => {
  // The SDK's client has no limits of its own here: only the run's can end what is under way.
  it.each<Silence>(everyCase(['nothing', 'a trickling body'], ['half an answer', 'a trickling head']))(
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
        env: environmentOf(new Harness().settings),
        prepare: prepareOnce,
        random: () => 0.5,
      });
      // 4 s are kept for the report and the metrics; 0.2 s are left for calls.
      const report = await controller(new Harness().scheduledEvent(), {
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
