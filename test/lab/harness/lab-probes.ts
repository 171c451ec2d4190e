import type { InvokeFunction } from '../../../shared/aws/invoke-probe.ts';
import type { Settings } from '../../../shared/core/model/settings.ts';
import { isStandby } from '../../../shared/core/neighbours/standby.ts';
import { service, webNames } from '../network/address-plan.ts';
import type { Lab } from '../network/lab.ts';
import type { ProbeOrder, ProbeProcessArgument, ProbeReply } from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';

type Invocation = {
  readonly resolve: (reply: ProbeReply) => void;
  readonly reject: (error: unknown) => void;
};

/** Lambda's Invoke of the stack's probes: each is a process in the first private subnet of its zone. */
export class LabProbes {
  readonly #processes: ReadonlyMap<string, ProbeProcess>;

  private constructor(processes: ReadonlyMap<string, ProbeProcess>) {
    this.#processes = processes;
  }

  static async start(lab: Lab, { zones }: Pick<Settings, 'zones'>): Promise<LabProbes> {
    // A standby is asked by the probe of its zone.
    const started = zones.flatMap((zone) =>
      zone.probe === undefined || isStandby(zone)
        ? []
        : [ProbeProcess.start(lab, `${zone.name}1`).then((process) => [zone.probe ?? '', process] as const)],
    );
    return new LabProbes(new Map(await Promise.all(started)));
  }

  readonly invoke: InvokeFunction = async (functionName, payload) => {
    const process = this.#processes.get(functionName);
    if (process === undefined) throw new Error(`no process stands for ${functionName}`);
    const { payload: text, functionError } = await process.invoke(payload);
    const answer = { payload: new TextEncoder().encode(text) };
    return functionError === undefined ? answer : { ...answer, functionError };
  };
}

/** Several invocations may be under way at once, as they are in processes of their own at Lambda. */
class ProbeProcess {
  readonly #worker: Worker<object>;
  readonly #underWay = new Map<number, Invocation>();
  #count = 0;

  private constructor(worker: Worker<object>) {
    this.#worker = worker;
    this.#listen().catch((error: unknown) => {
      for (const { reject } of this.#underWay.values()) reject(error);
    });
  }

  static async start(lab: Lab, host: string): Promise<ProbeProcess> {
    const argument: ProbeProcessArgument = {
      targets: [webNames[0], webNames.at(-1)].map((name) => `https://${name}/`),
      address: service.web,
      certificateFile: lab.internet.certificateFile,
    };
    return new ProbeProcess(await Worker.start(lab.host(host).namespace, 'probe-process', argument));
  }

  invoke(payload: string): Promise<ProbeReply> {
    this.#count += 1;
    const order: ProbeOrder = { id: this.#count, payload };
    return new Promise((resolve, reject) => {
      this.#underWay.set(order.id, { resolve, reject });
      this.#worker.send(JSON.stringify(order));
    });
  }

  async #listen(): Promise<never> {
    for (;;) {
      const reply = await this.#worker.nextAnswer<ProbeReply>();
      this.#underWay.get(reply.id)?.resolve(reply);
      this.#underWay.delete(reply.id);
    }
  }
}
