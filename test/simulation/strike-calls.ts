import type { Ec2CallName } from '../../shared/aws/api.ts';
import { assertNever } from '../../shared/core/model/assert.ts';
import { secondMs } from '../../shared/core/model/time.ts';
import type { InjectionHandle, Fault as WireFault } from '../../simulator/faults.ts';
import type { Field } from './field.ts';
import type { CallChoice, Fault, FaultKind, FaultOf } from './schedule.ts';
import type { Struck } from './struck.ts';

type Trouble = FaultOf<
  | 'no-capacity'
  | 'quota-exceeded'
  | 'volume-key-refused'
  | 'calls-throttled'
  | 'calls-failed'
  | 'answers-lost'
  | 'requests-lost'
  | 'answers-slow'
  | 'calls-unanswered'
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
  'calls-unanswered',
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
export function strikeCalls(fault: Trouble, field: Field): Struck {
  field.note(JSON.stringify(fault));
  switch (fault.kind) {
    case 'no-capacity':
      return takeCapacity(fault, field);
    case 'quota-exceeded': {
      const call = fault.quota === 'VcpuLimitExceeded' ? 'RunInstances' : 'CreateNetworkInterface';
      return forAWhile(fault, call, { kind: 'error', code: fault.quota }, field);
    }
    case 'permission-removed':
      return forAWhile(
        fault,
        fault.call,
        { kind: 'error', code: 'UnauthorizedOperation', httpStatus: 403 },
        field,
      );
    case 'reads-stale':
      return forAWhile(fault, fault.call, { kind: 'stale', byMs: fault.byMs }, field, fault.each);
    case 'calls-throttled':
      return nextCalls(fault, { kind: 'throttle' }, field);
    case 'calls-failed':
      return nextCalls(fault, { kind: 'error', code: 'InternalError', httpStatus: 500 }, field);
    case 'answers-lost':
      return nextCalls(fault, { kind: 'lost-answer', afterMs: lostAfterMs }, field);
    case 'requests-lost':
      return nextCalls(fault, { kind: 'lost-request', afterMs: lostAfterMs }, field);
    case 'answers-slow':
      return nextCalls(fault, { kind: 'slow', ms: 8 * secondMs }, field);
    case 'calls-unanswered':
      return nextCalls(fault, { kind: 'silence', happens: fault.happens }, field);
    case 'volume-key-refused':
      return refuseKey(fault, field);
    case 'controller-killed':
      return kill(fault, field);
    default:
      return assertNever(fault);
  }
}

function isMeant(choice: CallChoice, name: Ec2CallName, field: Field): boolean {
  return (
    choice === 'every call' ||
    choice === name ||
    (choice === 'every change' && field.stage.sim.isMutating(name))
  );
}

function takeCapacity({ zone, types, forMs }: FaultOf<'no-capacity'>, field: Field): Struck {
  const { instanceTypes } = field.stage.settings;
  const gone = types === 'first' ? instanceTypes.slice(0, 1) : instanceTypes;
  const shortages = gone.map((type) => field.stage.sim.withoutCapacity(type, field.zone(zone).name));
  field.lasting(forMs, () => {
    for (const shortage of shortages) shortage.restore();
  });
  const { calls } = field.stage.sim;
  const from = calls.length;
  return () => calls.slice(from).some(({ outcome }) => outcome === 'InsufficientInstanceCapacity');
}

/**
 * The first is what AWS documents for a caller whom KMS denies the key (EC2 User Guide, "Instance terminates
 * immediately"); the second has been seen of a disabled key. The third is an end that says nothing of its reason.
 */
const refusals = {
  'not-allowed': 'Client.InternalError: Client error on launch',
  'wrong-state': 'Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state',
  'shut-down': 'Client.UserInitiatedShutdown: User initiated shutdown',
};

function refuseKey({ reason, forMs }: FaultOf<'volume-key-refused'>, field: Field): Struck {
  const { sim } = field.stage;
  const from = field.now;
  const key = sim.refuseVolumeKey(refusals[reason]);
  let to = Number.POSITIVE_INFINITY;
  field.lasting(forMs, () => {
    to = field.now;
    key.restore();
    field.note('volume-key-refused: no longer');
  });
  const { calls } = sim;
  return () =>
    calls.some(
      ({ name, outcome, sentAt }) =>
        name === 'RunInstances' && outcome === 'ok' && sentAt >= from && sentAt < to,
    );
}

/** A stale answer is one of a Describe call; the other faults hit any call that is meant. */
function forAWhile(
  { forMs }: { readonly forMs: number },
  choice: CallChoice,
  fault: WireFault,
  field: Field,
  each = 1,
): Struck {
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
  return () => handle.hits() > 0;
}

function nextCalls(
  { call, times }: { readonly call: CallChoice; readonly times: number },
  fault: WireFault,
  field: Field,
): Struck {
  const handle = field.stage.sim.injectEverywhere({
    call: '*',
    when: (name) => isMeant(call, name, field),
    times,
    fault,
  });
  return () => handle.hits() > 0;
}

function kill({ call, when, survives }: FaultOf<'controller-killed'>, field: Field): Struck {
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
  return () => handle.hits() > 0;
}
