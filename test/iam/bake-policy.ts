import { readFileSync } from 'node:fs';
import { launchInput } from '../../cli/bake/perform-bake.ts';
import { bakeTags, makeRecipe, type PlainTag, tagsOf } from '../../cli/bake/recipe.ts';
import { parseId } from '../../shared/core/model/ids.ts';
import type { Answered, Asked, Question } from './evaluator.ts';
import { type PolicySet, statementsOf } from './policies.ts';
import type { Context } from './recorded-call.ts';
import { accountId, ec2Arn } from './stack-names.ts';

// The policy of docs/bake-policy.json, for whoever makes images: may `phoenat bake` do what it does, and nothing else?

type Decision = Pick<Question, 'action' | 'resource' | 'context'>;

const region: Context = { 'ec2:Region': 'eu-central-1' };
const vpc: Context = { 'ec2:Vpc': ec2Arn('vpc', 'vpc-0123456789abcdef0') };
const tagged = (stack: string): Context => ({ 'aws:ResourceTag/phoenat:bake': stack });
/** The ARNs of these two have no account. */
const image = 'arn:aws:ec2:eu-central-1::image/ami-0a';
const snapshot = 'arn:aws:ec2:eu-central-1::snapshot/snap-0a';

function requested(tags: readonly PlainTag[]): Context {
  const values = Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value]));
  return { ...values, 'aws:TagKeys': tags.map(({ Key }) => Key) };
}

const baseId = parseId('image', 'ami-0d6fc8f787cd9a417');
if (baseId === undefined) throw new Error('that is an id');
const base = { id: baseId, name: 'al2023-ami', selector: 'al2023', rootDeviceName: '/dev/xvda' };
const recipe = makeRecipe({ stack: 'phoenat', architecture: 'arm64', base }, '#!/bin/bash');
const launch = launchInput(
  recipe,
  { subnetId: 'subnet-0a', securityGroupId: 'sg-0a', instanceTypes: [], tags: [] },
  't4g.small',
);
const ownTags = requested(tagsOf(recipe));
const imageTags = requested([...tagsOf(recipe), { Key: bakeTags.builder, Value: 'i-0a' }]);

const instance: Context = {
  'ec2:InstanceType': String(launch.InstanceType),
  'ec2:MetadataHttpTokens': String(launch.MetadataOptions?.HttpTokens),
};
const volume: Context = { 'ec2:Encrypted': String(launch.BlockDeviceMappings?.[0]?.Ebs?.Encrypted) };

const on = (action: string, resource: string, context: Context = {}): Decision => ({
  action: action.includes(':') ? action : `ec2:${action}`,
  resource,
  context: { ...region, ...context },
});

const made = ['instance', 'volume', 'network-interface'] as const;

/** What the command has EC2 decide, for each resource that a call makes, uses or names. */
const own: readonly Decision[] = [
  ...['DescribeAddresses', 'DescribeImages', 'DescribeInstances'].map((name) => on(name, '*')),
  on(
    'cloudformation:DescribeStacks',
    `arn:aws:cloudformation:eu-central-1:${accountId}:stack/phoenat/0a1b2c3d-1111-2222-3333-444455556666`,
  ),
  on('RunInstances', ec2Arn('instance', '*'), { ...instance, ...ownTags }),
  on('RunInstances', ec2Arn('volume', '*'), { ...volume, ...ownTags }),
  on('RunInstances', ec2Arn('network-interface', '*'), { ...vpc, ...ownTags }),
  on('RunInstances', image, { 'ec2:Owner': 'amazon' }),
  on('RunInstances', ec2Arn('subnet', 'subnet-0a'), vpc),
  on('RunInstances', ec2Arn('security-group', 'sg-0a'), vpc),
  ...made.map((type) =>
    on('CreateTags', ec2Arn(type, '*'), { ...ownTags, 'ec2:CreateAction': 'RunInstances' }),
  ),
  on('GetConsoleOutput', ec2Arn('instance', 'i-0a'), tagged('phoenat')),
  on('CreateImage', ec2Arn('instance', 'i-0a'), tagged('phoenat')),
  on('CreateImage', image, imageTags),
  on('CreateImage', snapshot, imageTags),
  ...[image, snapshot].map((one) =>
    on('CreateTags', one, { ...imageTags, 'ec2:CreateAction': 'CreateImage' }),
  ),
  on('TerminateInstances', ec2Arn('instance', 'i-0a'), tagged('phoenat')),
  on('DeregisterImage', image, tagged('phoenat')),
  on('DeleteSnapshot', snapshot, tagged('phoenat')),
];

