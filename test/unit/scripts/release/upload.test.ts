import { describe, expect, it } from 'vitest';
import { deployCommand, launchLink } from '../../../../scripts/release/how-to-deploy.ts';
import { type BucketFound, bucketProblem, parsePrefix } from '../../../../scripts/release/upload-checks.ts';

const archives = { controller: 'c.zip', lifecycle: 'l.zip', probe: 'p.zip' };
const atRoot = { bucket: 'my.bucket', region: 'eu-central-1', prefix: '', archives };
const below = { ...atRoot, prefix: 'nat/0.1.0/' };

/** The console keeps its place behind the hash. */
function asked(link: string) {
  const { hostname, searchParams, hash } = new URL(link);
  const [page, query] = hash.split('?');
  return {
    hostname,
    region: searchParams.get('region'),
    page,
    ...Object.fromEntries(new URLSearchParams(query)),
  };
}

describe('the launch link', () => {
  it('opens the console with the template and the bucket', () => {
    expect(asked(launchLink(atRoot))).toEqual({
      hostname: 'console.aws.amazon.com',
      region: 'eu-central-1',
      page: '#/stacks/create/review',
      templateURL: 'https://s3.eu-central-1.amazonaws.com/my.bucket/phoenat.template.yaml',
      stackName: 'phoenat',
      param_CodeBucket: 'my.bucket',
    });
  });

  it('names the keys where they begin with a prefix', () => {
    expect(asked(launchLink(below))).toMatchObject({
      templateURL: 'https://s3.eu-central-1.amazonaws.com/my.bucket/nat/0.1.0/phoenat.template.yaml',
      param_ControllerCodeKey: 'nat/0.1.0/c.zip',
      param_LifecycleCodeKey: 'nat/0.1.0/l.zip',
      param_ProbeCodeKey: 'nat/0.1.0/p.zip',
    });
  });

  it.each([
    ['cn-north-1', 'console.amazonaws.cn', 'https://s3.cn-north-1.amazonaws.com.cn/'],
    ['us-gov-west-1', 'console.amazonaws-us-gov.com', 'https://s3.us-gov-west-1.amazonaws.com/'],
  ])('in %s, leads to %s', (region, hostname, template) => {
    const found = asked(launchLink({ ...atRoot, region }));

    expect(found.hostname).toBe(hostname);
    expect('templateURL' in found && String(found.templateURL)).toContain(template);
  });
});

describe('the deploy command', () => {
  it('has the real bucket, the keys, which an update would not take from the template, and the capability', () => {
    const text = deployCommand(atRoot, 'dist/release/phoenat.template.yaml');

    expect(text).toContain('--region eu-central-1 --stack-name phoenat --capabilities CAPABILITY_IAM');
    expect(text).toContain('--template-file dist/release/phoenat.template.yaml --s3-bucket my.bucket \\');
    expect(text).toContain(
      'CodeBucket=my.bucket ControllerCodeKey=c.zip LifecycleCodeKey=l.zip ProbeCodeKey=p.zip',
    );
  });

  it('names the keys where they begin with a prefix, and quotes a folder for the shell', () => {
    const text = deployCommand(below, "it's here/phoenat.template.yaml");

    expect(text).toContain(
      `'it'\\''s here/phoenat.template.yaml' --s3-bucket my.bucket --s3-prefix nat/0.1.0 `,
    );
    expect(text).toContain('ControllerCodeKey=nat/0.1.0/c.zip');
  });
});

describe('a bucket', () => {
  it.each<[string, BucketFound, string | undefined]>([
    ['serves where it is in the Region', { kind: 'there', region: 'eu-central-1' }, undefined],
    ['serves where S3 does not say its Region', { kind: 'there', region: undefined }, undefined],
    [
      'elsewhere does not',
      { kind: 'there', region: 'us-east-1' },
      'is in us-east-1, and the stack is to be in eu',
    ],
    [
      'elsewhere does not, if S3 redirects',
      { kind: 'refused', status: 301, region: 'us-east-1' },
      '--region us-east-1',
    ],
    [
      'that is not there has to be made',
      { kind: 'refused', status: 404, region: undefined },
      'aws s3 mb s3://b --region',
    ],
    [
      'of somebody else is refused',
      { kind: 'refused', status: 403, region: 'eu-central-1' },
      's3:ListBucket',
    ],
    ['of which nothing is known is not used', { kind: 'unknown', why: 'no credentials' }, 'no credentials'],
  ])('%s', (_what, found, problem) => {
    const said = bucketProblem('b', 'eu-central-1', found);

    expect(said ?? 'fine').toContain(problem ?? 'fine');
  });
});

describe('a prefix', () => {
  it.each([
    ['', ''],
    ['nat', 'nat/'],
    ['nat/0.1.0/', 'nat/0.1.0/'],
  ])('%j is %j before a key', (given, prefix) => {
    expect(parsePrefix(given)).toBe(prefix);
  });

  it.each(['/nat', 'a//b', 'a b', 's3://bucket/nat'])('%j is refused', (given) => {
    expect(() => parsePrefix(given)).toThrow(`--prefix ${JSON.stringify(given)}`);
  });
});
