import { entriesOf, read, readIfThere } from '../../scripts/template-value.ts';
import { zoneLetters } from '../../shared/config/zone-letters.ts';
import type { Settings } from '../../shared/core/model/settings.ts';
import { isStandby } from '../../shared/core/neighbours/standby.ts';
import { Deploying } from '../template/deployment.ts';
import * as names from './stack-names.ts';

/** What decides about a stack's policies: the template's parameters, and the group that it makes. */
export type Parameters = Readonly<Record<string, string | readonly string[]>>;

export const roles = ['ControllerRole', 'LifecycleRole', 'ProbeRole', 'NatInstanceRole'] as const;
export type Role = (typeof roles)[number];

export type Policy = { readonly name: string; readonly document: unknown };
export type PolicySet = {
  readonly accountId: string;
  readonly roles: Readonly<Record<Role, readonly Policy[]>>;
  /** The document of the permissions boundary of all roles, if there is one. */
  readonly boundary?: unknown;
};

const groupParameter = 'NatSecurityGroup.GroupId';
const standbyParameter = 'StandbyAddress.AllocationId';

/** The parameters of a stack with these settings, zone by zone in the template's order; none, where the template cannot make such a stack. */
export function parametersOf(settings: Settings): Parameters | undefined {
  const { stack, vpcId, zones, instanceTypes, marketType, metricNamespace, securityGroupIds, standIn } =
    settings;
  if (zones.length > zoneLetters.length) return undefined;
  const standby = zones.find(isStandby);
  const withClients = zones.filter((zone) => zone !== standby);
  const ofZones = withClients.flatMap(({ publicSubnetId, privateSubnetIds, allocationId }, index) => [
    [`Zone${zoneLetters[index]?.toUpperCase()}PublicSubnet`, publicSubnetId],
    [`Zone${zoneLetters[index]?.toUpperCase()}PrivateSubnets`, privateSubnetIds],
    [`Zone${zoneLetters[index]?.toUpperCase()}AllocationId`, allocationId],
  ]);
  return {
    'AWS::StackName': stack,
    VpcId: vpcId,
    InstanceTypes: instanceTypes,
    MarketType: marketType,
    MetricNamespace: metricNamespace,
    StandIn: standIn,
    [groupParameter]: String(securityGroupIds[0]),
    ...(standby === undefined ? {} : { Standby: 'on', [standbyParameter]: standby.allocationId }),
    ...Object.fromEntries(ofZones),
  };
}

/** The policies of each role of the translated template, resolved as a deployment with these parameters would. */
export function policiesOf(template: unknown, parameters: Parameters): PolicySet {
  const { [groupParameter]: group, [standbyParameter]: ofStandby, ...given } = parameters;
  const deploying = new Deploying(template, {
    parameters: given,
    attributes: {
      ControllerRole: 'ControllerRole',
      LifecycleRole: 'LifecycleRole',
      AskProbesPolicy: 'AskProbesPolicy',
      ZonesPolicy: 'ZonesPolicy',
      'ControllerLog.Arn': `${names.controllerLogArn}:*`,
      'LifecycleLog.Arn': `${names.lifecycleLogArn}:*`,
      'DeadLetters.Arn': names.deadLettersArn,
      'Lifecycle.Arn': names.lifecycleArn,
      ...Object.fromEntries(
        zoneLetters.map((letter) => [`Probe${letter.toUpperCase()}.Arn`, names.probeArn(letter)]),
      ),
      'ProbeLog.Arn': `${names.probeLogArn}:*`,
      NatInstanceRole: 'NatInstanceRole',
      'NatInstanceRole.Arn': names.natInstanceRoleArn,
      [groupParameter]: String(group),
      ...(ofStandby === undefined ? {} : { [standbyParameter]: String(ofStandby) }),
    },
  });
  const shared = entriesOf(read(template, ['Resources']))
    .filter(([, resource]) => isPolicy(resource))
    .map(([name]) => [name, deploying.at('Resources', name, 'Properties')] as const);
  const ofRole = (role: Role): readonly Policy[] => {
    const own = deploying.at('Resources', role, 'Properties');
    const named = listOf(readIfThere(own, ['ManagedPolicyArns']) ?? []);
    const attached = shared.filter(
      ([name, policy]) => named.includes(name) || listOf(readIfThere(policy, ['Roles']) ?? []).includes(role),
    );
    const inline = listOf(readIfThere(own, ['Policies']) ?? []);
    return [
      ...inline.map((policy) => [String(read(policy, ['PolicyName'])), policy] as const),
      ...attached.map(
        ([name, policy]) => [String(readIfThere(policy, ['PolicyName']) ?? name), policy] as const,
      ),
    ].map(([name, policy]) => ({ name, document: read(policy, ['PolicyDocument']) }));
  };
  return {
    accountId: names.accountId,
    roles: {
      ControllerRole: ofRole('ControllerRole'),
      LifecycleRole: ofRole('LifecycleRole'),
      ProbeRole: ofRole('ProbeRole'),
      NatInstanceRole: ofRole('NatInstanceRole'),
    },
  };
}

function isPolicy(resource: unknown): boolean {
  return /^AWS::IAM::(?:Managed)?Policy$/.test(String(readIfThere(resource, ['Type'])));
}

/** A statement of a policy as the evaluator looks through it. */
export type InspectedStatement = {
  /** The policy's name and the statement's. */
  readonly statement: string;
  /** Whose it is. */
  readonly roles: readonly Role[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Its condition keys. */
  readonly keys: readonly string[];
};

/** Every statement of every role that allows something, once. */
export function statementsOf(set: PolicySet): readonly InspectedStatement[] {
  const found = new Map<string, InspectedStatement>();
  for (const role of roles) {
    for (const { name, document } of set.roles[role]) {
      for (const statement of listOf(read(document, ['Statement'])).filter(allows)) {
        const id = `${name}/${String(read(statement, ['Sid']))}`;
        const others = found.get(id)?.roles ?? [];
        found.set(id, inspected(id, [...others, role], statement));
      }
    }
  }
  return [...found.values()];
}

function inspected(id: string, ofRoles: readonly Role[], statement: unknown): InspectedStatement {
  const condition = entriesOf(readIfThere(statement, ['Condition']));
  return {
    statement: id,
    roles: ofRoles,
    actions: listOf(read(statement, ['Action'])).map(String),
    resources: listOf(read(statement, ['Resource'])).map(String),
    keys: condition.flatMap(([, keysOfOperator]) => Object.keys(Object(keysOfOperator))),
  };
}

function allows(statement: unknown): boolean {
  return read(statement, ['Effect']) === 'Allow';
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
