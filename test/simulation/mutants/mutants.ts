import type { InvariantName } from '../checker/invariants.ts';

/**
 * A controller that is broken on purpose: one piece of its source is another one. The simulation must notice, or it
 * proves nothing about the controller that is not broken.
 */
export type Mutant = SourceChange & {
  readonly name: string;
  /** What is wrong with it, for people. */
  readonly says: string;
  /** Another change, where the first does no harm by itself. */
  readonly and?: SourceChange;
  /** What it must be killed by; it may break others as well. */
  readonly killedBy: readonly InvariantName[];
  /** It does harm in few of the schedules that are drawn: it is killed by the one that is kept under its name. */
  readonly isKept?: true;
};

/** A piece of a source that is there once, and what stands in its place. */
export type SourceChange = { readonly file: string; readonly find: string; readonly replace: string };

export function changesOf(mutant: Mutant): readonly SourceChange[] {
  return mutant.and === undefined ? [mutant] : [mutant, mutant.and];
}

/** Plans are carried out whatever they do: what the safeguards keep from happening is to be seen by the checks as well. */
const unguarded: SourceChange = {
  file: 'shared/core/plan/plan.ts',
  find: '? withholdUnsafe(planDiagnosed(diagnosis, stack, context), diagnosis)',
  replace: '? planDiagnosed(diagnosis, stack, context)',
};

