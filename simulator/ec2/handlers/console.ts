import type { Ec2Input, Ec2Output } from '../../../shared/aws/api.ts';
import { allowOnly } from '../calls.ts';
import type { Region } from '../region.ts';
import { findInstance } from '../resources.ts';

/** What the instance has printed, as far as EC2 shows it yet; no output at all where it shows nothing. */
export function getConsoleOutput(
  region: Region,
  input: Ec2Input<'GetConsoleOutput'>,
): Ec2Output<'GetConsoleOutput'> {
  allowOnly('GetConsoleOutput', input, ['InstanceId', 'Latest']);
  const instance = findInstance(region, input.InstanceId);
  const now = region.clock.now();
  const lines = instance.console.filter(({ shownFrom }) => shownFrom <= now);
  const text = lines.map(({ line }, nth) => `[${nth}.000000] cloud-init[1234]: ${line}\r\n`).join('');
  return {
    InstanceId: instance.id,
    Timestamp: new Date(now),
    ...(text === '' ? {} : { Output: Buffer.from(text).toString('base64') }),
  };
}
