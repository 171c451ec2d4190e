import { describe, expect, it } from 'vitest';
import { asksClients, ownCidrs } from '../../../../shared/core/neighbours/paging.ts';
import { settledScene, someSettings, zoneSettings } from '../a-snapshot.ts';

describe('clients are asked whose a packet is', () => {
  const all = someSettings({ keepConnections: 'all' });

  it('where that is asked for, clients have connections of their own, and the image takes our rules', () => {
    expect(asksClients(all)).toBe(true);
    expect(asksClients(someSettings())).toBe(false);
    const names = { ...all.egress, allowedDomains: ['example.com'] };
    expect(asksClients({ ...all, egress: names })).toBe(false);
    const allowList = [{ cidr: '198.51.100.0/24', port: 443, protocol: 'tcp' }] as const;
    expect(asksClients({ ...all, egress: { ...names, allowList } })).toBe(true);
    expect(asksClients({ ...all, image: { kind: 'preset', preset: 'amzn-ami-vpc-nat' } })).toBe(false);
  });

  it('those of the zone: its private subnets, as far as they are listed, in one order', () => {
    const subnets = settledScene.subnets.map((subnet, nth) => ({ ...subnet, cidr: `10.0.${nth}.0/24` }));

    expect(ownCidrs(zoneSettings('a'), subnets)).toEqual(['10.0.1.0/24', '10.0.2.0/24']);
    expect(ownCidrs(zoneSettings('a'), subnets.toReversed())).toEqual(['10.0.1.0/24', '10.0.2.0/24']);
    expect(ownCidrs(zoneSettings('a'), [])).toEqual([]);
  });
});
