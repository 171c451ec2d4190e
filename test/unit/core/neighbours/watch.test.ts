import { describe, expect, it } from 'vitest';
import type { NatInstance } from '../../../../shared/core/model/snapshot.ts';
import { isWatching, watchedIn } from '../../../../shared/core/neighbours/watch.ts';
import { anInstance, someSettings, zoneName } from '../a-snapshot.ts';

const settings = {
  ...someSettings(),
  watch: 'on' as const,
  instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/nat',
};
const asked = { settings, ring: settings.zones };
const [a, b] = [zoneName('a'), zoneName('b')];

function primaries(ofA: Partial<NatInstance> = {}) {
  return new Map([
    [a, anInstance('a', { privateIp: '10.0.0.5', ...ofA })],
    [b, anInstance('b', { privateIp: '10.0.1.5' })],
  ]);
}

describe('who watches', () => {
  it('is the instances of several zones that have a role', () => {
    const { instanceProfileArn: _none, ...without } = settings;

    expect(isWatching(settings)).toBe(true);
    expect(isWatching({ ...settings, watch: 'off' })).toBe(false);
    expect(isWatching({ ...settings, zones: settings.zones.slice(0, 1) })).toBe(false);
    expect(isWatching(without)).toBe(false);
  });

  it('watches the one that carries the traffic of the zone before', () => {
    const watched = watchedIn(primaries(), asked);

    expect(watched.get(a)).toEqual({ zone: b, instanceId: anInstance('b').id, privateIp: '10.0.1.5' });
    expect(watched.get(b)).toEqual({ zone: a, instanceId: anInstance('a').id, privateIp: '10.0.0.5' });
  });

  it('is told nobody new while that zone has none that runs, or nobody is to watch', () => {
    expect(watchedIn(primaries({ state: 'pending' }), asked).get(b)).toBeUndefined();
    expect(watchedIn(new Map(), asked).size).toBe(0);
    expect(watchedIn(primaries(), { ...asked, settings: { ...settings, watch: 'off' } }).size).toBe(0);
  });
});
