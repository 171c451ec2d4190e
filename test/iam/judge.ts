import { documentedBoundary } from './documented-boundary.ts';
import type { Answered, Asked, Question, Verdict } from './evaluator.ts';
import { exampleStack } from './example-stack.ts';
import { type HostileCall, hostileCalls, knownPowers } from './hostile-calls.ts';
import { platformCalls } from './platform-calls.ts';
import { type Parameters, type PolicySet, policiesOf, type Role, statementsOf } from './policies.ts';
import type { RecordedCall } from './recorded-call.ts';
import { volumeKeyArn } from './stack-names.ts';

type OwnQuestion = {
  readonly kind: 'own';
  readonly call: string;
  readonly where: string;
  readonly count: number;
};
type Asking =
  | OwnQuestion
  | { readonly kind: 'hostile'; readonly call: HostileCall }
  | { readonly kind: 'known'; readonly call: HostileCall };

type Case = Asking & { readonly question: Question };

/** What is asked of the evaluator, and what each question is for. */
export type Cases = {
  readonly asked: Asked;
  readonly cases: readonly Case[];
  /** How many decisions would be about something that was gone by then. */
  readonly aboutNothing: number;
};

const exampleSet = 'example';
const boundedExample = 'example, bounded';

/**
 * Every decision on a recorded call, what the platform does, what must not be, and what is known to be possible. What must
 * be is asked of roles with the boundary that the page asks for; what must not, of roles without one.
 */
export function gatherCases(template: unknown, calls: readonly RecordedCall[]): Cases {
  const sets = new Map<string, PolicySet>();
  const boundary = documentedBoundary();
  const setOf = (parameters: Parameters) => {
    const key = JSON.stringify(parameters);
    if (!sets.has(key)) sets.set(key, { ...policiesOf(template, parameters), boundary });
    return key;
  };
  const example = policiesOf(template, { ...exampleStack, VolumeKeyArn: volumeKeyArn });
  sets.set(exampleSet, example);
  sets.set(boundedExample, { ...example, boundary });
  const cases: Case[] = [];
  const ask = (question: Omit<Question, 'id'>, asking: Asking) => {
    cases.push({ ...asking, question: { ...question, id: cases.length } });
  };
  for (const { role, service, name, authorizations, parameters, test, count } of calls) {
    const policySet = setOf(parameters);
    for (const { action, resource, context, isThere } of authorizations) {
      if (!isThere) continue;
      const own = { kind: 'own', call: `${service}:${name}`, where: `in "${test}"`, count } as const;
      ask({ policySet, role, action, resource, context }, own);
    }
  }
  for (const { role, action, resource, context, source } of platformCalls) {
    const own = { kind: 'own', call: action, where: `by ${source}`, count: 0 } as const;
    ask({ policySet: boundedExample, role, action, resource, context }, own);
  }
  for (const [kind, list] of [['hostile', hostileCalls] as const, ['known', knownPowers] as const]) {
    for (const call of list) {
      const { action, resource, context } = call;
      for (const role of call.roles)
        ask({ policySet: exampleSet, role, action, resource, context }, { kind, call });
    }
  }
  return {
    asked: {
      policySets: Object.fromEntries(sets),
      requests: cases.map(({ question }) => question),
      statements: statementsOf(example),
    },
    cases,
    aboutNothing: calls.flatMap(({ authorizations }) => authorizations).filter(({ isThere }) => !isThere)
      .length,
  };
}

/** A line of the table: what a statement is needed for. */
export type StatementUse = {
  readonly statement: string;
  readonly actions: readonly string[];
  /** Which roles have it. */
  readonly holders: readonly Role[];
  /** Which roles it let do something, and by which kinds of call. */
  readonly roles: readonly Role[];
  readonly calls: readonly string[];
};

export type Judgement = {
  readonly problems: readonly string[];
  readonly uses: readonly StatementUse[];
  readonly decisions: number;
  readonly denied: number;
};

