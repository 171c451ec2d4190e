import { forwardingIsOn } from '../../shared/core/boot-word.ts';
import { type Answer, xmlAnswer } from './ec2-answer.ts';

/** moto's instances print a text of moto's own and boot nothing; this is what an instance of ours prints at the end. */
export function bootsWord(params: URLSearchParams): Answer {
  const output = Buffer.from(`${forwardingIsOn}\n`).toString('base64');
  return xmlAnswer(
    `<GetConsoleOutputResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>harness</requestId><instanceId>${params.get('InstanceId') ?? ''}</instanceId><timestamp>${new Date().toISOString()}</timestamp><output>${output}</output></GetConsoleOutputResponse>`,
  );
}
