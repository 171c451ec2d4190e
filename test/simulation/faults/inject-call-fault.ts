import type { Ec2CallName } from '../../../shared/aws/api.ts';
import { assertNever } from '../../../shared/core/model/assert.ts';
import { secondMs } from '../../../shared/core/model/time.ts';
import type { InjectionHandle, Fault as WireFault } from '../../../simulator/faults.ts';
import { availabilityZoneOf } from '../../../simulator/topology.ts';
import type { Play } from '../play/play.ts';
import type { CallChoice, Fault, FaultKind, FaultOf } from '../schedule/schedule.ts';
import type { Hit } from './hit.ts';

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
export function injectCallFault(fault: Trouble, play: Play): Hit {
  play.note(JSON.stringify(fault));
  switch (fault.kind) {
    case 'no-capacity':
      return takeCapacity(fault, play);
    case 'quota-exceeded': {
      const call = fault.quota === 'VcpuLimitExceeded' ? 'RunInstances' : 'CreateNetworkInterface';
      return forAWhile(fault, call, { kind: 'error', code: fault.quota }, play);
    }
    case 'permission-removed':
      return forAWhile(
        fault,
        fault.call,
        { kind: 'error', code: 'UnauthorizedOperation', httpStatus: 403 },
        play,
      );
    case 'reads-stale':
      return forAWhile(fault, fault.call, { kind: 'stale', byMs: fault.byMs }, play, fault.each);
    case 'calls-throttled':
      return nextCalls(fault, { kind: 'throttle' }, play);
    case 'calls-failed':
      return nextCalls(fault, { kind: 'error', code: 'InternalError', httpStatus: 500 }, play);
    case 'answers-lost':
      return nextCalls(fault, { kind: 'lost-answer', afterMs: lostAfterMs }, play);
    case 'requests-lost':
      return nextCalls(fault, { kind: 'lost-request', afterMs: lostAfterMs }, play);
    case 'answers-slow':
      return nextCalls(fault, { kind: 'slow', ms: 8 * secondMs }, play);
    case 'calls-unanswered':
      return nextCalls(fault, { kind: 'silence', happens: fault.happens }, play);
    case 'volume-key-refused':
      return refuseKey(fault, play);
    case 'controller-killed':
      return kill(fault, play);
    default:
      return assertNever(fault);
  }
}

function isMeant(choice: CallChoice, name: Ec2CallName, play: Play): boolean {
  return (
    choice === 'every call' ||
    choice === name ||
    (choice === 'every change' && play.harness.sim.isMutating(name))
  );
}

function takeCapacity({ zone, types, spot, forMs }: FaultOf<'no-capacity'>, play: Play): Hit {
  const { instanceTypes } = play.harness.settings;
  const gone = types === 'first' ? instanceTypes.slice(0, 1) : instanceTypes;
  const { sim } = play.harness;
  const availabilityZone = availabilityZoneOf(play.zone(zone));
  const shortages = gone.map((instanceType) =>
    spot === undefined
      ? sim.withoutCapacity(instanceType, availabilityZone)
      : sim.withoutSpot(spot, { instanceType, availabilityZone }),
  );
  play.lasting(forMs, () => {
    for (const shortage of shortages) shortage.restore();
  });
  const { calls } = play.harness.sim;
  const from = calls.length;
  return () =>
    calls
      .slice(from)
      .some(({ name, outcome }) =>
        spot === undefined
          ? outcome === 'InsufficientInstanceCapacity'
          : name === 'RunInstances' && outcome !== 'ok',
      );
}

/**
 * The first is what AWS documents for a caller whom KMS denies the key (EC2 User Guide, "Instance terminates
 * immediately"). AWS says nothing of a key that is disabled: the second is drawn to stand for an unknown reason, and the
 * third is an end that says nothing of its own.
 */
const refusals = {
  'not-allowed': 'Client.InternalError: Client error on launch',
  'wrong-state': 'Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state',
  'shut-down': 'Client.UserInitiatedShutdown: User initiated shutdown',
};

function refuseKey({ reason, forMs }: FaultOf<'volume-key-refused'>, play: Play): Hit {
  const { sim } = play.harness;
  const from = play.now;
  const key = sim.refuseVolumeKey(refusals[reason]);
  let to = Number.POSITIVE_INFINITY;
  play.lasting(forMs, () => {
    to = play.now;
    key.restore();
    play.note('volume-key-refused: no longer');
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
  play: Play,
  each = 1,
): Hit {
  let met = 0;
  const handle = play.harness.sim.injectEverywhere({
    call: '*',
    when: (name) => {
      if (!isMeant(choice, name, play) || (fault.kind === 'stale' && play.harness.sim.isMutating(name))) {
        return false;
      }
      met += 1;
      return met % each === 0;
    },
    fault,
  });
  play.lasting(forMs, () => handle.remove());
  return () => handle.hits() > 0;
}

function nextCalls(
  { call, times }: { readonly call: CallChoice; readonly times: number },
  fault: WireFault,
  play: Play,
): Hit {
  const handle = play.harness.sim.injectEverywhere({
    call: '*',
    when: (name) => isMeant(call, name, play),
    times,
    fault,
  });
  return () => handle.hits() > 0;
}

function kill({ call, when, survives }: FaultOf<'controller-killed'>, play: Play): Hit {
  let met = 0;
  const handle: InjectionHandle = play.harness.sim.injectEverywhere({
    call: '*',
    when: (name) => {
      if (!isMeant(call, name, play)) return false;
      met += 1;
      return met > survives;
    },
    times: 1,
    fault: { kind: 'crash', when },
  });
  // One that never came to be is not kept for the end.
  play.lasting(5 * 60 * secondMs, () => handle.remove());
  return () => handle.hits() > 0;
}