export function judge({ asked, cases }: Cases, answered: Answered): Judgement {
  const verdicts = new Map(answered.verdicts.map((verdict) => [verdict.id, verdict]));
  const judged = cases.map((entry): Judged => ({ entry, verdict: verdictOf(entry, verdicts) }));
  const problems = [
    ...denials(judged),
    ...judged.flatMap(({ entry, verdict }) => problemWith(entry, verdict)),
  ];
  const own = judged.filter(({ entry }) => entry.kind === 'own');
  const uses = asked.statements.map(({ statement, actions, roles: holders }): StatementUse => {
    const by = own.filter(({ verdict }) => verdict.by.includes(statement));
    return {
      statement,
      actions,
      holders,
      roles: [...new Set(by.map(({ entry }) => entry.question.role))].toSorted(),
      calls: [...new Set(by.map(({ entry }) => entry.question.action))].toSorted(),
    };
  });
  return {
    problems: [
      ...new Set([
        ...answered.statementProblems,
        ...missingTypes(cases, answered),
        ...problems,
        ...uses.flatMap(superfluous),
      ]),
    ],
    uses,
    decisions: own.length,
    denied: judged.filter(({ entry, verdict }) => entry.kind === 'hostile' && !verdict.allowed).length,
  };
}

type Judged = { readonly entry: Case; readonly verdict: Verdict };

function verdictOf({ question }: Case, verdicts: ReadonlyMap<number, Verdict>): Verdict {
  const verdict = verdicts.get(question.id);
  if (verdict === undefined) throw new Error(`the evaluator did not answer question ${question.id}`);
  return verdict;
}

/** What the roles may not do and have to, with one example of each. */
function denials(judged: readonly Judged[]): readonly string[] {
  const found = new Map<string, { example: string; more: number }>();
  for (const { entry, verdict } of judged) {
    if (entry.kind !== 'own' || verdict.allowed) continue;
    const { role, action, resource } = entry.question;
    const why = verdict.reasons.length === 0 ? ['no statement is about it'] : verdict.reasons;
    const call = entry.call === action ? action : `${entry.call} (${action})`;
    const type = resource.split(':')[5]?.split('/')[0] ?? resource;
    const key = JSON.stringify([role, call, type, why]);
    const alike = found.get(key);
    if (alike !== undefined) {
      alike.more += 1;
      continue;
    }
    const example = `${role} is denied ${call} on ${resource}, made ${entry.where}: ${why.join('; ')}`;
    found.set(key, { example, more: 0 });
  }
  return [...found.values()].map(({ example, more }) =>
    more === 0 ? example : `${example} (and ${more} more)`,
  );
}

function problemWith(entry: Case, { allowed, by }: Verdict): readonly string[] {
  const { role, action, resource } = entry.question;
  switch (entry.kind) {
    case 'own':
      return [];
    case 'hostile':
      return allowed
        ? [`${role} could ${entry.call.what}: ${by.join(', ')} allows ${action} on ${resource}`]
        : [];
    case 'known':
      return allowed
        ? []
        : [`${role} can no longer ${entry.call.what}: take it off knownPowers and docs/security.md`];
  }
}

/** Statements that come before the calls that need them. */
const ahead = ['serve/ReadOwnConsole'];

/** By action, not only by statement: an action that nobody needs is a permission too many. */
function superfluous(use: StatementUse): readonly string[] {
  const { statement, actions, calls } = use;
  if (calls.length === 0 && ahead.includes(statement)) return [];
  if (calls.length === 0) return [`${statement}: no call needs this statement`];
  const isNeeded = (action: string) =>
    calls.some((call) => call === action || (action.endsWith('*') && call.startsWith(action.slice(0, -1))));
  return [
    ...actions.filter((action) => !isNeeded(action)).map((action) => `${statement}: no call needs ${action}`),
    ...needlessIn(use),
  ];
}

/** The lifecycle function's loop is the controller's: an interface is put back there too. No test of it takes one out. */
const onlyByController = ['serve/PutBackIntoGroup'];

/** Both functions have a policy because both need it. */
function needlessIn({ statement, holders, roles }: StatementUse): readonly string[] {
  if (onlyByController.includes(statement)) return [];
  return holders
    .filter((role) => !roles.includes(role))
    .map((role) => `${statement}: no call of ${role} needs this statement`);
}

/** Guards the model of what AWS authorizes: each action has types of resource that it is always judged for. */
function missingTypes(cases: readonly Case[], { requiredTypes }: Answered): readonly string[] {
  const actions = new Set(cases.flatMap(({ kind, question }) => (kind === 'own' ? [question.action] : [])));
  return [...actions].flatMap((action) => {
    const resources = cases.flatMap(({ question }) =>
      question.action === action ? [question.resource] : [],
    );
    return (requiredTypes[action] ?? [])
      .filter((type) => action.startsWith('ec2:') && !resources.some((arn) => arn.includes(`:${type}/`)))
      .map((type) => `test/iam/authorizations.ts: AWS judges ${action} for a ${type} too, and no call is`);
  });
}
