import { describe, expect, it } from 'vitest';
import { Ec2CallError, type Ec2Caller, malformedAnswer } from '../../../shared/aws/ec2-caller.ts';
import { readConsole } from '../../../shared/aws/read-console.ts';
import { id } from '../core/a-snapshot.ts';

const instanceId = id('instance', 'a1');

function ec2With(answer: () => Promise<object>): Ec2Caller {
  return {
    call: answer as Ec2Caller['call'],
    counts: () => ({ describe: 0, mutating: 0, failed: 0 }),
    clockOffsetMs: () => 0,
  };
}

const saying = (text: string) =>
  readConsole(
    ec2With(async () => ({ Output: Buffer.from(text).toString('base64') })),
    instanceId,
  );

describe('a console', () => {
  it('is read from its end, however long it is', async () => {
    const long = 'x'.repeat(150_001);

    expect(await saying(`${long}\nphoenat: forwarding is on\n`)).toEqual({ kind: 'forwards' });
    expect(await saying(`phoenat: forwarding is on\n${long}`)).toEqual({ kind: 'silent' });
  });

  it('says nothing where EC2 has none, or refuses it; any other error is a mistake of ours', async () => {
    const refusal = malformedAnswer('GetConsoleOutput', 'anything');
    const failing = (error: Error) =>
      readConsole(
        ec2With(() => Promise.reject(error)),
        instanceId,
      );

    expect(refusal).toBeInstanceOf(Ec2CallError);
    expect(
      await readConsole(
        ec2With(async () => ({})),
        instanceId,
      ),
    ).toMatchObject({ kind: 'unknown' });
    expect(await failing(refusal)).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('Malformed'),
    });
    await expect(failing(new TypeError('x is undefined'))).rejects.toThrow(TypeError);
  });
});
