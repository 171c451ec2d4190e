import { readFile } from 'node:fs/promises';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketTaggingCommand,
  ListObjectsV2Command,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { runTag } from '../core/names.ts';
import type { Rig } from './rig.ts';

/** A bucket of the run's own, with the template and the functions' code in it. Gives the template's address. */
export async function uploadRelease(
  rig: Rig,
  { template, archives }: { readonly template: string; readonly archives: readonly Archive[] },
): Promise<string> {
  const { aws, names, journal, say } = rig;
  const { bucket, run } = names;
  journal.write({ kind: 'making', what: 'bucket', name: bucket });
  say(`${bucket}: making the bucket, for the template and the functions’ code`);
  await aws.s3.send(
    new CreateBucketCommand({
      Bucket: bucket,
      // us-east-1 is said by saying nothing (S3 API, CreateBucket).
      ...(aws.region === 'us-east-1'
        ? {}
        : { CreateBucketConfiguration: { LocationConstraint: regionOf(aws.region) } }),
    }),
  );
  const TagSet = [{ Key: runTag, Value: run }];
  await aws.s3.send(new PutBucketTaggingCommand({ Bucket: bucket, Tagging: { TagSet } }));
  const key = 'phoenat.template.yaml';
  await put(rig, key, Buffer.from(template));
  for (const { key: archive, file } of archives) await put(rig, archive, await readFile(file));
  return templateUrl(rig, key);
}

export type Archive = { readonly key: string; readonly file: string };

async function put({ aws, names, signal }: Rig, Key: string, Body: Buffer): Promise<void> {
  await aws.s3.send(new PutObjectCommand({ Bucket: names.bucket, Key, Body }), { abortSignal: signal });
}

/** The SDK's type lists the Regions of its day. */
function regionOf(region: string) {
  return region as 'eu-central-1';
}

function templateUrl({ aws, names }: Rig, key: string): string {
  if (aws.endpoint !== undefined) return `${aws.endpoint}/${names.bucket}/${key}`;
  const domain = aws.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://${names.bucket}.s3.${aws.region}.${domain}/${key}`;
}

/**
 * `none`: there is none of the run's. `untagged`: it has the run's name and no tags: the run was ended between the two calls
 * that make it, and has put nothing into it.
 */
export type BucketThere = 'none' | 'tagged' | 'untagged';

export async function findBucket({ aws, names }: Pick<Rig, 'aws' | 'names'>): Promise<BucketThere> {
  try {
    const { TagSet } = await aws.s3.send(new GetBucketTaggingCommand({ Bucket: names.bucket }));
    const isOfRun = (TagSet ?? []).some(({ Key, Value }) => Key === runTag && Value === names.run);
    return isOfRun ? 'tagged' : 'none';
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchBucket') return 'none';
    if (error instanceof Error && error.name === 'NoSuchTagSet') return 'untagged';
    throw error;
  }
}

/** One without tags is not emptied: S3 refuses to delete it then, where it is somebody else's after all. */
export async function removeBucket({ aws, names }: Rig, there: 'tagged' | 'untagged'): Promise<void> {
  const Bucket = names.bucket;
  while (there === 'tagged') {
    const { Contents = [] } = await aws.s3.send(new ListObjectsV2Command({ Bucket }));
    if (Contents.length === 0) break;
    const { Errors = [] } = await aws.s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: Contents.map(({ Key }) => ({ Key })) } }),
    );
    // S3 answers with success, and says of each object why it is still there; it would be listed again and again.
    const [refused] = Errors;
    if (refused !== undefined) {
      throw new Error(`${refused.Key} of it cannot be deleted: ${refused.Code}: ${refused.Message}`);
    }
  }
  await aws.s3.send(new DeleteBucketCommand({ Bucket }));
}
