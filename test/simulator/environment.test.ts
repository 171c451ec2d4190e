import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../shared/config/controller-settings.ts';
import type { Settings } from '../../shared/core/model/settings.ts';
import { dayMs, minuteMs } from '../../shared/core/model/time.ts';
import { environmentOf } from '../../simulator/harness/environment.ts';
import { id, someSettings } from '../unit/core/a-snapshot.ts';

const everySetting: Partial<Settings> = {
  accountId: '123456789012',
  image: { kind: 'custom', owner: 'self', namePattern: 'my-nat-*' },
  securityGroupIds: [id('securityGroup', '1'), id('securityGroup', '2')],
  instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/nat',
  volumeGiB: 12,
  egress: {
    clientCidrs: ['10.0.0.0/16', '10.1.0.0/16'],
    traffic: 'all',
    allowList: [{ cidr: '198.51.100.0/24', port: 123, protocol: 'udp' }],
    allowedDomains: ['example.com', '.example.org'],
    adminCidr: '198.51.100.7/32',
  },
  readyTimeoutMs: 5 * minuteMs,
  maxLaunchesPerHour: 7,
  maxInstanceAgeMs: 30 * dayMs,
  tags: [{ key: 'Team', value: 'network' }],
  metricNamespace: 'Network/Nat',
};

describe('the environment that the simulator sets', () => {
  it.each<[string, Partial<Settings>]>([
    ['the defaults', {}],
    ['every setting', everySetting],
    [
      'an image by its id',
      { image: { kind: 'fixed', imageId: id('image', '1') }, instanceTypes: ['t3.nano'] },
    ],
  ])('is read as it was meant: %s', (_case, changes) => {
    const wanted = someSettings(changes);

    expect(parseSettings(environmentOf(wanted))).toEqual(wanted);
  });
});
