import { z } from 'zod';

/** What to do with a file that may be there: it is never overwritten, since its owner may have added to it. */
export type ParametersFile =
  | { readonly kind: 'new'; readonly text: string }
  | { readonly kind: 'same' }
  | { readonly kind: 'other'; readonly differences: readonly string[] }
  | { readonly kind: 'unreadable' };

const listOfPairs = z.array(z.string().regex(/^\w+=/));

/** `parameters`: "Key=Value" each. sam deploy reads a YAML list of these, aws cloudformation deploy a JSON one, which is both. */
export function parametersFile(parameters: readonly string[], existing: string | undefined): ParametersFile {
  if (existing === undefined) {
    return { kind: 'new', text: `${JSON.stringify(parameters, null, 2)}\n` };
  }
  const there = listOfPairs.safeParse(parsed(existing));
  if (!there.success) {
    return { kind: 'unreadable' };
  }
  const values = new Map(there.data.map(halves));
  const differences = parameters.map(halves).flatMap(([key, value]) => {
    const other = values.get(key);
    return other === value ? [] : [`${key}=${value}, where the file has ${other ?? 'none'}`];
  });
  return differences.length === 0 ? { kind: 'same' } : { kind: 'other', differences };
}

function halves(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
