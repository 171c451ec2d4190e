import { EC2Client, ReplaceRouteCommand } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { type Ec2Api, ec2Commands } from '../../../shared/aws/api.ts';
import {
  createEc2Caller,
  Ec2CallError,
  type Ec2CallerDeps,
  malformedAnswer,
} from '../../../shared/aws/ec2-caller.ts';
import { InvariantViolation } from '../../../shared/core/model/assert.ts';
import { hourMs } from '../../../shared/core/model/time.ts';
import { VirtualClock } from '../../../simulator/virtual-clock.ts';

type Answer = (abortSignal: AbortSignal) => Promise<unknown>;

const inputs = {
  DescribeSubnets: {},
  ReplaceRoute: { RouteTableId: 'rtb-1' },
  RunInstances: { MinCount: 1, MaxCount: 1 },
};

function thrown(code: string): Error {
  return Object.assign(new Error('no'), { name: code, $metadata: { httpStatusCode: 400 } });
}

type Send = (command: unknown, options: { abortSignal: AbortSignal }) => Promise<unknown>;

/** A caller of the controller's. */
function callerOf(send: Send, clock: VirtualClock, changes: Partial<Ec2CallerDeps> = {}) {
  return createEc2Caller({
    ec2: { send } as unknown as Ec2Api,
    commands: ec2Commands,
    role: 'ControllerRole',
    clock,
    random: () => 0,
    deadline: 60_000,
    cutOff: 60_000,
    ...changes,
  });
}

/** A caller, each of whose calls comes with what EC2 answers to it. */
function caller(deadline: number, random = 0.5, cutOff = deadline + 1_000, maxCalls = 1_000) {
  const clock = new VirtualClock(0);
  let answer: Answer = () => Promise.reject(new Error('unexpected call'));
  const changes = { random: () => random, deadline, cutOff, maxCalls };
  const { call, counts } = callerOf((_command, { abortSignal }) => answer(abortSignal), clock, changes);
  const answeredCall = (name: keyof typeof inputs, answered: Answer) => {
    answer = answered;
    return call(name, inputs[name]);
  };
  return { clock, ec2: { call: answeredCall, counts } };
}

const throttled = thrown('RequestLimitExceeded');

/** Answers with the given errors in turn, then with "done". */
function answering(...errors: Error[]) {
  const rest = [...errors];
  return () => {
    const next = rest.shift();
    return next === undefined ? Promise.resolve('done') : Promise.reject(next);
  };
}

