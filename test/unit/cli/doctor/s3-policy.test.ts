import { describe, expect, it } from 'vitest';
import { packagesArn, readS3Policy } from '../../../../cli/doctor/findings/s3-policy.ts';

const open = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };
const mine = { ...open, Resource: 'arn:aws:s3:::mine/*' };
const packages = { ...open, Action: 's3:GetObject', Resource: packagesArn('us-west-2') };

function reading(...statements: readonly object[]) {
  return readS3Policy(JSON.stringify({ Version: '2008-10-17', Statement: statements }), 'us-west-2');
}

describe('an endpoint policy', () => {
  it.each([
    ['AWS’s default', readS3Policy(undefined, 'us-west-2')],
    ['everything', reading(open)],
    [
      'everything of S3, to everybody in another spelling',
      reading({ ...open, Action: ['s3:*'], Principal: { AWS: '*' } }),
    ],
    ['everything beside something', reading(mine, open)],
    ['a single statement without a list', readS3Policy(JSON.stringify({ Statement: open }), 'us-west-2')],
  ])('is open: %s', (_, { isOpen, allowsPackages }) => {
    expect({ isOpen, allowsPackages }).toEqual({ isOpen: true, allowsPackages: true });
  });

  it.each([
    ['the bucket', reading(packages)],
    [
      'the bucket beside others',
      reading(mine, { ...packages, Resource: ['arn:aws:s3:::mine/*', packages.Resource] }),
    ],
    ['a pattern', reading({ ...open, Action: 'S3:Get*', Resource: 'arn:aws:s3:::al2023-repos-*' })],
    [
      'all but another bucket',
      reading({ Effect: 'Allow', Principal: '*', Action: 's3:*', NotResource: 'arn:aws:s3:::mine/*' }),
    ],
    ['all, with a denial of something else', reading(open, { ...mine, Effect: 'Deny' })],
  ])('lets packages be read, and is not open: %s', (_, { isOpen, allowsPackages }) => {
    expect({ isOpen, allowsPackages }).toEqual({ isOpen: false, allowsPackages: true });
  });

  it.each([
    ['another bucket', reading(mine)],
    ['the bucket of another Region', reading({ ...packages, Resource: packagesArn('us-west-1') })],
    ['another action', reading({ ...packages, Action: 's3:PutObject' })],
    ['other principals', reading({ ...open, Principal: { AWS: 'arn:aws:iam::123456789012:root' } })],
    ['a condition', reading({ ...open, Condition: { StringEquals: { 'aws:PrincipalAccount': '1' } } })],
    ['a denial of the bucket', reading(open, { ...packages, Effect: 'Deny' })],
    [
      'a denial of all else',
      reading(open, { Effect: 'Deny', Principal: '*', Action: 's3:*', NotResource: 'arn:aws:s3:::mine/*' }),
    ],
    ['a text that is no policy', readS3Policy('{', 'us-west-2')],
  ])('does not plainly let packages be read: %s', (_, { isOpen, allowsPackages }) => {
    expect({ isOpen, allowsPackages }).toEqual({ isOpen: false, allowsPackages: false });
  });

  it.each([
    ['eu-west-1', 'arn:aws:s3:::al2023-repos-eu-west-1-de612dc2/*'],
    ['cn-north-1', 'arn:aws-cn:s3:::al2023-repos-cn-north-1-de612dc2/*'],
    ['us-gov-west-1', 'arn:aws-us-gov:s3:::al2023-repos-us-gov-west-1-de612dc2/*'],
  ])('%s has its packages in a bucket of its own', (region, arn) => {
    expect(packagesArn(region)).toBe(arn);
  });
});
