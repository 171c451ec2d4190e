import { type Id, type IdKind, idShape, parseId } from '../core/model/ids.ts';
import type { Problems } from './problems.ts';

/** Of a parameter in `template.yaml`. */
export type TemplateType =
  | 'String'
  | 'Number'
  | 'CommaDelimitedList'
  | 'AWS::EC2::VPC::Id'
  | 'AWS::EC2::Subnet::Id'
  | 'List<AWS::EC2::Subnet::Id>';

/** How a variable's text becomes a value. What cannot be read is a problem, and the value is then of no meaning. */
export type Reader<T> = {
  readonly type: TemplateType;
  /** Of a number: its limits, and how many of the setting's units one is. */
  readonly range?: { readonly min: number; readonly max: number; readonly unit: number };
  readonly read: (raw: string, path: string, problems: Problems) => T;
};

export function text(pattern: RegExp, expected: string): Reader<string> {
  return {
    type: 'String',
    read: (raw, path, problems) => {
      if (!pattern.test(raw)) {
        problems.add(path, raw, expected);
      }
      return raw;
    },
  };
}

/** `unit`: 1000 where seconds are given and the setting is in milliseconds. */
export function wholeNumber(min: number, max: number, unit = 1): Reader<number> {
  return {
    type: 'Number',
    range: { min, max, unit },
    read: (raw, path, problems) => {
      const value = /^\d{1,9}$/.test(raw) ? Number(raw) : Number.NaN;
      if (!(value >= min && value <= max)) {
        problems.add(path, raw, `a whole number from ${min} to ${max}`);
      }
      return value * unit;
    },
  };
}

export function oneOf<T extends string>(values: readonly [T, ...T[]]): Reader<T> {
  return {
    type: 'String',
    read: (raw, path, problems) => {
      const value = values.find((candidate) => candidate === raw);
      if (value === undefined) {
        problems.add(path, raw, values.join(', '));
      }
      return value ?? values[0];
    },
  };
}

/** Absent where the text is empty. */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return { ...reader, read: (raw, ...where) => (raw === '' ? undefined : reader.read(raw, ...where)) };
}

/** Absent where the number is 0. */
export function zeroIsNone(reader: Reader<number>): Reader<number | undefined> {
  return { ...reader, read: (...given) => reader.read(...given) || undefined };
}

export const vpcId: Reader<Id<'vpc'> | undefined> = {
  type: 'AWS::EC2::VPC::Id',
  read: (raw, path, problems) => readId('vpc', raw, path, problems),
};

export function readId<K extends IdKind>(
  kind: K,
  raw: unknown,
  path: string,
  problems: Problems,
): Id<K> | undefined {
  const id = parseId(kind, raw);
  if (id === undefined) {
    problems.add(path, raw, idShape(kind));
  }
  return id;
}
