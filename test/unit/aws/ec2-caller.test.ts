import { describe, expect, it } from 'vitest';
import { createEc2Caller, Ec2CallError, malformedAnswer } from '../../../shared/aws/ec2-caller.ts';
import { VirtualClock } from '../../simulator/virtual-clock.ts';

const noEc2 = { send: () => Promise.reject(new Error('unexpected call')) };

function thrown(code: string): Error {
  return Object.assign(new Error('no'), { name: code, $metadata: { httpStatusCode: 400 } });
}

function caller(deadlineMs: number) {
  const clock = new VirtualClock(0);
  return { clock, ec2: createEc2Caller({ ec2: noEc2, clock, random: () => 0.5, deadline: deadlineMs }) };
}

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

  it('repeats a throttled call with growing pauses', async () => {
    const { clock, ec2 } = caller(60_000);
    const throttled = thrown('RequestLimitExceeded');

    expect(await clock.complete(ec2.call('ReplaceRoute', answering(throttled, throttled, throttled)))).toBe(
      'done',
    );
    // 500, 1000 and 2000 ms, each three quarters at this jitter.
    expect(clock.now()).toBe(2_625);
    expect(ec2.counts()).toEqual({ describe: 0, mutating: 4, failed: 3 });
  });

  it('gives up after five tries, and before the time is over', async () => {
    const always = () => Promise.reject(thrown('RequestLimitExceeded'));
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

  it('repeats nothing else, and names the call, the code and what to do', async () => {
    const { clock, ec2 } = caller(60_000);
    const run = clock.complete(ec2.call('RunInstances', answering(thrown('VcpuLimitExceeded'))));

    await expect(run).rejects.toThrow(/^RunInstances: VcpuLimitExceeded: no \(raise the quota/);
    await expect(run).rejects.toMatchObject({ call: 'RunInstances', failure: { kind: 'quota' } });
    expect(ec2.counts()).toEqual({ describe: 0, mutating: 1, failed: 1 });
  });

  it('takes an answer that lacks what EC2 always sends for no answer', () => {
    expect(malformedAnswer('RunInstances', 'the id of an instance')).toMatchObject({
      message: expect.stringContaining('the answer came without the id of an instance'),
      failure: { kind: 'no-answer' },
    });
  });
});
