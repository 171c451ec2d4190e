import type { Mutant } from './mutants.ts';

/** The former mistakes: each undoes what was mended, and must be caught by the schedule that found it. */
export const formerMistakes: readonly Mutant[] = [
  {
    name: 'launches-that-ec2-has-forgotten',
    says: 'launches count only while EC2 lists their instances with their tags',
    file: 'shared/core/launches.ts',
    find: 'return [...listed, ...without(noted, listed)];',
    replace: 'return listed;',
    caughtBy: ['breaker-holds'],
  },
  {
    name: 'two-deployments-launch-at-once',
    says: 'what is asked for is part of the client token',
    file: 'shared/core/client-token.ts',
    find: '[context.settings.stack, zone, purpose, generation]',
    replace: '[context.settings.stack, zone, purpose, generation, context.specHash, ...asked]',
    caughtBy: ['breaker-holds'],
  },
  {
    name: 'a-memory-that-outlives-its-launch',
    says: 'an interface that a run has missed is part of the tokens of its launches',
    file: 'shared/core/client-token.ts',
    find: "purpose === 'interface' ? (context.memory.goneInterfaces.get(zone) ?? []) : []",
    replace: 'context.memory.goneInterfaces.get(zone) ?? []',
    caughtBy: ['breaker-holds'],
  },
  {
    name: 'stack-deleted-while-a-zone-is-down',
    says: 'a blackhole in a table whose former target is noted is not ours',
    file: 'shared/core/plan-removal.ts',
    find: 'leadsToUs(table.defaultRoute) || (isNoted(table) && leadsToNothing(table))',
    replace: 'leadsToUs(table.defaultRoute) && (isNoted(table) || !leadsToNothing(table) || true)',
    caughtBy: ['deletion-leaves-nothing'],
  },
  {
    name: 'two-instances-about-to-be-retired',
    says: 'an instance that is to be replaced itself is a candidate',
    file: 'shared/core/diagnose.ts',
    find: '.filter((instance) => !isToBeReplaced(view, instance, context))',
    replace: ".filter((instance) => isToBeReplaced(view, instance, context) || instance.id !== '')",
    caughtBy: ['every-zone-settles', 'settled-means-settled'],
  },
  {
    name: 'an-image-that-only-some-runs-know-to-be-gone',
    says: 'a launch that EC2 refused for its image spends the token',
    file: 'shared/core/learn.ts',
    find: 'refuseImage(memory, step.image.id) : memory',
    replace: 'spendToken(refuseImage(memory, step.image.id), step.clientToken) : memory',
    caughtBy: ['breaker-holds'],
  },
  {
    name: 'tokens-of-launches-that-found-no-capacity',
    says: 'however many tokens are in the way, the next is one of the same chain',
    file: 'shared/core/client-token.ts',
    find: 'inTheWay > 1 ?',
    replace: 'inTheWay < 0 ?',
    caughtBy: ['every-zone-settles'],
  },
  {
    name: 'launches-of-a-zone-that-is-not-well',
    says: 'launches are noted only where a zone is well served',
    file: 'shared/core/plan-clean-up.ts',
    find: 'return zonePlan(zone.name, { waves: [rememberLaunches(diagnosis, context.now)] });',
    replace: 'return zonePlan(zone.name, {});',
    caughtBy: ['breaker-holds'],
  },
  {
    name: 'a-takeover-beside-a-repair-that-fails',
    says: 'a route that something else serves is taken over in the wave of the repairs',
    file: 'shared/core/plan-repair.ts',
    find: '...takeovers.flatMap(rememberStep)],',
    replace:
      "...takeovers.map((table): Step => ({ kind: 'set-default-route', routeTableId: table.id, exists: true, to: ref }))],",
    caughtBy: ['working-zones-stay-online'],
  },
];
