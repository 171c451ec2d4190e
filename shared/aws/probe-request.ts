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
  /** Clients' addresses and ranges of them, for instances that lack them. */
  readonly inUse?: readonly string[];
};

/** `inUse`: what is brought instead of sending requests. */
export type ProbeOptions = { readonly hurry?: boolean; readonly inUse?: readonly string[] };

/** As many as an instance asks (infra/nat-instance/paging.py): 78 kB at most, of the 99,999 that it takes. */
export const maxInUse = 4_096;

/**
 * What a probe is sent: whom it may ask, and no more of them than it takes. Of a standby its requests say nothing: they go
 * through the zone's own instance, and where that is dead they would keep the standby's answer waiting.
 */
export function probeRequest(
  about: readonly AskedInstance[],
  zone?: ZoneSettings,
  { hurry = false, inUse }: ProbeOptions = {},
): ProbeRequest {
  return {
    ...(inUse !== undefined || (zone !== undefined && isStandby(zone)) ? { requests: false } : {}),
    ...(hurry ? { hurry } : {}),
    ...(inUse === undefined ? {} : { inUse: inUse.slice(0, maxInUse) }),
    instances: about
      .filter(({ privateIp }) => isPrivateAddress(privateIp))
      .slice(0, maxAskedInstances)
      .map(({ instanceId, privateIp }) => ({ instanceId, privateIp })),
  };
}
