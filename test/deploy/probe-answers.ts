import { field, textField } from '../../shared/events/fields.ts';
import type { Answer } from './ec2-answer.ts';
import type { Ec2Call } from './ec2-call.ts';

/** What is known of an instance that was launched: the hash of its spec, and why it cannot forward where that is so. */
type Launched = { readonly spec: string; readonly why: string | undefined };

/** No packet passes here; the probes that are asked say what they would find where the boots went as they are said to. */
export class ProbeAnswers {
  readonly #launched = new Map<string, Launched>();
  /** How often each function was asked. */
  readonly asked = new Map<string, number>();

  launched({ params }: Ec2Call, instanceIds: Iterable<string>, why: string | undefined): void {
    const keys = [...params].filter(([, value]) => value === 'phoenat:spec').map(([key]) => key);
    const spec = params.get((keys[0] ?? '').replace(/Key$/, 'Value')) ?? '';
    for (const id of instanceIds) this.#launched.set(id, { spec, why });
  }

  /** The name of the probe that a request invokes: told by what it is asked, since a long stack's name leaves no room for it. */
  static probeIn(path: string, body: Buffer): string | undefined {
    const name = /^\/2015-03-31\/functions\/([^/]*)\/invocations/.exec(path)?.[1];
    return name !== undefined && body.toString().startsWith('{"instances":[') ? name : undefined;
  }

  answer(probe: string, request: Buffer): Answer {
    this.asked.set(probe, (this.asked.get(probe) ?? 0) + 1);
    const given: unknown = field(JSON.parse(request.toString()), 'instances');
    const ids = (Array.isArray(given) ? given : []).flatMap((entry) => textField(entry, 'instanceId') ?? []);
    const passes = ids.every((id) => this.#launched.get(id)?.why === undefined);
    const result = passes
      ? { kind: 'answered', status: 200 }
      : { kind: 'failed', why: 'no answer within 1500 ms' };
    const body = Buffer.from(
      JSON.stringify({
        targets: [{ target: 'https://checkip.amazonaws.com/', tookMs: 40, result }],
        instances: ids.map((instanceId) => ({ instanceId, tookMs: 4, result: this.#healthOf(instanceId) })),
      }),
    );
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }

  #healthOf(instanceId: string): object {
    const launched = this.#launched.get(instanceId);
    if (launched === undefined) return { kind: 'no-answer', why: 'connect ECONNREFUSED' };
    const isWell = launched.why === undefined;
    const health = {
      ok: isWell,
      ready: isWell,
      problems: isWell ? [] : [{ what: launched.why, forSeconds: 60 }],
      forwarding: isWell,
      redirects: false,
      masquerade: isWell,
      filter: true,
      nameFilter: null,
      egress: isWell,
      connections: { used: 1, most: 65_536 },
      lastMinute: null,
      boot: { address: 4 },
      uptimeSeconds: 60,
      spec: launched.spec,
    };
    return { kind: 'answered', health };
  }
}
