import { describe, expect, it } from 'vitest';
import { Ec2CallError, type Ec2Caller } from '../../../shared/aws/ec2-caller.ts';
import type { FailureKind } from '../../../shared/core/model/failure.ts';
import type { Step } from '../../../shared/core/model/step.ts';
import { perform } from '../../../shared/loop/perform.ts';
import { id, someSettings } from '../core/a-snapshot.ts';

const terminate: Step = { kind: 'terminate', instanceId: id('instance', 'a1') };
const forget: Step = { kind: 'forget-address', allocationId: id('allocation', 'a') };
const resume: Step = { kind: 'resume', allocationId: id('allocation', 'a') };

function performBefore(answer: () => Promise<object>, step: Step) {
  const ec2: Ec2Caller = {
    call: answer as Ec2Caller['call'],
    counts: () => ({ describe: 0, mutating: 0, failed: 0 }),
    clockOffsetMs: () => 0,
  };
  return perform(step, { ec2, settings: someSettings(), specHash: 'spec', userData: () => '' });
}

function refusing(kind: FailureKind) {
  const failure = { kind, code: 'Code', message: 'no', advice: 'none' };
  return () => Promise.reject(new Ec2CallError('TerminateInstances', failure, undefined));
}

describe('a step that is performed', () => {
  it('has the effect that EC2 answers', async () => {
    expect(await performBefore(async () => ({}), terminate)).toEqual({
      kind: 'answered',
      effect: { kind: 'done' },
    });
  });

  it.each([terminate, forget])('is done where what it removes is gone already: %j', async (step) => {
    expect(await performBefore(refusing('not-found'), step)).toMatchObject({
      kind: 'answered',
      effect: { kind: 'done' },
      notFound: { kind: 'not-found' },
    });
  });

  it.each([
    ['what it changes is not there', resume, 'not-found'],
    ['it may not be done', terminate, 'permission'],
  ] as const)('has failed where %s', async (_case, step, kind) => {
    expect(await performBefore(refusing(kind), step)).toMatchObject({ kind: 'failed', failure: { kind } });
  });

  it('ends the run where something is wrong with us', async () => {
    await expect(performBefore(() => Promise.reject(new TypeError('x')), terminate)).rejects.toThrow(
      TypeError,
    );
  });
});
