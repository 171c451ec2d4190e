import { cannotForward, forwardingIsOn } from '../../shared/core/model/boot-word.ts';
import { type Answer, xmlAnswer } from './ec2-answer.ts';
import type { Ec2Call } from './ec2-call.ts';

/** Launches whose instances cannot forward, and why not. */
export type BadBoot = { readonly where: (launch: Ec2Call) => boolean; readonly why: string };

/** moto's instances boot nothing, and print a text of moto's own; these print what the boot files of ours do in the end. */
export class BootsWords {
  readonly bad = new Set<BadBoot>();
  readonly #consoles = new Map<string, string>();

  /** Gives why these instances cannot forward; nothing where they can. */
  launched(call: Ec2Call, instanceIds: Iterable<string>): string | undefined {
    const bad = [...this.bad].find(({ where }) => where(call));
    for (const id of instanceIds) {
      this.#consoles.set(id, bad === undefined ? forwardingIsOn : `${cannotForward}${bad.why}`);
    }
    return bad?.why;
  }

  answer({ params }: Ec2Call): Answer {
    const id = params.get('InstanceId') ?? '';
    const output = Buffer.from(`${this.#consoles.get(id) ?? ''}\n`).toString('base64');
    return xmlAnswer(
      `<GetConsoleOutputResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>harness</requestId><instanceId>${id}</instanceId><timestamp>${new Date().toISOString()}</timestamp><output>${output}</output></GetConsoleOutputResponse>`,
    );
  }
}
