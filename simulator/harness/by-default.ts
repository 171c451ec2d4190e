import { parseSettings } from '../../shared/config/controller-settings.ts';
import type { Settings } from '../../shared/core/model/settings.ts';
import { environmentOf } from './environment.ts';
import { Harness, type HarnessOptions } from './harness.ts';

const instanceProfileArn = 'arn:aws:iam::123456789012:instance-profile/phoenat-NatInstanceProfile-1';

/** How the zones of such a stack help each other where its parameters say nothing of it; the harness alone has them do nothing. */
export function byDefault(options: HarnessOptions): Partial<Settings> {
  const { settings } = new Harness({ ...options, settings: { ...options.settings, instanceProfileArn } });
  const { PHOENAT_STAND_IN: _standIn, PHOENAT_WATCH: _watch, ...environment } = environmentOf(settings);
  const { standIn, watch = 'off' } = parseSettings(environment);
  return { standIn, watch, instanceProfileArn };
}
