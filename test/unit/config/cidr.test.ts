import { describe, expect, it } from 'vitest';
import { isAddress, isCidr, isPrivateAddress, isPublicAddress } from '../../../shared/config/cidr.ts';

describe('an address', () => {
  it.each(['0.0.0.0', '10.0.0.5', '255.255.255.255'])('is %s', (raw) => {
    expect(isAddress(raw)).toBe(true);
  });

  it.each([
    '',
    '10.0.0',
    '10.0.0.0.5',
    '10.0.0.256',
    '010.0.0.5',
    '10.0.0.5 ',
    '10.0.0.0/8',
    '::1',
    'a.b.c.d',
  ])('is not %j', (raw) => {
    expect(isAddress(raw)).toBe(false);
  });
});

describe('a range', () => {
  it.each(['10.0.0.0/8', '0.0.0.0/0', '203.0.113.7/32'])('is %s', (raw) => {
    expect(isCidr(raw)).toBe(true);
  });

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.256/8', '10.0.0/8'])('is not %s', (raw) => {
    expect(isCidr(raw)).toBe(false);
  });
});

describe('an address is', () => {
  it.each(['10.255.0.1', '172.16.0.1', '172.31.255.255', '192.168.4.4', '100.64.0.1', '100.127.255.255'])(
    'private: %s',
    (raw) => {
      expect([isPrivateAddress(raw), isPublicAddress(raw)]).toEqual([true, false]);
    },
  );

  it.each([
    '1.1.1.1',
    '172.15.0.1',
    '172.32.0.1',
    '100.63.255.255',
    '100.128.0.1',
    '192.169.0.1',
    '223.255.255.255',
  ])('public: %s', (raw) => {
    expect([isPrivateAddress(raw), isPublicAddress(raw)]).toEqual([false, true]);
  });

  it.each(['0.0.0.0', '127.0.0.1', '169.254.169.254', '224.0.0.1', '255.255.255.255', 'example.com'])(
    'neither: %s',
    (raw) => {
      expect([isPrivateAddress(raw), isPublicAddress(raw)]).toEqual([false, false]);
    },
  );
});
