import { describe, expect, it } from 'vitest';
import { imageChoice, instanceTypes, securityGroups } from '../../../shared/config/parse-launch.ts';
import { Problems } from '../../../shared/config/problems.ts';
import type { Reader } from '../../../shared/config/readers.ts';

/** The value, or what is wrong with the text. */
function read<T>(reader: Reader<T>, raw: string) {
  const problems = new Problems();
  const value = reader.read(raw, 'X', problems);
  return problems.found.length === 0 ? value : problems.found.join('\n');
}

describe('the instance types', () => {
  it.each([
    't4g.nano',
    'm5.large',
    'm5.xlarge',
    'c6gn.16xlarge',
    'c7gd.metal',
    'm7i-flex.large',
    'c7i.metal-24xl',
    'u-6tb1.metal',
  ])('may be %s', (type) => {
    expect(read(instanceTypes, type)).toEqual([type]);
  });

  it.each([
    ['t4g', /got "t4g"/],
    ['t4g.tiny', /got "t4g.tiny"/],
    ['T4G.NANO', /got "T4G.NANO"/],
    ['nano', /^X: expected an instance type such as t4g.nano, got "nano"$/],
    ['t3.nano,t4g.nano.x,x', /got "t4g.nano.x"\n.*got "x"/],
    ['t3.nano,t3.nano', /each type once/],
  ])('are not %s', (raw, problem) => {
    expect(read(instanceTypes, raw)).toMatch(problem);
  });
});

describe('the security groups', () => {
  it('are up to five, with blanks around them', () => {
    const groups = ['sg-00000001', 'sg-00000002', 'sg-00000003', 'sg-00000004', 'sg-00000005'];

    expect(read(securityGroups, ` ${groups.join(' , ')}, `)).toEqual(groups);
  });

  it.each([
    ['', /^X: expected 1 to 5 security group ids, separated by commas, got nothing$/],
    [' , ', /expected 1 to 5/],
    [Array(6).fill('sg-00000001').join(), /1 to 5 security group ids/],
    ['sg-00000001, sg-00000001', /^X: expected each security group once, got "sg-00000001, sg-00000001"$/],
    ['sg-00000001,oops', /^X\[1\]: expected sg-…, got "oops"$/],
  ])('are not "%s"', (raw, problem) => {
    expect(read(securityGroups, raw)).toMatch(problem);
  });
});

describe('the image', () => {
  it.each([
    ['fck-nat', { kind: 'preset', preset: 'fck-nat' }],
    ['ami-01ae0e01e7fffd105', { kind: 'fixed', imageId: 'ami-01ae0e01e7fffd105' }],
    // Ids of the time before 2016 have eight digits.
    ['ami-5bc6c23d', { kind: 'fixed', imageId: 'ami-5bc6c23d' }],
    ['123456789012:nat image *', { kind: 'custom', owner: '123456789012', namePattern: 'nat image *' }],
    ['amazon:a:b', { kind: 'custom', owner: 'amazon', namePattern: 'a:b' }],
    ['aws-marketplace:a:b', { kind: 'custom', owner: 'aws-marketplace', namePattern: 'a:b' }],
    ['self:a:b', { kind: 'custom', owner: 'self', namePattern: 'a:b' }],
  ])('is a preset, an id, or an owner and a pattern: %s', (raw, choice) => {
    expect(read(imageChoice, raw)).toEqual(choice);
  });

  it.each([
    '12345678901:nat-*',
    'microsoft:nat-*',
    'self:',
    'self: nat',
    `self:${'x'.repeat(257)}`,
    'AL2023',
    'al2022',
  ])('is not %s', (raw) => {
    expect(read(imageChoice, raw)).toMatch(/^X: expected al2023, fck-nat, amzn-ami-vpc-nat, an image id /);
  });
});
