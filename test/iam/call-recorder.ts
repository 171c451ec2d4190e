import type { Ec2Api } from '../../shared/aws/api.ts';
import type { CallingRole } from '../../shared/aws/errors.ts';
import { callOf } from '../../simulator/ec2/calls.ts';
import type { SimulatedClient } from '../../simulator/ec2/client.ts';
import type { Harness } from '../../simulator/harness/harness.ts';
import { authorizationsOf } from './authorizations.ts';
import { parametersOf } from './policies.ts';
import type { Authorization, RecordedCall } from './recorded-call.ts';

type Kept = Omit<RecordedCall, 'test' | 'kind' | 'count'> & { count: number };

/** Listens to the functions of every harness that it is given, and keeps what they ask AWS for. */
export class CallRecorder {
  /** One of each kind, and how many there were. */
  readonly #kept = new Map<string, Kept>();
  readonly #harnesses: Harness[] = [];

  record(harness: Harness): void {
    this.#harnesses.push(harness);
    const make = harness.sim.client.bind(harness.sim);
    harness.sim.client = (options) => this.#listening(make(options), roleOf(options?.name), harness);
  }

  /** What was recorded since the last time. */
  take(test: string): readonly RecordedCall[] {
    for (const harness of this.#harnesses.splice(0)) this.#keepMetrics(harness);
    const calls = [...this.#kept].map(([kind, call]) => ({ ...call, kind, test }));
    this.#kept.clear();
    return calls;
  }

  #listening(client: SimulatedClient, role: CallingRole, harness: Harness): SimulatedClient {
    const send = (...sent: Parameters<Ec2Api['send']>) => {
      const call = callOf(sent[0]);
      const parameters = parametersOf(harness.settings);
      // A stack that the template cannot make has no policies to judge by.
      if (parameters !== undefined) {
        const authorizations = authorizationsOf(call, harness.sim.region);
        this.#keep({ role, service: 'ec2', ...call, authorizations, parameters, count: 1 });
      }
      return client.send(...sent);
    };
    return { ...client, send: send as Ec2Api['send'] };
  }

  #keepMetrics(harness: Harness): void {
    const parameters = parametersOf(harness.settings);
    if (parameters === undefined) return;
    for (const input of harness.metrics) {
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
