import type { Parameters } from '../../iam/policies.ts';
import type { Context, RecordedCall } from '../../iam/recorded-call.ts';
import {
  instanceProfileArn,
  natInstanceRoleArn,
  accountId as recordedAccount,
} from '../../iam/stack-names.ts';

/** The stack that was deployed, by the names that the recordings have for its parts. */
export type DeployedStack = {
  readonly partition: string;
  readonly accountId: string;
  readonly region: string;
  readonly parameters: Parameters;
  readonly natInstanceRoleArn: string;
  readonly instanceProfileArn: string;
};

/** One decision that IAM is asked for, about a role of the deployed stack. */
export type Question = {
  readonly role: RecordedCall['role'];
  readonly call: string;
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
};

export type Questions = {
  readonly questions: readonly Question[];
  /** Calls of stacks of another shape, with other zones or settings: the deployed policies are not theirs. */
  readonly ofOtherStacks: number;
  /** About things that were gone; what AWS says of them is not documented. */
  readonly aboutNothing: number;
};

/**
 * The recorded calls as the deployed stack would make them: its account, its Region, its ids. What is a record's own, such
 * as the id of an instance, stays: policies tell such resources by their tags, which the context has.
 */
export function questionsOf(calls: readonly RecordedCall[], deployed: DeployedStack): Questions {
  const fitting = calls.filter(({ parameters }) => isAlike(parameters, deployed.parameters));
  const asked = new Map<string, Question>();
  let aboutNothing = 0;
  for (const { role, name, parameters, authorizations } of fitting) {
    const translate = translator(parameters, deployed);
    for (const { action, resource, context, isThere } of authorizations) {
      if (!isThere) aboutNothing += 1;
      else {
        const question = {
          role,
          call: name,
          action,
          resource: translate(resource),
          context: Object.fromEntries(
            Object.entries(context).map(([key, value]) => [
              key,
              key === 'ec2:Region' ? deployed.region : [value].flat().map(translate),
            ]),
          ),
        };
        asked.set(JSON.stringify(question), question);
      }
    }
  }
  return { questions: [...asked.values()], ofOtherStacks: calls.length - fitting.length, aboutNothing };
}

/** What decides about the policies, apart from ids. */
const shaping = ['MarketType', 'StandIn', 'Standby', 'MetricNamespace'];

function isAlike(recorded: Parameters, deployed: Parameters): boolean {
  const zones = (parameters: Parameters) =>
    Object.keys(parameters)
      .filter((key) => /^Zone[A-F]PublicSubnet$/.test(key))
      .toSorted()
      .join();
  return (
    zones(recorded) === zones(deployed) &&
    shaping.every((key) => recorded[key] === deployed[key]) &&
    // The policies name the types that may be launched.
    typesOf(recorded).every((type) => typesOf(deployed).includes(type)) &&
    idPairs(recorded, deployed) !== undefined
  );
}

function typesOf({ InstanceTypes = [] }: Parameters): readonly string[] {
  return [InstanceTypes].flat();
}

/** Recorded id → deployed id; nothing where one of the two has more of a kind than the other. */
function idPairs(recorded: Parameters, deployed: Parameters): readonly [string, string][] | undefined {
  const pairs: [string, string][] = [];
  for (const [key, value] of Object.entries(recorded)) {
    const from = [value].flat();
    const to = [deployed[key] ?? []].flat();
    if (key === 'InstanceTypes' || shaping.includes(key)) continue;
    // One private subnet of the deployed zone stands for several of a recorded one.
    const last = to.at(-1);
    if (last === undefined) return undefined;
    from.forEach((id, index) => {
      pairs.push([id, to[index] ?? last]);
    });
  }
  return pairs;
}

function translator(recorded: Parameters, deployed: DeployedStack): (text: string) => string {
  const ids = new Map(idPairs(recorded, deployed.parameters) ?? []);
  const stack = String(recorded['AWS::StackName']);
  const ownStack = String(deployed.parameters['AWS::StackName']);
  return (text) => {
    if (text === stack) return ownStack;
    if (text === instanceProfileArn) return deployed.instanceProfileArn;
    if (text === natInstanceRoleArn) return deployed.natInstanceRoleArn;
    return text
      .replace(
        /^arn:aws:(\w+):[a-z0-9-]*:(\d{12})?:/,
        (_, service: string, account: string | undefined) =>
          `arn:${deployed.partition}:${service}:${service === 'iam' ? '' : deployed.region}:${account === recordedAccount ? deployed.accountId : (account ?? '')}:`,
      )
      .replaceAll(/\b[a-z]+-[0-9a-f]{8,17}\b/g, (id) => ids.get(id) ?? id);
  };
}
