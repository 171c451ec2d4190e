import type { Ec2Api } from '../../shared/aws/api.ts';
import type { CallingRole } from '../../shared/aws/errors.ts';
import { callOf } from '../../simulator/ec2/calls.ts';
import type { SimulatedClient } from '../../simulator/ec2/client.ts';
import type { Stage } from '../../simulator/harness/stage.ts';
import { authorizationsOf } from './authorizations.ts';
import { parametersOf } from './policies.ts';
import type { Authorization, RecordedCall } from './recorded-call.ts';

type Kept = Omit<RecordedCall, 'test' | 'kind' | 'count'> & { count: number };

/** Listens to the functions of every stage that it is given, and keeps what they ask AWS for. */
export class CallRecorder {
  /** One of each kind, and how many there were. */
  readonly #kept = new Map<string, Kept>();
  readonly #stages: Stage[] = [];

  record(stage: Stage): void {
    this.#stages.push(stage);
    const make = stage.sim.client.bind(stage.sim);
    stage.sim.client = (options) => this.#listening(make(options), roleOf(options?.name), stage);
  }

  /** What was recorded since the last time. */
  take(test: string): readonly RecordedCall[] {
    for (const stage of this.#stages.splice(0)) this.#keepMetrics(stage);
    const calls = [...this.#kept].map(([kind, call]) => ({ ...call, kind, test }));
    this.#kept.clear();
    return calls;
  }

  #listening(client: SimulatedClient, role: CallingRole, stage: Stage): SimulatedClient {
    const send = (...sent: Parameters<Ec2Api['send']>) => {
      const call = callOf(sent[0]);
      const parameters = parametersOf(stage.settings);
      // A stack that the template cannot make has no policies to judge by.
      if (parameters !== undefined) {
        const authorizations = authorizationsOf(call, stage.sim.cloud);
        this.#keep({ role, service: 'ec2', ...call, authorizations, parameters, count: 1 });
      }
      return client.send(...sent);
    };
    return { ...client, send: send as Ec2Api['send'] };
  }

  #keepMetrics(stage: Stage): void {
    const parameters = parametersOf(stage.settings);
    if (parameters === undefined) return;
    for (const input of stage.metrics) {
      const context = { 'cloudwatch:namespace': String(Reflect.get(input, 'Namespace')) };
      const authorization = { action: 'cloudwatch:PutMetricData', resource: '*', context, isThere: true };
      this.#keep({
        role: 'ControllerRole',
        service: 'cloudwatch',
        name: 'PutMetricData',
        input,
        authorizations: [authorization],
        parameters,
        count: 1,
      });
    }
  }

  #keep(call: Kept): void {
    const kind = kindOf(call);
    const alike = this.#kept.get(kind);
    if (alike === undefined) this.#kept.set(kind, call);
    else alike.count += 1;
  }
}

/** Stages and tests name their clients by what runs in them; the controller is what most of them are about. */
function roleOf(clientName: string | undefined): CallingRole {
  return clientName?.startsWith('lifecycle') === true ? 'LifecycleRole' : 'ControllerRole';
}

/** The same for two calls that policies cannot tell apart: ids count by what they are in the stack, not by themselves. */
function kindOf({ role, name, authorizations, parameters }: Kept): string {
  const placesById = new Map(
    Object.entries(parameters).flatMap(([parameter, value]) =>
      [value].flat().map((id): [string, string] => [id, parameter]),
    ),
  );
  const mask = (text: string) =>
    text.replaceAll(/\b[a-z]+-[0-9a-f]{17}\b/g, (id) => placesById.get(id) ?? id.split('-')[0] ?? '');
  const parts = authorizations.map(({ action, resource, context, isThere }) => [
    action,
    mask(resource),
    isThere,
    maskedContext(context, mask),
  ]);
  return JSON.stringify([role, name, parts]);
}

function maskedContext(context: Authorization['context'], mask: (text: string) => string): readonly string[] {
  const isFreeText = (key: string) => /Tag\//.test(key) && !key.endsWith('/phoenat:stack');
  return Object.entries(context)
    .map(([key, value]) => (isFreeText(key) ? key : `${key}=${[value].flat().map(mask).join(',')}`))
    .toSorted();
}
