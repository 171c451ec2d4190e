import { isAddress } from '../config/cidr.ts';
import { parseId, parseZoneName } from '../core/model/ids.ts';
import type { Watched } from '../core/model/snapshot.ts';

/** The tag's value: "b i-0123456789abcdef0 10.0.1.5". The instance itself reads it (infra/nat-instance/watch.py). */
export function renderWatched({ zone, instanceId, privateIp }: Watched): string {
  return `${zone} ${instanceId} ${privateIp}`;
}

/** Any address: a VPC may have ranges of others than RFC 1918's. Whom it should name, the controller compares it with. */
export function parseWatched(raw: string | undefined): Watched | undefined {
  const [name, id, privateIp = '', ...rest] = raw?.split(' ') ?? [];
  const zone = parseZoneName(name);
  const instanceId = parseId('instance', id);
  return zone === undefined || instanceId === undefined || !isAddress(privateIp) || rest.length > 0
    ? undefined
    : { zone, instanceId, privateIp };
}
