import type { Lab } from './lab.ts';
import type { NatInstance } from './nat-instance.ts';

type Env = Readonly<Record<string, string>>;

/** What an instance of zone a is told of zone b. */
export const envOfA: Env = {
  OWN_CIDRS: '10.0.100.0/24 10.0.101.0/24',
  OTHER_CIDRS: '10.0.120.0/24',
  NAT_CIDRS: '10.0.1.0/24',
};
const envOfB: Env = {
  OWN_CIDRS: '10.0.120.0/24',
  OTHER_CIDRS: '10.0.100.0/24 10.0.101.0/24',
  NAT_CIDRS: '10.0.0.0/24',
};

export const zoneA = { elastic: '203.0.113.7', primary: '10.0.0.4' } as const;
export const zoneB = { elastic: '203.0.113.8', primary: '10.0.1.4', secondary: '10.0.1.5' } as const;

/** Zone a's NAT instance, and zone b's, which looks after it; `more`: what both are told beside. */
export async function pairOfZones(lab: Lab, more: Env = {}): Promise<[NatInstance, NatInstance]> {
  const a = await lab.bootNat([zoneA.primary], { ...envOfA, ...more });
  const b = await lab.bootNat([zoneB.primary, zoneB.secondary], { ...envOfB, ...more });
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
