import { entriesOf, read, readIfThere } from '../../scripts/template-value.ts';

/** A statement of a policy; single values are lists of one. */
export type Statement = {
  readonly Sid: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  /** By operator, then by condition key. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
};

/** The statements of a role's inline policies, resolved. */
export function statementsOf(policies: unknown): Statement[] {
  return list(policies)
    .flatMap((policy) => list(read(policy, ['PolicyDocument', 'Statement'])))
    .map((statement) => {
      const condition = readIfThere(statement, ['Condition']);
      return {
        Sid: String(read(statement, ['Sid'])),
        Action: texts(read(statement, ['Action'])),
        Resource: texts(read(statement, ['Resource'])),
        ...(condition === undefined ? {} : { Condition: byKey(condition, (keys) => byKey(keys, texts)) }),
      };
    });
}

export function actionsOf(statements: readonly Statement[]): string[] {
  return statements.flatMap(({ Action }) => Action);
}

function byKey<T>(value: unknown, convert: (inner: unknown) => T): Record<string, T> {
  return Object.fromEntries(entriesOf(value).map(([key, inner]) => [key, convert(inner)]));
}

function texts(value: unknown): string[] {
  return list(value).map(String);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