/** Every one of these has to be denied. */
const hostile: readonly Decision[] = [
  on('TerminateInstances', ec2Arn('instance', 'i-0f')),
  on('TerminateInstances', ec2Arn('instance', 'i-0f'), { 'aws:ResourceTag/phoenat:stack': 'phoenat' }),
  on('TerminateInstances', ec2Arn('instance', 'i-0f'), tagged('other')),
  on('GetConsoleOutput', ec2Arn('instance', 'i-0f')),
  on('CreateImage', ec2Arn('instance', 'i-0f')),
  on('CreateImage', image),
  on('DeregisterImage', image),
  on('DeregisterImage', image, tagged('other')),
  on('DeleteSnapshot', snapshot),
  on('DeleteSnapshot', snapshot, tagged('other')),
  on('ModifyImageAttribute', image, tagged('phoenat')),
  on('CreateTags', ec2Arn('instance', 'i-0f'), ownTags),
  on('CreateTags', image, { ...imageTags, 'ec2:CreateAction': 'CopyImage' }),
  on('RunInstances', ec2Arn('instance', '*'), instance),
  on('RunInstances', ec2Arn('instance', '*'), { ...instance, ...ownTags, 'ec2:InstanceType': 'p5.48xlarge' }),
  on('RunInstances', ec2Arn('instance', '*'), {
    ...instance,
    ...ownTags,
    'ec2:MetadataHttpTokens': 'optional',
  }),
  on('RunInstances', ec2Arn('volume', '*'), { ...ownTags, 'ec2:Encrypted': 'false' }),
  on('RunInstances', image, { 'ec2:Owner': '999999999999' }),
  on('RunInstances', ec2Arn('subnet', 'subnet-0f'), { 'ec2:Vpc': ec2Arn('vpc', 'vpc-0f') }),
  on('RunInstances', ec2Arn('key-pair', 'mine')),
  on('iam:PassRole', `arn:aws:iam::${accountId}:role/Admin`, {
    'iam:PassedToService': 'ec2.amazonaws.com',
  }),
];

const page = new URL('../../docs/bake-policy.json', import.meta.url);

export function bakePolicy(): unknown {
  const document: unknown = JSON.parse(readFileSync(page, 'utf8'));
  return document;
}

/** The evaluator knows the template's roles; whoever bakes takes the place of one of them. */
export function bakeQuestions(): Asked {
  const set: PolicySet = {
    accountId,
    roles: {
      ControllerRole: [{ name: 'bake', document: bakePolicy() }],
      LifecycleRole: [],
      ProbeRole: [],
      NatInstanceRole: [],
    },
  };
  return {
    policySets: { bake: set },
    statements: statementsOf(set),
    requests: [...own, ...hostile].map((decision, id) => ({
      ...decision,
      id,
      policySet: 'bake',
      role: 'ControllerRole',
    })),
  };
}

/** What is wrong with the policy. */
export function judgeBake({ requests, statements }: Asked, answered: Answered): readonly string[] {
  const wrong = answered.verdicts.flatMap(({ id, allowed, reasons }) => {
    const isOwn = id < own.length;
    const { action = '', resource = '' } = requests[id] ?? {};
    if (allowed === isOwn) return [];
    return isOwn
      ? [
          `docs/bake-policy.json denies ${action} on ${resource}: ${reasons.join('; ') || 'no statement is about it'}`,
        ]
      : [
          `docs/bake-policy.json allows ${action} on ${resource} with ${JSON.stringify(requests[id]?.context)}`,
        ];
  });
  const used = new Set(answered.verdicts.flatMap(({ by }) => by));
  const unused = statements.filter(({ statement }) => !used.has(statement));
  return [
    ...answered.statementProblems,
    ...wrong,
    ...unused.map(({ statement }) => `docs/bake-policy.json: nothing needs ${statement}`),
  ];
}
