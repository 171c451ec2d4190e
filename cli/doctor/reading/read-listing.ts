import type { Parsed } from '../../../shared/aws/parse-listing.ts';
import { CliError } from '../../session.ts';

/** More than any account has of what is asked for: an answer is not read for ever. */
const maxPages = 100;

/**
 * What the pages of one of the SDK's paginators hold together. Rejects as the call does.
 * @throws CliError where the pages do not end.
 */
export async function everyItem<P, T>(
  pages: AsyncIterable<P>,
  itemsOf: (page: P) => readonly T[] | undefined,
): Promise<T[]> {
  const found: T[] = [];
  let read = 0;
  for await (const page of pages) {
    read += 1;
    if (read > maxPages) {
      throw new CliError(`EC2 answered with more than ${maxPages} pages of one listing; try again`, 3);
    }
    found.push(...(itemsOf(page) ?? []));
  }
  return found;
}

/** The pages of a call for which the SDK has no paginator. */
export async function* pagesOf<P extends { readonly NextToken?: string | undefined }>(
  ask: (NextToken: string | undefined) => Promise<P>,
): AsyncGenerator<P> {
  let token: string | undefined;
  do {
    const page = await ask(token);
    yield page;
    token = page.NextToken;
  } while (token !== undefined && token !== '');
}

/**
 * An incomplete answer is none: a diagnosis that lacks a subnet would be wrong without saying so.
 * @throws CliError that names what came incomplete.
 */
export function parsedOrThrow<T>(parsed: Parsed<T>): T {
  if ('value' in parsed) {
    return parsed.value;
  }
  const detail = 'flaw' in parsed ? parsed.flaw.detail : 'an entry is of no known kind';
  throw new CliError(`EC2 answered incompletely, so there is no diagnosis: ${detail}; try again`, 3);
}

/** @throws CliError that names the call and the field, where `value` is absent. */
export function required<T>(value: T | undefined, call: string, what: string): T {
  if (value === undefined) {
    throw new CliError(
      `EC2 answered incompletely, so there is no diagnosis: ${call} came without ${what}; try again`,
      3,
    );
  }
  return value;
}
