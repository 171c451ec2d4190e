import type { Tag } from '@aws-sdk/client-ec2';
import type { Flaw, Listing } from '../core/model/snapshot.ts';

/** What became of one entry of an AWS answer: the value, what it lacks, or nothing of interest. */
export type Parsed<T> = { readonly value: T } | { readonly flaw: Flaw } | { readonly ignored: true };

export function flawed(about: readonly (string | undefined)[], detail: string): { readonly flaw: Flaw } {
  return { flaw: { about: about.filter((id) => id !== undefined), detail } };
}

export function listing<T>(parsed: readonly Parsed<T>[]): Listing<T> {
  return {
    items: parsed.flatMap((entry) => ('value' in entry ? [entry.value] : [])),
    flaws: parsed.flatMap((entry) => ('flaw' in entry ? [entry.flaw] : [])),
  };
}

/** The value of a tag; undefined where it is missing or empty. */
export function tagValue(tags: readonly Tag[] | undefined, key: string): string | undefined {
  const value = tags?.find((tag) => tag.Key === key)?.Value;
  return value === '' ? undefined : value;
}

/** A member of a closed list, or undefined. */
export function oneOf<T extends string>(members: readonly T[], raw: string | undefined): T | undefined {
  return members.find((member) => member === raw);
}
