import { explainAwsError } from '../../explain-aws-error.ts';
import { oneLine } from '../../transient-error.ts';

export type Unknown = { readonly known: false; readonly detail: string };

/** Whoever asks may not be allowed to know: then everything else is still reported. */
export async function orUnknown<T>(region: string, read: () => Promise<T>): Promise<T | Unknown> {
  try {
    return await read();
  } catch (error) {
    return { known: false, detail: oneLine(explainAwsError(error, { region })) };
  }
}
