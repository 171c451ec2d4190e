import type { SecurityGroupId, SubnetId } from '../../shared/core/model/ids.ts';
import type { DurationMs } from '../../shared/core/model/time.ts';
import { CliError, type Session } from '../session.ts';

export type BakeOptions = {
  readonly base?: string;
  readonly zone?: string;
  readonly subnet?: SubnetId;
  readonly securityGroup?: SecurityGroupId;
  readonly instanceType?: string;
  readonly component?: true;
  readonly force?: true;
  readonly dryRun?: true;
  readonly remove?: true;
  readonly yes?: true;
  readonly timeout: DurationMs;
};

/** Without somebody to ask, there is no consent. */
export function refuseUnasked({ terminal }: Session, { yes }: BakeOptions): void {
  if (!yes && !terminal.isInteractive) {
    throw new CliError(
      'this launches or removes something, and there is no terminal to ask on: use --yes',
      2,
    );
  }
}

export async function agree(
  { terminal }: Session,
  { yes }: Pick<BakeOptions, 'yes'>,
  question: string,
): Promise<void> {
  if (!yes && !(await terminal.confirm(question))) {
    throw new CliError('nothing was changed', 1);
  }
}
