import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type FunctionName, functionNames } from '../build.ts';
import { CommandLineError, parseOptions, readCommandLine } from '../command-line.ts';
import { deployCommand, launchLink, templateName, type Uploaded } from './how-to-deploy.ts';
import { type BucketFound, bucketProblem, parsePrefix, UploadError } from './upload-checks.ts';

const usage = `Uploads a release to a bucket of yours, and prints how to deploy it from there:
npm run release:upload -- --bucket NAME [--prefix PREFIX] [--region REGION] [--dry-run]

  --bucket NAME     the bucket; it has to be in the Region of the stack
  --prefix PREFIX   begins the keys, such as phoenat/0.1.0
  --region REGION   the Region of the stack (default: as for every AWS tool, AWS_REGION or the profile's)
  --profile NAME    the profile of the shared configuration whose credentials are used
  --release DIR     the release (default: dist/release, where npm run release has put it)
  --dry-run         looks at the bucket, and says what would be uploaded
  --help            this text

The bucket may stay private: whoever deploys needs s3:GetObject in it. Nothing in it is removed.`;

type Options = {
  readonly bucket: string;
  readonly prefix: string;
  readonly release: string;
  readonly isDryRun: boolean;
};

function read(args: string[]) {
  const { values } = parseOptions({
    args,
    options: {
      bucket: { type: 'string' },
      prefix: { type: 'string', default: '' },
      region: { type: 'string' },
      profile: { type: 'string' },
      release: { type: 'string', default: 'dist/release' },
      'dry-run': { type: 'boolean', default: false },
    },
  });
  if (values.bucket === undefined) throw new CommandLineError('the bucket is missing: --bucket NAME');
  return { ...values, bucket: values.bucket, prefix: parsePrefix(values.prefix) };
}

/** The archives' names, in the release as it lies there. @throws UploadError where it is not whole. */
function archivesIn(release: string): Readonly<Record<FunctionName, string>> {
  const names = existsSync(release) ? readdirSync(release) : [];
  const archiveOf = (name: FunctionName) => {
    const [found, ...others] = names.filter((file) =>
      new RegExp(`^phoenat-.+-${name}-\\w+\\.zip$`).test(file),
    );
    if (found === undefined || others.length > 0 || !names.includes(templateName)) {
      throw new UploadError(
        `there is no whole release in ${release}: run "npm run release", or give --release DIR`,
      );
    }
    return found;
  };
  return {
    controller: archiveOf('controller'),
    lifecycle: archiveOf('lifecycle'),
    probe: archiveOf('probe'),
  };
}

async function regionOf(s3: S3Client): Promise<string> {
  try {
    return await s3.config.region();
  } catch {
    throw new UploadError('no AWS Region: give --region, the one of the stack, or set AWS_REGION');
  }
}

async function findBucket(s3: S3Client, bucket: string): Promise<BucketFound> {
  try {
    const { BucketRegion } = await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return { kind: 'there', region: BucketRegion };
  } catch (error) {
    const {
      name = 'Error',
      message = '',
      $metadata,
      $response,
    }: {
      name?: string;
      message?: string;
      $metadata?: { httpStatusCode?: number };
      $response?: { headers?: Record<string, string> };
    } = Object(error);
    const status = $metadata?.httpStatusCode;
    // Of a bucket elsewhere, S3 says where it is, to whoever asks in the wrong Region.
    const region = $response?.headers?.['x-amz-bucket-region'];
    return status === undefined
      ? { kind: 'unknown', why: `${name}: ${message}` }
      : { kind: 'refused', status, region };
  }
}

async function upload(s3: S3Client, { bucket, prefix, release, isDryRun }: Options): Promise<void> {
  const archives = archivesIn(release);
  const region = await regionOf(s3);
  const problem = bucketProblem(bucket, region, await findBucket(s3, bucket));
  if (problem !== undefined) throw new UploadError(problem);
  for (const name of [...functionNames.map((known) => archives[known]), templateName]) {
    const file = join(release, name);
    const size = statSync(file).size;
    if (!isDryRun) {
      const Body = createReadStream(file);
      await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${name}`, Body, ContentLength: size }),
      );
    }
    const done = isDryRun ? 'would upload' : 'uploaded';
    console.log(`${done} s3://${bucket}/${prefix}${name} (${(size / 1000).toFixed(0)} kB)`);
  }
  explain({ bucket, region, prefix, archives }, join(release, templateName));
}

function explain(uploaded: Uploaded, templateFile: string): void {
  console.log(`
To deploy in the console, where you fill in the rest:
  ${launchLink(uploaded)}

Or with the AWS CLI (docs/configuration.md has all parameters; doctor prints those of your VPC):
  ${deployCommand(uploaded, templateFile)}`);
}

async function main(): Promise<void> {
  const values = readCommandLine({ script: 'release:upload', usage }, read);
  const { bucket, prefix, region, profile, release } = values;
  const s3 = new S3Client({
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    // A bucket's name with a dot is not covered by the certificate of S3's other form.
    forcePathStyle: true,
  });
  await upload(s3, { bucket, prefix, release, isDryRun: values['dry-run'] });
}

try {
  await main();
} catch (error) {
  const { name, message }: { name?: string; message?: string } = Object(error);
  console.error(`release:upload: ${error instanceof UploadError ? message : `${name}: ${message}`}`);
  process.exitCode = 1;
}