describe('an EC2 caller', () => {
  it('gives the answer and counts the call as what it is', async () => {
    const { clock, ec2 } = caller(60_000);

    expect(await clock.complete(ec2.call('DescribeSubnets', answering()))).toBe('done');
    expect(await clock.complete(ec2.call('ReplaceRoute', answering()))).toBe('done');
    expect(ec2.counts()).toEqual({ describe: 1, mutating: 1, failed: 0 });
  });

  it('sends the command of the call with its input', async () => {
    const sent: unknown[] = [];
    const send = (command: unknown) => Promise.resolve(sent.push(command));
    const clock = new VirtualClock(0);
    const ec2 = callerOf(send, clock);
    await clock.complete(ec2.call('ReplaceRoute', inputs.ReplaceRoute));

    expect(sent).toEqual([expect.any(ReplaceRouteCommand)]);
    expect(sent).toMatchObject([{ input: inputs.ReplaceRoute }]);
  });

  it("makes no call that is not among its function's: what the role may not do is not tried", async () => {
    const sent: unknown[] = [];
    const clock = new VirtualClock(0);
    const ec2 = callerOf((command) => Promise.resolve(sent.push(command)), clock);

    await expect(clock.complete(ec2.call('DeleteRoute', inputs.ReplaceRoute))).rejects.toThrow(
      InvariantViolation,
    );
    expect(sent).toEqual([]);
    expect(ec2.counts()).toEqual({ describe: 0, mutating: 0, failed: 0 });
  });

  it('repeats a throttled call with growing pauses', async () => {
    const { clock, ec2 } = caller(60_000);
    expect(await clock.complete(ec2.call('ReplaceRoute', answering(throttled, throttled, throttled)))).toBe(
      'done',
    );
    // 500, 1000 and 2000 ms, each three quarters at this jitter.
    expect(clock.now()).toBe(2_625);
    expect(ec2.counts()).toEqual({ describe: 0, mutating: 4, failed: 3 });
  });

  it('gives up after five tries, and before the time is over', async () => {
    const always = () => Promise.reject(throttled);
    const patient = caller(60_000);
    const hurried = caller(1_000);

    await expect(patient.clock.complete(patient.ec2.call('ReplaceRoute', always))).rejects.toThrow(
      Ec2CallError,
    );
    expect(patient.ec2.counts().mutating).toBe(5);
    await expect(hurried.clock.complete(hurried.ec2.call('ReplaceRoute', always))).rejects.toThrow(
      Ec2CallError,
    );
    expect(hurried.clock.now()).toBeLessThan(1_000);
  });

  it.each([
    [0, 3_750],
    [0.5, 5_625],
    [1, 7_500],
  ])('pauses half by plan and half by chance: at %f, four pauses of %i ms', async (random, pausesMs) => {
    const { clock, ec2 } = caller(60_000, random);
    await clock.complete(ec2.call('ReplaceRoute', answering(throttled, throttled, throttled, throttled)));

    expect(clock.now()).toBe(pausesMs);
  });

  it('starts no pause that would end at the deadline or later', async () => {
    const justEnough = caller(376);
    const notEnough = caller(375);

    expect(await justEnough.clock.complete(justEnough.ec2.call('ReplaceRoute', answering(throttled)))).toBe(
      'done',
    );
    await expect(
      notEnough.clock.complete(notEnough.ec2.call('ReplaceRoute', answering(throttled))),
    ).rejects.toMatchObject({ failure: { kind: 'throttled' } });
    expect(notEnough.clock.now()).toBe(0);
    expect(notEnough.ec2.counts()).toEqual({ describe: 0, mutating: 1, failed: 1 });
  });

  it('starts anew with every call: tries and pauses', async () => {
    const { clock, ec2 } = caller(60_000);
    await clock.complete(ec2.call('DescribeSubnets', answering(throttled)));
    await clock.complete(ec2.call('DescribeSubnets', answering(throttled)));

    expect(clock.now()).toBe(2 * 375);
    expect(ec2.counts()).toEqual({ describe: 4, mutating: 0, failed: 2 });
  });

  it('counts for everybody who holds a count of before, as it was', async () => {
    const { clock, ec2 } = caller(60_000);
    const before = ec2.counts();
    await clock.complete(ec2.call('DescribeSubnets', answering()));

    expect(before).toEqual({ describe: 0, mutating: 0, failed: 0 });
  });

  it.each([
    'InsufficientInstanceCapacity',
    'InternalError',
    'InvalidInstanceID.NotFound',
    'IncorrectState',
    'TimeoutError',
    'UnauthorizedOperation',
  ])('does not repeat a call after %s: what comes next is decided anew', async (code) => {
    const { clock, ec2 } = caller(60_000);
    const run = clock.complete(ec2.call('RunInstances', answering(thrown(code))));

    await expect(run).rejects.toMatchObject({ failure: { code } });
    expect(clock.now()).toBe(0);
    expect(ec2.counts()).toEqual({ describe: 0, mutating: 1, failed: 1 });
  });

  it('repeats a throttled call only as long as it is throttled', async () => {
    const { clock, ec2 } = caller(60_000);
    const run = clock.complete(ec2.call('RunInstances', answering(throttled, thrown('VcpuLimitExceeded'))));

    await expect(run).rejects.toMatchObject({ failure: { kind: 'quota' } });
    expect(ec2.counts().mutating).toBe(2);
  });

  describe('before an EC2 that accepts connections and never answers', () => {
    const never = () => new Promise<never>(() => undefined);

    it('gives one call up before it has used the whole run up', async () => {
      const { clock, ec2 } = caller(60_000);

      await expect(clock.complete(ec2.call('DescribeSubnets', never))).rejects.toMatchObject({
        failure: { kind: 'no-answer', code: 'TimeoutError', message: 'no answer within 15 s' },
      });
      expect(clock.now()).toBe(15_000);
      expect(ec2.counts()).toEqual({ describe: 1, mutating: 0, failed: 1 });
    });

    it('waits for nothing past the cut-off, and sends nothing after it', async () => {
      const { clock, ec2 } = caller(1_000, 0.5, 4_000);
      await expect(clock.complete(ec2.call('RunInstances', never))).rejects.toThrow('no answer within 4 s');
      const asked: string[] = [];
      const late = ec2.call('RunInstances', () => Promise.resolve(asked.push('again')));

      await expect(clock.complete(late)).rejects.toMatchObject({
        failure: { kind: 'no-answer', code: 'OutOfTime' },
      });
      expect(asked).toEqual([]);
      expect(clock.now()).toBe(4_000);
      expect(ec2.counts()).toEqual({ describe: 0, mutating: 1, failed: 1 });
    });

    it('tells EC2’s client to let go, and leaves no timer behind where an answer came', async () => {
      const { clock, ec2 } = caller(60_000, 0, 60_000);
      const signals: AbortSignal[] = [];
      const fake = (abortSignal: AbortSignal) => {
        signals.push(abortSignal);
        return signals.length === 1 ? Promise.resolve('answered') : never();
      };
      const ask = () => ec2.call('DescribeSubnets', fake);

      expect(await clock.complete(ask())).toBe('answered');
      await clock.runFor(59_000);
      await expect(clock.complete(ask())).rejects.toThrow('no answer within 1 s');
      expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
    });
  });

  it('sends nothing after the most calls of a run, repetitions counted', async () => {
    const { clock, ec2 } = caller(60_000, 0, 60_000, 3);
    await clock.complete(ec2.call('RunInstances', answering(throttled)));
    await clock.complete(ec2.call('DescribeSubnets', answering()));

    await expect(clock.complete(ec2.call('DescribeSubnets', answering()))).rejects.toMatchObject({
      failure: { kind: 'no-answer', code: 'OutOfCalls' },
    });
    expect(ec2.counts()).toMatchObject({ describe: 1, mutating: 2 });
  });

  it('keeps what was thrown as the cause', async () => {
    const { clock, ec2 } = caller(60_000);
    const cause = thrown('VcpuLimitExceeded');

    await expect(clock.complete(ec2.call('RunInstances', answering(cause)))).rejects.toMatchObject({ cause });
  });

  it('repeats nothing else, and names the call, the code and what to do', async () => {
    const { clock, ec2 } = caller(60_000);
    const run = clock.complete(ec2.call('RunInstances', answering(thrown('VcpuLimitExceeded'))));

    await expect(run).rejects.toThrow(/^RunInstances: VcpuLimitExceeded: no \(raise the quota/);
    await expect(run).rejects.toMatchObject({ call: 'RunInstances', failure: { kind: 'quota' } });
    expect(ec2.counts()).toEqual({ describe: 0, mutating: 1, failed: 1 });
  });

  it('takes an answer that lacks what EC2 always sends for no answer', () => {
    expect(malformedAnswer('RunInstances', 'the id of an instance')).toMatchObject({
      name: 'Ec2CallError',
      message:
        'RunInstances: MalformedAnswer: the answer came without the id of an instance (EC2 is called again; if this repeats, update Phoenat)',
      call: 'RunInstances',
      failure: { kind: 'no-answer', code: 'MalformedAnswer' },
    });
  });
});

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
