import { describe, expect, it } from 'vitest';
import { settledHarness } from '../../../simulator/harness/settled-harness.ts';
import { natEnvIn } from '../../lab/network/nat-files.ts';

async function toldOf(keepConnections: 'senders' | 'all') {
  const { sim } = await settledHarness({ settings: { keepConnections }, probe: 'on' });
  const running = sim.region.store.instances.current.all().filter(({ state }) => state === 'running');
  const zones = running.map(({ tags, launch }) => [tags['phoenat:zone'], natEnvIn(launch.userData)] as const);
  return zones.toSorted(([one = ''], [other = '']) => one.localeCompare(other));
}

describe('with KeepConnections', () => {
  it('all: each instance is told the subnets of its own zone, whose clients it asks', async () => {
    const told = await toldOf('all');

    expect(told.map(([zone, env]) => [zone, env['KEEP_CONNECTIONS'], env['OWN_CIDRS']])).toEqual([
      ['a', 'all', '10.0.100.0/24 10.0.101.0/24'],
      ['b', 'all', '10.0.120.0/24 10.0.121.0/24'],
    ]);
  });

  it('senders: it is told nothing of that', async () => {
    const told = await toldOf('senders');

    expect(told).toHaveLength(2);
    for (const [, env] of told) {
      expect(env).not.toHaveProperty('KEEP_CONNECTIONS');
      expect(env).not.toHaveProperty('OWN_CIDRS');
    }
  });
});
