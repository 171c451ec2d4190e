import {
  DescribeVpcBlockPublicAccessExclusionsCommand,
  DescribeVpcBlockPublicAccessOptionsCommand,
  type VpcBlockPublicAccessExclusion as SdkExclusion,
} from '@aws-sdk/client-ec2';
import type { Session } from '../../session.ts';
import type { PublicAccess, PublicAccessExclusion, PublicAccessOption } from '../inventory.ts';
import { orUnknown } from './or-unknown.ts';
import { everyItem, pagesOf } from './read-listing.ts';

/** Of the account in the Region. Whoever asks may not be allowed to know: then everything else is still reported. */
export async function readPublicAccess(session: Session): Promise<PublicAccess> {
  const { region } = session.aws;
  const [option, exclusions] = await Promise.all([
    orUnknown(region, () => readOption(session)),
    orUnknown(region, async () => ({ known: true as const, found: await readExclusions(session) })),
  ]);
  return { option, exclusions };
}

async function readOption({ aws }: Session): Promise<PublicAccessOption> {
  const { VpcBlockPublicAccessOptions: raw } = await aws.ec2.send(
    new DescribeVpcBlockPublicAccessOptionsCommand({}),
  );
  return {
    known: true,
    isOfPolicy: raw?.ManagedBy === 'declarative-policy',
    forbidsExclusions: raw?.ExclusionsAllowed === 'not-allowed',
    ...(raw?.InternetGatewayBlockMode === undefined ? {} : { mode: raw.InternetGatewayBlockMode }),
    ...(raw?.State === undefined ? {} : { state: raw.State }),
  };
}

/** All of them: there is no filter for what they exclude, and an account has 50 by default (VPC User Guide, "Quotas"). */
async function readExclusions({ aws }: Session): Promise<PublicAccessExclusion[]> {
  const pages = pagesOf((NextToken) =>
    aws.ec2.send(
      new DescribeVpcBlockPublicAccessExclusionsCommand(NextToken === undefined ? {} : { NextToken }),
    ),
  );
  const found = await everyItem(
    pages,
    ({ VpcBlockPublicAccessExclusions }) => VpcBlockPublicAccessExclusions,
  );
  return found.flatMap(parseExclusion);
}

function parseExclusion(raw: SdkExclusion): PublicAccessExclusion[] {
  const resourceId = raw.ResourceArn?.split('/').at(-1);
  if (resourceId === undefined || raw.ExclusionId === undefined) {
    return [];
  }
  return [
    {
      id: raw.ExclusionId,
      resourceId,
      ...(raw.InternetGatewayExclusionMode === undefined ? {} : { mode: raw.InternetGatewayExclusionMode }),
      ...(raw.State === undefined ? {} : { state: raw.State }),
      ...(raw.Reason === undefined ? {} : { reason: raw.Reason }),
    },
  ];
}
