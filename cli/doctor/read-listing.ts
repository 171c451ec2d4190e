import type { Parsed } from '../../shared/aws/parse-listing.ts';
import { CliError } from '../session.ts';

type Page<T> = { readonly items: readonly T[] | undefined; readonly nextToken: string | undefined };

/** More than any account has of what is asked for: an answer is not read for ever. */
const mostPages = 100;

/**
 * Asks until there is no further page. Rejects as the call does.
 * @throws CliError where the pages do not end.
 */
export async function everyPage<T>(ask: (nextToken: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = [];
  let nextToken: string | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const page = await ask(nextToken);
    found.push(...(page.items ?? []));
    // EC2 ends some listings with an empty token.
    nextToken = page.nextToken === '' ? undefined : page.nextToken;
    if (nextToken === undefined) {
      return found;
    }
  }
  throw new CliError(`EC2 answered with more than ${mostPages} pages of one listing; ask again`, 3);
}

/**
 * Half an answer is none: a diagnosis that lacks a subnet would be wrong without saying so.
 * @throws CliError that names what came incomplete.
 */
export function understood<T>(parsed: Parsed<T>): T {
  if ('value' in parsed) {
    return parsed.value;
  }
  const detail = 'flaw' in parsed ? parsed.flaw.detail : 'an entry is of no known kind';
  throw new CliError(`EC2 answered incompletely, so that nothing can be said: ${detail}; ask again`, 3);
}

/** @throws CliError that names the call and the field, where `value` is absent. */
export function present<T>(value: T | undefined, call: string, what: string): T {
  if (value === undefined) {
    throw new CliError(
      `EC2 answered incompletely, so that nothing can be said: ${call} came without ${what}; ask again`,
      3,
    );
  }
  return value;
}
