import type { Filter, Tag } from '@aws-sdk/client-ec2';
import { awsError, NotSimulated } from '../aws-error.ts';
import type { Tags } from '../records.ts';
import type { Region } from '../region.ts';
import { checkedId, type IdPrefix } from '../resources.ts';
import type { Lookup } from '../store.ts';

/** What a filter name looks at, per resource. */
export type FilterFields<R> = Readonly<Record<string, (record: R) => readonly (string | undefined)[]>>;

/** One kind of resource, as its Describe call looks for it. */
export type DescribedKind<R> = {
  readonly call: string;
  /** How EC2's errors speak of an id that the call names. */
  readonly id: {
    readonly parameter: string;
    readonly prefix: IdPrefix;
    readonly unknown: (id: string) => Error;
  };
  readonly fields: FilterFields<R>;
  readonly tagsOf: (record: R) => Tags;
};

/** Its call gives pages, but not of ids that are named in `idsParameter`. */
export type PagedKind<R> = DescribedKind<R> & { readonly idsParameter: string };

/** Of a request: what it names, what it filters by, and which page it wants. */
type Asked = PageRequest & {
  readonly ids: readonly string[] | undefined;
  readonly Filters?: readonly Filter[] | undefined;
};

type PageLimits = { readonly min: number; readonly max: number };

const defaultLimits: PageLimits = { min: 5, max: 1_000 };

/** One page of the resources that a request names, or of all, as far as they meet its filters. */
export function describePage<R>(
  region: Region,
  kind: PagedKind<R>,
  lookup: Lookup<R>,
  asked: Asked & { readonly limits?: PageLimits },
): Page<R> {
  refuseIdsWithPages(kind.idsParameter, asked);
  return pageOf(region, selectAsked(kind, lookup, asked), asked, asked.limits ?? defaultLimits);
}

/** The resources that a request names, or all of them, as far as they meet its filters. @throws for an unknown id. */
export function selectAsked<R>(
  { call, id, fields, tagsOf }: DescribedKind<R>,
  lookup: Lookup<R>,
  asked: Asked,
): readonly R[] {
  checkFilters(call, asked.Filters, fields);
  const ids = asked.ids?.map((named) => checkedId(id.prefix, id.parameter, named));
  return selectByIds(ids, lookup, id.unknown).filter((record) =>
    matchesFilters(record, asked.Filters, fields, tagsOf),
  );
}

/** The records that meet every filter, of a kind that has neither ids nor tags. */
export function filterRecords<R>(
  call: string,
  records: readonly R[],
  filters: readonly Filter[] | undefined,
  fields: FilterFields<R>,
): readonly R[] {
  checkFilters(call, filters, fields);
  return records.filter((record) => matchesFilters(record, filters, fields, () => ({})));
}

/**
 * Whether a record meets every filter: the values of one are alternatives, `*` and `?` are wildcards. The filters
 * have passed `checkFilters`.
 */
function matchesFilters<R>(
  record: R,
  filters: readonly Filter[] | undefined,
  fields: FilterFields<R>,
  tagsOf: (record: R) => Tags,
): boolean {
  return (filters ?? []).every((filter) => {
    const wanted = filter.Values ?? [];
    return valuesOf(record, filter.Name ?? '', fields, tagsOf).some(
      (value) => value !== undefined && wanted.some((pattern) => matchesPattern(value, pattern)),
    );
  });
}

function valuesOf<R>(
  record: R,
  name: string,
  fields: FilterFields<R>,
  tagsOf: (record: R) => Tags,
): readonly (string | undefined)[] {
  if (name.startsWith('tag:')) return [tagsOf(record)[name.slice('tag:'.length)]];
  if (name === 'tag-key') return Object.keys(tagsOf(record));
  return fields[name]?.(record) ?? [];
}

/**
 * @throws the errors that EC2 gives for a filter without name or values.
 * @throws NotSimulated for an unknown filter, even where there is nothing to filter.
 */
function checkFilters<R>(
  call: string,
  filters: readonly Filter[] | undefined,
  fields: FilterFields<R>,
): void {
  for (const filter of filters ?? []) {
    const name = filter.Name ?? '';
    if (name === '') throw awsError('InvalidParameterValue', 'The filter name may not be empty');
    if (!name.startsWith('tag:') && name !== 'tag-key' && fields[name] === undefined) {
      throw new NotSimulated(`${call}: the filter "${name}" is not simulated`);
    }
    if ((filter.Values ?? []).length === 0) {
      throw awsError('InvalidParameterValue', `The filter '${name}' must have at least one value`);
    }
    if ((filter.Values ?? []).length > 200) {
      throw awsError(
        'FilterLimitExceeded',
        'The maximum number of filter values specified on a single call is 200',
      );
    }
  }
}

function matchesPattern(value: string, pattern: string): boolean {
  if (!/[*?]/.test(pattern)) return value === pattern;
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(value);
}

type PageRequest = { readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined };
type Page<T> = { readonly items: readonly T[]; readonly NextToken?: string };

/** Cuts one page out of an answer. EC2's tokens are opaque; this one is the place to go on from. */
export function pageOf<T>(
  region: Region,
  items: readonly T[],
  request: PageRequest,
  limits: PageLimits = defaultLimits,
): Page<T> {
  const size = request.MaxResults ?? Math.min(limits.max, region.behaviour.pageSize);
  if (request.MaxResults !== undefined && (size < limits.min || size > limits.max)) {
    throw awsError(
      'InvalidParameterValue',
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between ${limits.min} and ${limits.max}.`,
    );
  }
  const from = request.NextToken === undefined ? 0 : offsetOf(request.NextToken);
  const end = from + size;
  const page = items.slice(from, end);
  return end < items.length ? { items: page, NextToken: tokenOf(end) } : { items: page };
}

function tokenOf(offset: number): string {
  return Buffer.from(`page from ${offset}`).toString('base64');
}

function offsetOf(token: string): number {
  const found = /^page from (\d+)$/.exec(Buffer.from(token, 'base64').toString());
  if (found?.[1] === undefined) {
    throw awsError('InvalidParameterValue', `Value (${token}) for parameter nextToken is invalid.`);
  }
  return Number(found[1]);
}

/** EC2 does not let a call name resources and ask for pages of them. */
export function refuseIdsWithPages(idsParameter: string, asked: Asked): void {
  if ((asked.ids ?? []).length > 0 && asked.MaxResults !== undefined) {
    throw awsError(
      'InvalidParameterCombination',
      `The parameter ${idsParameter} cannot be used with the parameter maxResults`,
    );
  }
}

/** The resources named, or all of them. @throws what `missing` makes of the first unknown id. */
function selectByIds<R>(
  ids: readonly string[] | undefined,
  { get, all }: Lookup<R>,
  missing: (id: string) => Error,
): readonly R[] {
  if (ids === undefined || ids.length === 0) return all();
  return ids.map((id) => {
    const record = get(id);
    if (record === undefined) throw missing(id);
    return record;
  });
}

export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
