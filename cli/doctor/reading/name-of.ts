import type { Tag } from '@aws-sdk/client-ec2';
import { tagValue } from '../../../shared/aws/parse-listing.ts';
import { quote } from '../../../shared/core/model/quote.ts';

/** The name of a VPC or a subnet: anybody who may tag it decides what the terminal shows. */
export function nameOf(tags: readonly Tag[] | undefined): string | undefined {
  const name = tagValue(tags, 'Name');
  return name === undefined ? undefined : quote(name);
}
