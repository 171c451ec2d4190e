import type { Lab } from './lab.ts';
import type { NatInstance } from './nat-instance.ts';

export const zoneA = { elastic: '203.0.113.7', primary: '10.0.0.4' } as const;
export const zoneB = { elastic: '203.0.113.8', primary: '10.0.1.4', secondary: '10.0.1.5' } as const;

/** Zone a's NAT instance, and zone b's, which looks after it. */
export async function pairOfZones(lab: Lab): Promise<[NatInstance, NatInstance]> {
  const a = await lab.bootNat([zoneA.primary], { OTHER_CIDRS: '10.0.120.0/24', NAT_CIDRS: '10.0.1.0/24' });
  const b = await lab.bootNat([zoneB.primary, zoneB.secondary], {
    OTHER_CIDRS: '10.0.100.0/24 10.0.101.0/24',
    NAT_CIDRS: '10.0.0.0/24',
  });
  await a.connect();
  await b.connect();
  await a.serveHealth();
  const elastic = new Map([
    [zoneA.elastic, zoneA.primary],
    [zoneB.elastic, zoneB.primary],
  ]);
  await lab.setPolicy({ elastic, checked: new Map(), dead: new Set() });
  return [a, b];
}
