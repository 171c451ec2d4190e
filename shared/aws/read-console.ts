import { type BootWord, readBootWord } from '../core/model/boot-word.ts';
import type { InstanceId } from '../core/model/ids.ts';
import { Ec2CallError, type Ec2Caller } from './ec2-caller.ts';

/** 64 KB in base64, with room; a multiple of four, so that what is cut off is whole. */
const maxBase64 = 100_000;

/** It is asked for again within seconds, and every zone's look waits for the answer. */
const maxTries = 1;

/**
 * What an instance's boot has said. `Latest` has the console as it is now, and not as it was when it was last stored; Xen
 * types know no such thing, and EC2 refuses (EC2 API Reference, GetConsoleOutput).
 */
export async function readConsole(ec2: Ec2Caller, instanceId: InstanceId): Promise<BootWord> {
  try {
    const input = { InstanceId: instanceId, Latest: true };
    const answer = await ec2.call('GetConsoleOutput', input, maxTries);
    const base64 = answer.Output ?? '';
    return readBootWord(Buffer.from(base64.slice(-maxBase64), 'base64').toString('latin1'));
  } catch (error) {
    if (error instanceof Ec2CallError) {
      return { kind: 'unknown', why: `${error.failure.code} (${error.failure.advice})` };
    }
    throw error;
  }
}
