import { describe, expect, it } from 'vitest';
import { nextLargerType } from '../../../../shared/core/launch/next-larger-type.ts';

describe('the next larger type', () => {
  it.each([
    ['t4g.nano', 't4g.micro'],
    ['t3.xlarge', 't3.2xlarge'],
    ['c7gn.medium', 'c7gn.large'],
    ['c7gn.2xlarge', 'c7gn.4xlarge'],
    ['c7gn.16xlarge', 'c7gn.24xlarge'],
  ])('of %s is %s', (type, next) => {
    expect(nextLargerType(type)).toBe(next);
  });

  it.each(['t4g.2xlarge', 'c7i.24xlarge', 'c5n.9xlarge', 'c7gn.metal', 'nano', ''])(
    'of %s is not known',
    (type) => {
      expect(nextLargerType(type)).toBeUndefined();
    },
  );
});
