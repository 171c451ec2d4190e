import { explainAwsError } from '../../explain-aws-error.ts';
import { CliError } from '../../session.ts';
import { oneLine } from '../../transient-error.ts';
import type { Unread } from '../inventory.ts';

/** Whoever asks may not be allowed to know: then everything else is still reported. */
export async function orUnknown<T>(region: string, read: () => Promise<T>): Promise<T | Unread> {
  try {
    return await read();
  } catch (error) {
    const explained = explainAwsError(error, { region });
    // What is explained already needs no name of its kind before it.
    const detail =
      explained instanceof CliError ? oneLine(explained).replace('CliError: ', '') : oneLine(explained);
    return { known: false, detail: detail.replace(/\.$/, '') };
  }
}
