import { errorMessage } from '../core/model/error-message.ts';
import { quote } from '../core/model/quote.ts';
import type { AskedInstance, ProbeOutcome } from '../core/model/reading.ts';
import type { ZoneSettings } from '../core/model/settings.ts';
import { type Clock, type DurationMs, secondMs } from '../core/model/time.ts';
import { textField } from '../events/fields.ts';
import type { CallingRole } from './errors.ts';
import { parseProbeAnswer } from './parse-probe-answer.ts';
import { type ProbeOptions, type ProbeRequest, probeRequest } from './probe-request.ts';
import { within } from './time-limit.ts';

/** What Lambda gives back of an invocation that is waited for. */
export type Invoked = {
  readonly payload: Uint8Array;
  /** Set where the function failed; the payload then says how. */
  readonly functionError?: string;
};

/** Lambda's Invoke, waited for. Rejects as the SDK does. */
export type InvokeFunction = (
  functionName: string,
  payload: string,
  options: { readonly abortSignal: AbortSignal },
) => Promise<Invoked>;

export type ProbeDeps = {
  readonly invokeFunction: InvokeFunction;
  readonly clock: Clock;
  readonly role: CallingRole;
};

/** A probe answers within 2.5 s; a cold start in a VPC takes less than another 2. */
const timeoutMs: DurationMs = 5 * secondMs;
/** Eight health answers and five targets have some 20 kB. */
const maxPayloadBytes = 262_144;

/** Asks a zone's probe. Whatever goes wrong makes the outcome unknown, with the function's name and what to do about it. */
export function createAskProbe(
  deps: ProbeDeps,
): (zone: ZoneSettings, about: readonly AskedInstance[], options?: ProbeOptions) => Promise<ProbeOutcome> {
  return async (zone, about, options) =>
    zone.probe === undefined
      ? { kind: 'unknown', why: `zone ${zone.name} has no probe` }
      : await ask(zone.probe, probeRequest(about, zone, options), deps);
}

async function ask(
  probe: string,
  request: ProbeRequest,
  { invokeFunction, clock, role }: ProbeDeps,
): Promise<ProbeOutcome> {
  try {
    const payload = JSON.stringify(request);
    const invoked = await within(timeoutMs, clock, (abortSignal) =>
      invokeFunction(probe, payload, { abortSignal }),
    );
    return ofProbe(probe, readAnswer(invoked));
  } catch (error) {
    return ofProbe(probe, { kind: 'unknown', why: describe(error, role) });
  }
}

function ofProbe(probe: string, outcome: ProbeOutcome): ProbeOutcome {
  return outcome.kind === 'unknown' ? { ...outcome, why: `probe ${probe}: ${outcome.why}` } : outcome;
}

function readAnswer({ payload, functionError }: Invoked): ProbeOutcome {
  if (payload.byteLength > maxPayloadBytes) {
    return {
      kind: 'unknown',
      why: `it answered with ${payload.byteLength} bytes, which no probe of ours does`,
    };
  }
  const text = new TextDecoder().decode(payload);
  const parsed = parseJson(text);
  if (functionError !== undefined) {
    const type = textField(parsed, 'errorType') ?? functionError;
    const message = textField(parsed, 'errorMessage') ?? text;
    return { kind: 'unknown', why: `it failed: ${quote(type)}: ${quote(message)}; its log says more` };
  }
  return parsed === undefined
    ? { kind: 'unknown', why: `it answered with no JSON: ${quote(text, 200)}` }
    : parseProbeAnswer(parsed);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const toReconnect =
  'Lambda is still connecting it to the VPC, or changing it, which takes minutes; it is asked again';
const toDeploy = 'deploy the stack again, or set Probe=off';

/** By the names of Lambda's errors (Lambda API Reference, "Invoke"). */
const adviceByName: ReadonlyMap<string, string> = new Map([
  [
    'TooManyRequestsException',
    'raise the quota "Concurrent executions" of Lambda in Service Quotas if this repeats',
  ],
  ['ThrottlingException', 'Lambda limits how often it is called in this account; it is asked again'],
  ['EC2ThrottledException', 'EC2 limits how often Lambda calls it in this account; it is asked again'],
  ['ResourceNotFoundException', `the function is gone: ${toDeploy}`],
  ['ResourceNotReadyException', toReconnect],
  ['ResourceConflictException', toReconnect],
  ['SubnetIPAddressLimitReachedException', "free private addresses in the zone's first private subnet"],
  [
    'ENILimitReachedException',
    'raise the quota "Elastic network interfaces per VPC" of Lambda in Service Quotas',
  ],
  [
    'EC2AccessDeniedException',
    "give the stack's ProbeRole back what it needs to be in the VPC: deploy the stack again",
  ],
  ['InvalidSubnetIDException', `the zone's first private subnet is gone: ${toDeploy}`],
  ['InvalidSecurityGroupIDException', `the probe's security group is gone: ${toDeploy}`],
  ['TimeoutError', 'it answers within 3 s whatever the NAT does: look into its log, and at AWS Health'],
  ['AbortError', 'it answers within 3 s whatever the NAT does: look into its log, and at AWS Health'],
]);

function describe(error: unknown, role: CallingRole): string {
  const name = error instanceof Error ? error.name : 'UnknownError';
  const advice =
    name === 'AccessDeniedException'
      ? `allow lambda:InvokeFunction on it in the stack's ${role}, and look for a denying service control policy`
      : adviceByName.get(name);
  const said = `${quote(name)}: ${quote(errorMessage(error))}`;
  return advice === undefined ? said : `${said}; ${advice}`;
}
