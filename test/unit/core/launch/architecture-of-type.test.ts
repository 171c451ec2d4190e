import { describe, expect, it } from 'vitest';
import { architectureOfType } from '../../../../shared/core/launch/architecture-of-type.ts';

describe('the architecture of an instance type', () => {
  const graviton = [
    'a1.medium',
    't4g.nano',
    'm6g.large',
    'm6gd.metal',
    'm7g.medium',
    'm8g.metal-24xl',
    'c6gn.xlarge',
    'c7gn.medium',
    'c8gb.large',
    'r8gd.large',
    'x2gd.medium',
    'x8g.medium',
    'i4g.large',
    'i8g.large',
    'i8ge.large',
    'im4gn.large',
    'is4gen.medium',
    'hpc7g.4xlarge',
  ];

  it.each(graviton)('%s has Graviton processors: arm64', (type) => {
    expect(architectureOfType(type)).toBe('arm64');
  });

  // The GPU and media families begin with g, or have it among the letters before the number.
  it('g5g is both, a GPU family and Graviton: arm64', () => {
    expect(architectureOfType('g5g.xlarge')).toBe('arm64');
  });

  it.each([
    'g4dn.xlarge',
    'g4ad.xlarge',
    'g5.xlarge',
    'g6.xlarge',
    'g6e.xlarge',
    'gr6.4xlarge',
    'p4d.24xlarge',
  ])('%s has GPUs, which says nothing of the processor: x86_64', (type) => {
    expect(architectureOfType(type)).toBe('x86_64');
  });

  const intelAndAmd = [
    't2.micro',
    't3.nano',
    't3a.micro',
    'm5.large',
    'm5zn.large',
    'm7a.medium',
    'm7i-flex.large',
    'c5n.large',
    'c6in.large',
    'c7i.metal-24xl',
    'i3en.large',
    'x1e.xlarge',
    'x2iedn.xlarge',
    'z1d.large',
    'u-6tb1.metal',
    'u7i-12tb.224xlarge',
    'mac1.metal',
    'trn1.2xlarge',
    'hpc6a.48xlarge',
  ];

  it.each(intelAndAmd)('%s: x86_64', (type) => {
    expect(architectureOfType(type)).toBe('x86_64');
  });

  it.each(['g4g', 't4g.nano.g', 'a1', 'a1.large'])('%s: the family alone decides', (type) => {
    expect(architectureOfType(type)).toBe('arm64');
  });

  it.each(['', 'nonsense', '.t4g', 't3.t4g', 'a1x.large', 'a10.large'])(
    '%j is no Graviton family, and no reason to fail',
    (name) => {
      expect(architectureOfType(name)).toBe('x86_64');
    },
  );
});
