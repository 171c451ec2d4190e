import type { Lab } from '../network/lab.ts';
import type { PutEntry } from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';

/** EventBridge on the internet: whatever an instance puts is handed on. */
export class LabEvents {
  readonly #worker: Worker<object>;

  private constructor(worker: Worker<object>) {
    this.#worker = worker;
  }

  static async start(lab: Lab): Promise<LabEvents> {
    return new LabEvents(await Worker.start(lab.internet.namespace, 'event-bus', {}));
  }

  /** Until the lab is taken down, with which its process ends. */
  onEntry(listener: (entry: PutEntry) => void): void {
    const listen = async (): Promise<never> => {
      for (;;) listener(await this.#worker.nextAnswer<PutEntry>());
    };
    listen().catch(() => undefined);
  }
}
