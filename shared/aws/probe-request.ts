import { isPrivateAddress } from '../config/cidr.ts';
import type { AskedInstance } from '../core/model/reading.ts';
import type { ZoneSettings } from '../core/model/settings.ts';
import { isStandby } from '../core/neighbours/standby.ts';

/** A zone has its primary, a candidate, and now and then an instance that is going. */
export const maxAskedInstances = 8;

export type ProbeRequest = {
  readonly instances: AskedInstance[];
  readonly requests?: false;
  /** Shorter limits (functions/probe/probe.ts). */
  readonly hurry?: true;
};

export type ProbeOptions = { readonly hurry?: boolean };

/**
 * What a probe is sent: whom it may ask, and no more of them than it takes. Of a standby its requests say nothing: they go
 * through the zone's own instance, and where that is dead they would keep the standby's answer waiting.
 */
export function probeRequest(
  about: readonly AskedInstance[],
  zone?: ZoneSettings,
  { hurry = false }: ProbeOptions = {},
): ProbeRequest {
  return {
    ...(zone !== undefined && isStandby(zone) ? { requests: false } : {}),
    ...(hurry ? { hurry } : {}),
    instances: about
      .filter(({ privateIp }) => isPrivateAddress(privateIp))
      .slice(0, maxAskedInstances)
      .map(({ instanceId, privateIp }) => ({ instanceId, privateIp })),
  };
}
