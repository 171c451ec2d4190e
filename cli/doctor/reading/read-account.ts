import { GetRoleCommand } from '@aws-sdk/client-iam';
import { GetAccountSettingsCommand } from '@aws-sdk/client-lambda';
import type { Session } from '../../session.ts';
import type { CallerAccount, Concurrency, SpotRole } from '../inventory.ts';
import { orUnknown } from './or-unknown.ts';

// What the account has and may. Whoever asks may not be allowed to know: then everything else is still reported.

export const spotRoleName = 'AWSServiceRoleForEC2Spot';

/** Undefined where nobody was asked. */
export async function readAccountId({ aws }: Session): Promise<CallerAccount | undefined> {
  const { accountId } = aws;
  return accountId && orUnknown(aws.region, async () => ({ known: true, id: await accountId() }));
}

export function readSpotRole({ aws }: Session): Promise<SpotRole> {
  return orUnknown(aws.region, async () => {
    try {
      await aws.iam.send(new GetRoleCommand({ RoleName: spotRoleName }));
      return { known: true, isThere: true };
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchEntityException') {
        return { known: true, isThere: false };
      }
      throw error;
    }
  });
}

/** What other functions reserve, those without a reservation cannot have (Lambda API Reference, AccountLimit). */
export function readConcurrency({ aws }: Session): Promise<Concurrency> {
  return orUnknown(aws.region, async () => {
    const { AccountLimit } = await aws.lambda.send(new GetAccountSettingsCommand({}));
    const limit = AccountLimit?.UnreservedConcurrentExecutions ?? AccountLimit?.ConcurrentExecutions;
    return limit === undefined
      ? { known: false, detail: 'Lambda did not return the limit' }
      : { known: true, limit };
  });
}
