import { EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { ec2Commands } from '../../../shared/aws/api.ts';
import { createEc2Caller } from '../../../shared/aws/ec2-caller.ts';
import { hourMs } from '../../../shared/core/model/time.ts';

/** The real client, whose requests are answered on this machine with that date. */
function clientAnsweredAt(date: () => string): EC2Client {
  const body = '<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>';
  return new EC2Client({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: {
      handle: () =>
        Promise.resolve({
          response: { statusCode: 200, headers: { date: date() }, body: new Blob([body]).stream() },
        }),
    },
  });
}

async function offsetLearned(date: () => string): Promise<number> {
  const caller = createEc2Caller({
    ec2: clientAnsweredAt(date),
    commands: ec2Commands,
    role: 'ControllerRole',
    clock: { now: () => Date.now(), sleep: () => Promise.resolve(), after: () => () => undefined },
    random: () => 0,
    deadline: Number.POSITIVE_INFINITY,
    cutOff: Number.POSITIVE_INFINITY,
  });
  await caller.call('DescribeInstances', {});
  return caller.clockOffsetMs();
}

describe("the difference between this machine's clock and EC2's", () => {
  it.each([3 * hourMs, -1.5 * hourMs])('is learned from an answer: %d ms', async (offsetMs) => {
    const learned = await offsetLearned(() => new Date(Date.now() + offsetMs).toUTCString());

    expect(Math.abs(learned - offsetMs)).toBeLessThan(5_000);
  });

  it.each([
    ['is too small to be told from the way of the answer', () => new Date().toUTCString()],
    ['is not told', () => 'yesterday'],
  ])('is none where it %s', async (_case, date) => {
    expect(await offsetLearned(date)).toBe(0);
  });
});
