import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readBootstrapFiles } from '../../../infra/read-bootstrap-files.ts';
import { renderExtras } from '../../../infra/user-data.ts';
import { minuteMs } from '../../../shared/core/model/time.ts';
import { aliveIn, primaryOf, settledHarness } from '../../../simulator/harness/settled-harness.ts';
import { natEnvIn } from '../../lab/network/nat-files.ts';

const settings = {
  handOverMs: minuteMs,
  watch: 'on',
  standIn: 'on',
  instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/phoenat',
} as const;

describe('what an instance of the lab is told', () => {
  it('is what its launch wrote into its user data', async () => {
    const harness = await settledHarness({ settings, probe: 'on' });
    const old = primaryOf(harness, 'a');
    const envOf = (id: string) =>
      natEnvIn(harness.sim.region.store.instances.current.get(id)?.launch.userData);
    const extras = createHash('sha256').update(renderExtras(readBootstrapFiles())).digest('hex');

    expect(envOf(old)).toMatchObject({
      CLIENT_CIDRS: '10.0.0.0/16',
      EGRESS: 'tcp 443 0.0.0.0/0;tcp 80 0.0.0.0/0',
      NAMES: '',
      HAND_OVER_SECONDS: '60',
      WATCH: '1',
      OTHER_CIDRS: '10.0.120.0/24 10.0.121.0/24',
      NAT_CIDRS: '10.0.1.0/24',
      EXTRAS: extras,
    });
    expect(envOf(old)).not.toHaveProperty('PREDECESSOR');

    await harness.invoke({ action: 'rebuild', zone: 'a' });
    const next = aliveIn(harness, 'a').find((id) => id !== old) ?? old;

    expect(envOf(next)['PREDECESSOR']).toMatch(/^10\.0\.0\.\d+$/);
  });

  it('is nothing without user data', () => {
    expect(natEnvIn(undefined)).toEqual({});
  });
});
