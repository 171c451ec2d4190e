import { entriesOf, readIfThere } from '../../scripts/template-value.ts';

const noValue = Symbol('AWS::NoValue');

/**
 * The template with every Fn::If replaced by the branch that is taken, and what is left out left out. moto keeps a null in
 * a list where CloudFormation drops AWS::NoValue.
 */
export function prune(value: unknown, holds: (condition: string) => boolean): unknown {
  const pruned = pruneOne(value, holds);
  return pruned === noValue ? undefined : pruned;
}

function pruneOne(value: unknown, holds: (condition: string) => boolean): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => pruneOne(item, holds)).filter((item) => item !== noValue);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const choice = readIfThere(value, ['Fn::If']);
  if (Array.isArray(choice)) {
    return pruneOne(holds(String(choice[0])) ? choice[1] : choice[2], holds);
  }
  if (readIfThere(value, ['Ref']) === 'AWS::NoValue') {
    return noValue;
  }
  const entries = entriesOf(value).map(([key, inner]): [string, unknown] => [key, pruneOne(inner, holds)]);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== noValue));
}
