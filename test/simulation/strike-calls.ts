import type { Ec2CallName } from '../../shared/aws/api.ts';
import { assertNever } from '../../shared/core/assert.ts';
import { secondMs } from '../../shared/core/time.ts';
import type { InjectionHandle, Fault as WireFault } from '../simulator/faults.ts';
import type { Field } from './field.ts';
import type { CallChoice, Fault, FaultKind, FaultOf } from './schedule.ts';

type Trouble = FaultOf<
  | 'no-capacity'
  | 'quota-exceeded'
  | 'calls-throttled'
  | 'calls-failed'
  | 'answers-lost'
  | 'requests-lost'
  | 'answers-slow'
  | 'permission-removed'
  | 'reads-stale'
  | 'controller-killed'
>;

const callFaultKinds: readonly FaultKind[] = [
  'calls-throttled',
  'calls-failed',
  'answers-lost',
  'requests-lost',
  'answers-slow',
  'permission-removed',
  'reads-stale',
  'controller-killed',
];

/** Whether the fault can also meet the function that deletes the stack. */
export function isAboutCalls({ kind }: Fault): boolean {
  return callFaultKinds.includes(kind);
}

/** How long the SDK waits for an answer that does not come: beyond the client's own time-out. */
const lostAfterMs = 10 * secondMs;

/** What EC2, the network or IAM does to calls, and what Lambda does to their caller. */
export function strikeCalls(fault: Trouble, field: Field): void {
  field.note(JSON.stringify(fault));
  switch (fault.kind) {
    case 'no-capacity':
      takeCapacity(fault, field);
      break;
    case 'quota-exceeded': {
      const call = fault.quota === 'VcpuLimitExceeded' ? 'RunInstances' : 'CreateNetworkInterface';
      forAWhile(fault, call, { kind: 'error', code: fault.quota }, field);
      break;
    }
    case 'permission-removed':
      forAWhile(fault, fault.call, { kind: 'error', code: 'UnauthorizedOperation', httpStatus: 403 }, field);
      break;
    case 'reads-stale':
      forAWhile(fault, fault.call, { kind: 'stale', byMs: fault.byMs }, field, fault.each);
      break;
    case 'calls-throttled':
      nextCalls(fault, { kind: 'throttle' }, field);
      break;
    case 'calls-failed':
      nextCalls(fault, { kind: 'error', code: 'InternalError', httpStatus: 500 }, field);
      break;
    case 'answers-lost':
      nextCalls(fault, { kind: 'lost-answer', afterMs: lostAfterMs }, field);
      break;
    case 'requests-lost':
      nextCalls(fault, { kind: 'lost-request', afterMs: lostAfterMs }, field);
      break;
    case 'answers-slow':
      nextCalls(fault, { kind: 'slow', ms: 8 * secondMs }, field);
      break;
    case 'controller-killed':
      kill(fault, field);
      break;
    default:
      assertNever(fault);
  }
}

function isMeant(choice: CallChoice, name: Ec2CallName, field: Field): boolean {
  return (
    choice === 'every call' ||
    choice === name ||
    (choice === 'every change' && field.stage.sim.isMutating(name))
  );
}

function takeCapacity({ zone, types, forMs }: FaultOf<'no-capacity'>, field: Field): void {
  const { instanceTypes } = field.stage.settings;
  const gone = types === 'first' ? instanceTypes.slice(0, 1) : instanceTypes;
  const shortages = gone.map((type) => field.stage.sim.withoutCapacity(type, field.zone(zone).name));
  field.lasting(forMs, () => {
    for (const shortage of shortages) shortage.restore();
  });
}

/** A stale answer is one of a Describe call; the other faults hit any call that is meant. */
function forAWhile(
  { forMs }: { readonly forMs: number },
  choice: CallChoice,
  fault: WireFault,
  field: Field,
  each = 1,
): void {
  let met = 0;
  const handle = field.stage.sim.injectEverywhere({
    call: '*',
    when: (name) => {
      if (!isMeant(choice, name, field) || (fault.kind === 'stale' && field.stage.sim.isMutating(name))) {
        return false;
      }
      met += 1;
      return met % each === 0;
    },
    fault,
  });
  field.lasting(forMs, () => handle.remove());
}

function nextCalls(
  { call, times }: { readonly call: CallChoice; readonly times: number },
  fault: WireFault,
  field: Field,
): void {
  field.stage.sim.injectEverywhere({
    call: '*',
    when: (name) => isMeant(call, name, field),
    times,
    fault,
  });
}

function kill({ call, when, survives }: FaultOf<'controller-killed'>, field: Field): void {
  let met = 0;
  const handle: InjectionHandle = field.stage.sim.injectEverywhere({
    call: '*',
    when: (name) => {
      if (!isMeant(call, name, field)) return false;
      met += 1;
      return met > survives;
    },
    times: 1,
    fault: { kind: 'crash', when },
  });
  // One that never came to be is not kept for the end.
  field.lasting(5 * 60 * secondMs, () => handle.remove());
}
