import { CommandLineError } from '../command-line.ts';

/** What the person has to put right; nothing has been uploaded. */
export class UploadError extends Error {
  override readonly name = 'UploadError';
}

/** What S3 says of a bucket. */
export type BucketFound =
  | { readonly kind: 'there'; readonly region: string | undefined }
  | { readonly kind: 'refused'; readonly status: number; readonly region: string | undefined }
  | { readonly kind: 'unknown'; readonly why: string };

/** Why a bucket cannot serve a stack in a Region, or nothing. */
export function bucketProblem(bucket: string, region: string, found: BucketFound): string | undefined {
  if (found.kind === 'unknown') return `S3 could not be asked about ${bucket}: ${found.why}`;
  if (found.region !== undefined && found.region !== region) {
    return `the bucket ${bucket} is in ${found.region}, and the stack is to be in ${region}: Lambda takes code only from a bucket in its own Region. Give --region ${found.region}, or a bucket in ${region}`;
  }
  if (found.kind === 'there') return undefined;
  if (found.status === 404) {
    return `there is no bucket ${bucket}. To make it: aws s3 mb s3://${bucket} --region ${region}`;
  }
  if (found.status === 403) {
    return `S3 does not let these credentials look at ${bucket} (403): it belongs to somebody else, or s3:ListBucket is missing`;
  }
  return `S3 answers ${found.status} about ${bucket}`;
}

/** Empty, or with one slash at its end. @throws CommandLineError where no key could begin so. */
export function parsePrefix(given: string): string {
  const prefix = given.replace(/\/+$/, '');
  if (prefix === '') return '';
  if (!/^[\w.-]+(?:\/[\w.-]+)*$/.test(prefix)) {
    throw new CommandLineError(
      `--prefix ${JSON.stringify(given)} cannot begin a key: letters, digits, dots, hyphens and underscores, parted by single slashes, none in front`,
    );
  }
  return `${prefix}/`;
}
