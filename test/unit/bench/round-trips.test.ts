import { describe, expect, test } from 'vitest';
import { type Exchange, failoverOf, longestChain } from '../../bench/failover/round-trips.ts';

const exchange = (call: string, askedAt: number, answeredAt: number): Exchange => ({
  call,
  askedAt,
  answeredAt,
});

describe('round trips', () => {
  test('calls side by side are one, however many', () => {
    const exchanges = [
      exchange('DescribeInstances', 0, 50),
      exchange('DescribeAddresses', 2, 53),
      exchange('DescribeRouteTables', 4, 90),
    ];
    expect(longestChain(exchanges, 1_000)).toBe(1);
  });

  test('a call that is asked after an answer is one more, whatever else is still under way', () => {
    const exchanges = [
      exchange('DescribeImages', 0, 400),
      exchange('DescribeInstances', 0, 50),
      exchange('DescribeAddresses', 51, 101),
      exchange('AssociateAddress', 101, 151),
    ];
    expect(longestChain(exchanges, 1_000)).toBe(3);
  });

  test('what is answered later does not count', () => {
    const exchanges = [exchange('DescribeInstances', 0, 50), exchange('DescribeAddresses', 51, 101)];
    expect(longestChain(exchanges, 100)).toBe(1);
  });
});

describe('a failover', () => {
  const exchanges = [
    exchange('DescribeInstances', 110, 160),
    exchange('DescribeRouteTables', 161, 211),
    exchange('CreateNetworkInterface', 212, 262),
    exchange('AssociateAddress', 263, 313),
    exchange('ReplaceRoute', 263, 320),
    exchange('RunInstances', 321, 371),
    exchange('DescribeInstances', 372, 422),
  ];

  test('is timed from the event to the last answer of its cutover, and to its launch', () => {
    expect(failoverOf(exchanges, 100)).toEqual({
      cutover: { roundTrips: 4, ms: 220 },
      launch: { roundTrips: 5, ms: 221 },
      calls: 7,
    });
  });

  test('is nothing that moves or launches nothing', () => {
    const moved = exchanges.filter(({ call }) => call !== 'RunInstances');
    expect(() => failoverOf(moved, 100)).toThrow('nothing was moved or launched');
    const launched = exchanges.filter(({ call }) => !['AssociateAddress', 'ReplaceRoute'].includes(call));
    expect(() => failoverOf(launched, 100)).toThrow('DescribeInstances, DescribeRouteTables');
  });
});
