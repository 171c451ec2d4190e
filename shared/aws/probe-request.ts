import { isPrivateAddress } from '../config/cidr.ts';
import type { AskedInstance } from '../core/model/reading.ts';

/** A zone has its primary, a candidate, and now and then an instance that is going. */
export const maxAskedInstances = 8;

/** What a probe is sent: whom it may ask, and no more of them than it takes. */
export function probeRequest(about: readonly AskedInstance[]): { readonly instances: AskedInstance[] } {
  return {
    instances: about
      .filter(({ privateIp }) => isPrivateAddress(privateIp))
      .slice(0, maxAskedInstances)
      .map(({ instanceId, privateIp }) => ({ instanceId, privateIp })),
  };
}
