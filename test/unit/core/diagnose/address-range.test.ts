import { describe, expect, it } from 'vitest';
import { isCovered, isInRange } from '../../../../shared/core/diagnose/address-range.ts';

describe('a range', () => {
  it.each([
    ['10.0.0.0', '10.0.0.0/16', true],
    ['10.0.255.255', '10.0.0.0/16', true],
    ['10.1.0.0', '10.0.0.0/16', false],
    ['9.255.255.255', '10.0.0.0/16', false],
    ['10.0.0.7', '10.0.0.200/24', true],
    ['203.0.113.7', '203.0.113.7/32', true],
    ['203.0.113.8', '203.0.113.7/32', false],
    ['203.0.113.8', '0.0.0.0/0', true],
    ['192.168.0.1', '128.0.0.0/1', true],
  ])('holds %s, where it is %s: %s', (address, cidr, isIn) => {
    expect(isInRange(address, cidr)).toBe(isIn);
  });

  it.each([
    ['10.0.1.0/24', ['10.0.0.0/16'], true],
    ['10.0.1.0/24', ['10.0.1.0/24'], true],
    ['10.0.1.0/24', ['10.0.1.0/25', '10.0.1.128/25'], true],
    ['10.0.1.0/24', ['10.0.1.0/25'], false],
    ['10.0.1.0/24', ['10.0.0.0/24', '192.168.0.0/16'], false],
    ['10.0.1.0/24', [], false],
    ['192.168.255.0/24', ['10.0.0.0/8', '192.168.0.0/16'], true],
  ])('%s is covered by %j: %s', (cidr, ranges, isIn) => {
    expect(isCovered(cidr, ranges)).toBe(isIn);
  });
});
