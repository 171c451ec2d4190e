import { describe, expect, it } from 'vitest';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';
import type { Settings } from '../../../shared/core/model/settings.ts';
import { prepare } from '../../../shared/loop/prepare.ts';
import { environmentOf } from '../../../simulator/harness/environment.ts';
import { id, someSettings } from '../core/a-snapshot.ts';

const bootstrap = readBootstrapFiles();

function hashOf(changes: Partial<Settings> = {}): string {
  return prepare(environmentOf(someSettings(changes)), bootstrap).specHash;
}

describe('the hash of all that a launch depends on', () => {
  it('is the same for the same settings', () => {
    expect(hashOf()).toBe(hashOf());
  });

  it.each<[string, Partial<Settings>]>([
    ['image', { image: { kind: 'preset', preset: 'fck-nat' } }],
    ['instance types', { instanceTypes: ['t4g.micro'] }],
    ['security groups', { securityGroupIds: [id('securityGroup', '2')] }],
    ['instance profile', { instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/other' }],
    ['volume', { volumeGiB: 9 }],
    ['user data', { egress: { ...someSettings().egress, traffic: 'https' } }],
  ])('is another for another %s', (_what, changes) => {
    expect(hashOf(changes)).not.toBe(hashOf());
  });

  it('is the same whatever only the controller does otherwise', () => {
    expect(hashOf({ maxLaunchesPerHour: 7, readyTimeoutMs: 900_000 })).toBe(hashOf());
  });

  it('is the same for other tags: labels move no traffic', () => {
    const tags = [{ key: 'Team', value: 'network' }];

    expect(prepare(environmentOf(someSettings({ tags })), bootstrap).settings.tags).toEqual(tags);
    expect(hashOf({ tags })).toBe(hashOf());
  });
});