export const mutants: readonly Mutant[] = [
  {
    name: 'token-dropped',
    says: 'a launch carries no client token',
    file: 'shared/aws/launch.ts',
    find: 'ClientToken: step.clientToken,',
    replace: '',
    killedBy: ['breaker-holds'],
  },
  {
    name: 'token-for-ever',
    says: 'the token does not change when the instances change',
    file: 'shared/core/launch/client-token.ts',
    find: '[...new Set<string>([...listed, ...lost, ...gone])].toSorted()',
    replace: '[...gone]',
    killedBy: ['every-zone-settles'],
  },
  {
    name: 'guard-dropped',
    says: 'surplus is terminated before its replacement has passed its checks',
    file: 'shared/core/plan/clean-up.ts',
    find: 'const doomed = steady && isShown ?',
    replace: 'const doomed = true ?',
    killedBy: ['last-forwarder-is-kept'],
  },
  {
    name: 'old-one-first',
    says: 'the instance to be replaced is terminated before its successor is launched',
    file: 'shared/core/plan/replacement.ts',
    find: 'return [[launch], [',
    replace: "return [[{ kind: 'terminate', instanceId: diagnosis.primary.id }], [launch], [",
    and: unguarded,
    killedBy: ['last-forwarder-is-kept'],
  },
  {
    name: 'breaker-off',
    says: 'launches are counted, and the count has no effect',
    file: 'shared/core/launch/choose-launch.ts',
    find: 'if (breaker.isOpen) {',
    replace: 'if (breaker.launches.length < 0) {',
    killedBy: ['breaker-holds'],
  },
  {
    name: 'forgotten-launches',
    says: 'a launch counts only while EC2 lists its instance with its tags',
    file: 'shared/core/launch/breaker.ts',
    find: '[...listed, ...without(noted, listed)].map',
    replace: 'listed.map',
    killedBy: ['breaker-holds'],
  },
  {
    name: 'pause-ignored',
    says: 'a paused zone is treated like any other',
    file: 'shared/core/plan/plan.ts',
    find: 'return diagnosis.pausedSince === undefined',
    replace: 'return diagnosis.kind.length > 0',
    killedBy: ['paused-is-left-alone'],
  },
  {
    name: 'unknown-is-absent',
    says: 'a list that could not be read counts as empty',
    file: 'shared/aws/observe.ts',
    find: "return unknown('failed', errorMessage(error), error instanceof Ec2CallError ? error.failure : undefined);",
    replace: 'return known({ items: [], flaws: [] });',
    killedBy: ['settled-means-settled'],
  },
  {
    name: 'tag-key-only',
    says: 'every resource with the tag counts as ours, whichever stack the tag names',
    file: 'shared/aws/observe.ts',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text
    find: 'return { Name: `tag:${tagKeys.stack}`, Values: [settings.stack] };',
    replace: "return { Name: 'tag-key', Values: [tagKeys.stack ?? settings.stack] };",
    killedBy: ['only-ours-is-changed'],
  },
  {
    name: 'public-table-taken',
    says: 'a private subnet in a public route table is no reason to stop',
    file: 'shared/core/diagnose/preflight.ts',
    find: '...view.privateTables.flatMap(privateTableViolations),',
    replace: '...view.privateTables.slice(0, 0).flatMap(privateTableViolations),',
    killedBy: ['only-ours-is-changed'],
  },
  {
    name: 'foreign-address-taken',
    says: 'an Elastic IP is taken back from an interface that is not ours',
    file: 'shared/core/diagnose/preflight.ts',
    find: '...addressViolations(view),',
    replace: '...addressViolations(view).slice(0, 0),',
    killedBy: ['only-ours-is-changed'],
  },
  {
    name: 'interfaces-left',
    says: 'an interface that outlives its instance is never deleted',
    file: 'shared/core/plan/clean-up.ts',
    find: 'const unused = steady ? interfaces.removable : [];',
    replace: 'const unused = interfaces.removable.slice(0, 0);',
    killedBy: ['every-zone-settles'],
  },
  {
    name: 'check-left-on',
    says: 'the source/destination check of a running instance is ignored',
    file: 'shared/core/diagnose/drift.ts',
    find: '...sourceDestCheckDrift(networkInterface),',
    replace: '...sourceDestCheckDrift(undefined),',
    killedBy: ['every-zone-settles'],
  },
  {
    name: 'never-content',
    says: 'the working image is recorded in every run',
    file: 'shared/core/plan/clean-up.ts',
    find: 'const isRemembered = view.address?.lastGoodImage?.imageId === imageId;',
    replace: 'const isRemembered = view.address === undefined;',
    killedBy: ['settled-means-settled', 'every-zone-settles'],
  },
  {
    name: 'busy-for-nothing',
    says: 'every run removes the pause, whether or not there is one, and still counts as settled',
    file: 'shared/core/plan/command.ts',
    find: "case 'look':\n      return zonePlan(diagnosis.zone.name, {});",
    replace:
      "case 'look':\n      return zonePlan(diagnosis.zone.name, { purpose: 'command', waves: [[{ kind: 'resume', allocationId: diagnosis.zone.allocationId }]] });",
    killedBy: ['settled-means-settled', 'paused-is-left-alone'],
  },
  {
    name: 'commands-everywhere',
    says: 'a command for one zone is carried out in all zones',
    file: 'shared/core/plan/command.ts',
    find: 'if (command.zone !== undefined && command.zone !== zone.name) {',
    replace: "if (command.zone === '') {",
    killedBy: ['settled-means-settled', 'paused-is-left-alone', 'last-forwarder-is-kept'],
  },
  {
    name: 'rebuild-ignores-pause',
    says: 'a rebuild does not ask whether the zone is paused',
    file: 'shared/core/plan/command.ts',
    find: 'if (since !== undefined) {',
    replace: 'if (false) {',
    killedBy: ['paused-is-left-alone'],
  },
  {
    name: 'announcements-ignored',
    says: 'an instance is replaced only when it fails its checks: no retirement, no rebuild, no new settings',
    file: 'shared/core/diagnose/replacement-reasons.ts',
    find: '        reasonBesidesChecks(view, primary, context));',
    replace: '        undefined);',
    killedBy: ['every-zone-settles'],
  },
  {
    name: 'too-patient',
    says: 'forty minutes pass between two launches',
    file: 'shared/core/launch/back-off.ts',
    find: 'return launchesInHour < 2 ? 0 : 30 * secondMs * 2 ** (launchesInHour - 2);',
    replace: 'return launchesInHour * 0 + 40 * 60 * secondMs;',
    killedBy: ['every-zone-settles'],
  },
  {
    name: 'deadline-ignored',
    says: 'a run continues until Lambda kills it',
    file: 'shared/loop/pace.ts',
    find: 'clock.now() + pauseMs >= deadline',
    replace: 'clock.now() < 0',
    killedBy: ['runs-end-in-a-report'],
  },
  {
    name: 'stumbles',
    says: 'a call that EC2 refuses ends the run with an exception',
    file: 'shared/loop/perform.ts',
    find: 'if (error instanceof Ec2CallError) {',
    replace: 'if (error instanceof Ec2CallError && error.call === undefined) {',
    killedBy: ['runs-end-in-a-report'],
  },
  {
    name: 'carrier-ended-first',
    says: 'the old instance is terminated when its successor is ready, before the traffic has moved',
    file: 'shared/core/plan/replacement.ts',
    find: 'waves: cutover(diagnosis, networkInterface, context) }',
    replace:
      "waves: [[{ kind: 'terminate', instanceId: diagnosis.primary.id }], ...cutover(diagnosis, networkInterface, context)] }",
    and: unguarded,
    killedBy: ['carrier-is-kept'],
  },
  {
    name: 'carrier-kept-by-safeguard',
    says: 'the same, but the safeguards withhold the plan: it does no harm, and the zone never settles',
    file: 'shared/core/plan/replacement.ts',
    find: 'waves: cutover(diagnosis, networkInterface, context) }',
    replace:
      "waves: [[{ kind: 'terminate', instanceId: diagnosis.primary.id }], ...cutover(diagnosis, networkInterface, context)] }",
    killedBy: ['every-zone-settles'],
  },
  {
    name: 'warnings-everywhere',
    says: 'a warning about one instance is written on all instances',
    file: 'shared/core/plan/command.ts',
    find: '.filter((instance) => trigger.instanceIds.includes(instance.id))',
    replace: '.filter(() => trigger.instanceIds.length > 0)',
    killedBy: ['settled-means-settled'],
  },
  {
    name: 'unread-is-impaired',
    says: 'status checks that could not be read count as failed',
    file: 'shared/core/diagnose/replacement-reasons.ts',
    find: 'const failing = status === undefined ? [] : failingChecks(status);',
    replace:
      "const failing = !view.statusOf(primary.id).known ? ['system'] : status === undefined ? [] : failingChecks(status);",
    killedBy: ['settled-means-settled'],
  },
  {
    name: 'transit-gateway-taken',
    says: 'a route to a transit gateway is taken over like any other',
    file: 'shared/core/diagnose/preflight.ts',
    find: "if (target?.kind === 'other' && table.defaultRoute?.state !== 'blackhole') {",
    replace: "if (target?.kind === 'other' && target.id === '') {",
    killedBy: ['only-ours-is-changed'],
  },
  {
    name: 'takeover-at-once',
    says: 'the routes of a NAT gateway are taken over before the instance has passed its checks',
    file: 'shared/core/plan/repair.ts',
    find: 'const wanted = primaryReady ?',
    replace: 'const wanted = primaryReady || primary !== undefined ?',
    killedBy: ['working-zones-stay-online'],
  },
  {
    name: 'always-urgent',
    says: 'a candidate gets the traffic as soon as EC2 calls it running',
    file: 'shared/core/diagnose/readiness.ts',
    find: '    replacement.urgent &&\n    own === undefined &&',
    replace: "    (['running'].includes(candidate.state) || replacement.urgent) ||\n    own === undefined &&",
    killedBy: ['working-zones-stay-online'],
  },
  {
    name: 'rebuild-at-once',
    says: 'every rebuild is immediate',
    file: 'shared/core/plan/command.ts',
    find: "const reason = command.immediate ? 'rebuild-immediate' : 'rebuild';",
    replace: "const reason = command.immediate === undefined ? 'rebuild' : 'rebuild-immediate';",
    killedBy: ['working-zones-stay-online'],
  },
  {
    name: 'no-reason',
    says: 'a deletion that fails does not say why',
    file: 'functions/lifecycle/removal.ts',
    find: 'problems: failures.map(describeFailedStep)',
    replace: 'problems: failures.slice(0, 0).map(describeFailedStep)',
    killedBy: ['deletion-leaves-nothing'],
  },
  {
    name: 'boots-believed',
    says: 'an instance whose checks pass is ready, whatever its boot reports',
    file: 'shared/core/diagnose/readiness.ts',
    find: "return isKnown && passesChecks(view, instance) && bootTrust(view, instance, context).kind === 'trusted';",
    replace: 'return isKnown && passesChecks(view, instance);',
    killedBy: ['success-means-egress', 'working-zones-stay-online', 'last-forwarder-is-kept'],
  },
  {
    name: 'routes-kept',
    says: 'a deleted stack leaves its routes pointing at deleted resources',
    file: 'shared/core/lifecycle/plan-removal.ts',
    find: 'giveRoutesBack(stock, context) ??',
    replace: '',
    killedBy: ['deletion-leaves-nothing'],
  },
  {
    name: 'one-failure-proves',
    says: 'one answer of a probe in which no request passed proves that nothing passes',
    file: 'shared/core/diagnose/verdict.ts',
    find: 'const { tries, overMs } = row.saysItIsWell ? provenAgainstItsWord : provenByRequests;',
    replace:
      'const [tries, overMs] = [1, 0 * (row.saysItIsWell ? provenAgainstItsWord : provenByRequests).overMs];',
    killedBy: ['settled-means-settled', 'upstream-moves-nothing'],
  },
  {
    name: 'upstream-is-the-instance',
    says: 'packets that are lost upstream, also in every zone, are laid to the instances',
    file: 'shared/core/plan/stack.ts',
    find: 'const everywhere = everywhereOf(zones);',
    replace: 'const everywhere = everywhereOf(zones.slice(0, 0));',
    and: {
      file: 'shared/core/diagnose/verdict.ts',
      find: 'if (row.noWayOut > 0) {',
      replace: 'if (row.noWayOut > 9_999) {',
    },
    killedBy: ['upstream-moves-nothing'],
  },
  {
    name: 'broken-is-kept',
    says: 'an instance through which no packet passes is no reason to replace it',
    file: 'shared/core/diagnose/replacement-reasons.ts',
    find: "verdict.kind === 'does-not-forward' ||",
    replace: 'verdict.kind === undefined ||',
    killedBy: ['every-zone-settles'],
  },
  {
    name: 'no-way-back',
    says: 'a planned cutover to an instance through which nothing passes is never undone',
    file: 'shared/core/plan/lead-back.ts',
    find: '|| !isToGoBack(diagnosis, former, { now, memory })',
    replace: '|| isToGoBack(diagnosis, former, { now, memory }) || former.id !== undefined',
    killedBy: ['lost-routes-go-back', 'every-zone-settles'],
  },
  {
    name: 'former-ended-unproven',
    says: 'the instance before is ended as soon as its successor says that all is well',
    file: 'shared/core/plan/clean-up.ts',
    find: 'const doomed = steady && isShown ?',
    replace: 'const doomed = diagnosis.primaryReady || isShown ?',
    killedBy: ['last-forwarder-is-kept'],
  },
  {
    name: 'candidates-own-word-unheard',
    says: 'an instance that answers is ready, also while it says that it does not forward yet',
    file: 'shared/core/diagnose/readiness.ts',
    find: 'return ready && getsOut &&',
    replace: 'return (ready || getsOut) &&',
    killedBy: ['working-zones-stay-online'],
  },
  {
    name: 'alarm-believed',
    says: 'what a neighbour says of an instance is believed, whatever becomes of requests',
    file: 'shared/core/diagnose/diagnose.ts',
    find: 'const verdict = assumed ?? verdictOf(evidence, context.now);',
    replace:
      "const verdict: Verdict = assumed ?? (evidence.isSuspected === true ? { kind: 'does-not-forward', proof: 'requests', row: { tries: 6, since: 0, lastAt: 0, why: 'an alarm', cannotForward: 0, noWayOut: 0, silent: 6, silentSince: 0, saysItIsWell: false, isUnresolved: false } } : verdictOf(evidence, context.now));",
    killedBy: ['alarms-move-nothing'],
  },
  {
    name: 'alarms-write',
    says: 'whom an instance is to watch is written in each run that an alarm has woken',
    file: 'shared/core/plan/clean-up.ts',
    find: "return wanted === undefined || primary.state !== 'running' || isNoted",
    replace: "return wanted === undefined || primary.state !== 'running'",
    killedBy: ['alarms-move-nothing', 'settled-means-settled'],
  },
  {
    name: 'stand-in-ended',
    says: 'an instance that its own zone no longer needs is terminated, whomever it carries',
    file: 'shared/core/plan/clean-up.ts',
    find: '(instance: NatInstance) => guestsOf(diagnosis.view, instance).length === 0;',
    replace: '(instance: NatInstance) => guestsOf(diagnosis.view, instance).length >= 0;',
    and: unguarded,
    killedBy: ['stand-in-is-kept'],
    isKept: true,
  },
  {
    name: 'stand-in-rebuilt',
    says: 'a rebuild does not ask whom the instance carries',
    file: 'shared/core/plan/command.ts',
    find: 'if (guests.length > 0) {',
    replace: 'if (guests.length > 9_999) {',
    killedBy: ['stand-in-is-kept'],
    isKept: true,
  },
  {
    name: 'two-hops',
    says: 'a zone that is carried by a third one carries another',
    file: 'shared/core/plan/help.ts',
    find: '!isLeaving &&',
    replace: '(!isLeaving || view.standIn !== undefined) &&',
    and: {
      file: 'shared/core/plan/help.ts',
      find: `guestsOf(view, primary).every((guest) => guest === zone) &&
    primary.others === markOf(view.otherCidrs, digest)`,
      replace: "(guestsOf(view, primary).length < 9 || zone === '') && primary.others !== markOf([], digest)",
    },
    killedBy: ['one-hop-at-most'],
    isKept: true,
  },
  {
    name: 'address-displaced',
    says: "a zone's Elastic IP takes the place of that of the neighbour",
    file: 'shared/core/plan/recovery.ts',
    find: '    to,\n    privateIp,\n  };',
    replace: '    to,\n  };',
    and: unguarded,
    killedBy: ['one-hop-at-most'],
    isKept: true,
  },
  {
    name: 'address-changed',
    says: 'instances are told of other address ranges than those of the other zones',
    file: 'shared/loop/prepare.ts',
    find: "told('OTHER_CIDRS', others?.cidrs)",
    replace: "told('OTHER_CIDRS', others === undefined ? [] : ['192.0.2.0/24'])",
    killedBy: ['address-stays'],
    isKept: true,
  },
  {
    name: 'home-too-early',
    says: 'a zone that is carried goes home as soon as an instance of its own is running, its address first',
    file: 'shared/core/plan/replacement.ts',
    find: 'if (diagnosis.candidateIsGood && networkInterface !== undefined) {',
    replace:
      'if ((diagnosis.candidateIsGood || view.standIn !== undefined) && networkInterface !== undefined) {',
    and: {
      file: 'shared/core/plan/replacement.ts',
      find: ': [trials(diagnosis, candidate), [...prepare, ...note], routes, address];',
      replace: ': [trials(diagnosis, candidate), [...prepare, ...note], address, routes];',
    },
    killedBy: ['home-when-ready'],
    isKept: true,
  },
  {
    name: 'standby-waited-for',
    says: 'a run waits for a request to pass through a standby, through which none goes',
    file: 'shared/core/plan/more-readings.ts',
    find: 'if (isStandby(zone)) {',
    replace: "if (isStandby(zone) && primary.id.includes('none')) {",
    killedBy: ['every-zone-settles'],
    isKept: true,
  },
  {
    name: 'hold-unheard',
    says: 'an instance that is shut down counts as gone, though it says that it holds that and forwards',
    file: 'shared/core/diagnose/roles.ts',
    find: '(awaited?.has(view.zone.name) === true || isWaitedFor(view, instance, now))',
    replace: 'awaited?.has(view.zone.name) === true',
    killedBy: ['held-traffic-waits'],
    isKept: true,
  },
];
