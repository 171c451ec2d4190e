import { describe, expect, it } from 'vitest';
import { mayStandIn, natCidrs, otherCidrs } from '../../../../shared/core/neighbours/stand-in.ts';
import { id, settledScene, someSettings, zoneSettings } from '../a-snapshot.ts';

describe('instances may have to stand in', () => {
  const on = someSettings({ standIn: 'on' });

  it('where it is switched on and there is a neighbour', () => {
    expect(mayStandIn(on)).toBe(true);
    expect(mayStandIn(someSettings())).toBe(false);
    expect(mayStandIn({ ...on, zones: [zoneSettings('a')] })).toBe(false);
  });

  it('not where Squid carries connections, nor with an image that takes none of our rules', () => {
    expect(mayStandIn({ ...on, egress: { ...on.egress, allowedDomains: ['example.com'] } })).toBe(false);
    expect(mayStandIn({ ...on, image: { kind: 'preset', preset: 'amzn-ami-vpc-nat' } })).toBe(false);
  });
});

describe('the addresses of other zones', () => {
  const subnets = settledScene.subnets.map((subnet, nth) => ({ ...subnet, cidr: `10.0.${nth}.0/24` }));
  const zones = [zoneSettings('a'), zoneSettings('b')];

  it('are those of their private subnets, in one order', () => {
    const ofA = otherCidrs(zoneSettings('a'), zones, subnets);

    expect(ofA).toEqual(['10.0.4.0/24', '10.0.5.0/24']);
    expect(otherCidrs(zoneSettings('a'), zones, subnets.toReversed())).toEqual(ofA);
    expect(otherCidrs(zoneSettings('b'), zones, subnets)).toEqual(['10.0.1.0/24', '10.0.2.0/24']);
  });

  it('are told with those of their NAT instances', () => {
    expect(natCidrs(zoneSettings('a'), zones, subnets)).toEqual(['10.0.3.0/24']);
    expect(natCidrs(zoneSettings('b'), zones, subnets)).toEqual(['10.0.0.0/24']);
    const inOne = zones.map((zone) => ({ ...zone, publicSubnetId: zoneSettings('a').publicSubnetId }));
    expect(inOne.map((zone) => natCidrs(zone, inOne, subnets))).toEqual([[], []]);
  });

  it('leave out what EC2 does not list, and what is named for this zone too', () => {
    const both = {
      ...zoneSettings('b'),
      privateSubnetIds: [id('subnet', 'a1'), id('subnet', 'b1'), id('subnet', 'f1')],
    };

    expect(otherCidrs(zoneSettings('a'), [zoneSettings('a'), both], subnets)).toEqual(['10.0.4.0/24']);
  });
});
