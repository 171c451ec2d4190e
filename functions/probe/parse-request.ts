import { maxAskedInstances, maxInUse } from '../../shared/aws/probe-request.ts';
import { isAddress, isCidr, isPrivateAddress } from '../../shared/config/cidr.ts';
import { parseId } from '../../shared/core/model/ids.ts';
import type { AskedInstance } from '../../shared/core/model/reading.ts';
import { field, textField } from '../../shared/events/fields.ts';

/** The probe was asked for something that it does not do. */
export class ProbeRequestError extends Error {
  override readonly name = 'ProbeRequestError';

  constructor(problem: string) {
    super(
      `${problem}; a probe takes {"instances":[{"instanceId":"i-…","privateIp":"10.0.0.5"}]}, at most ${maxAskedInstances} of them, with private IPv4 addresses (RFC 1918, RFC 6598)`,
    );
  }
}

/** Unless it is only asked how instances are. */
export function wantsRequests(event: unknown): boolean {
  return field(event, 'requests') !== false;
}

/** Whether the answer is to come within a second. */
export function isHurried(event: unknown): boolean {
  return field(event, 'hurry') === true;
}

/** Which addresses are in use, for instances that lack them: addresses and ranges, and nothing else that anybody sends. */
export function inUseOf(event: unknown): readonly string[] {
  const told = field(event, 'inUse');
  const isFit = (entry: unknown) => typeof entry === 'string' && (isAddress(entry) || isCidr(entry));
  return Array.isArray(told) ? told.slice(0, maxInUse).filter(isFit) : [];
}

/**
 * Whose health is asked for. The addresses come from EC2, and are looked at all the same: nobody is to make the probe
 * connect to the world, to itself or to a metadata service. Throws `ProbeRequestError`.
 */
export function parseRequest(event: unknown): readonly AskedInstance[] {
  const instances = field(event, 'instances');
  if (!Array.isArray(instances) || instances.length > maxAskedInstances) {
    throw new ProbeRequestError(
      Array.isArray(instances) ? `${instances.length} instances` : 'no list of instances',
    );
  }
  return instances.map((entry: unknown, index) => {
    const instanceId = parseId('instance', field(entry, 'instanceId'));
    const privateIp = textField(entry, 'privateIp');
    if (instanceId === undefined) {
      throw new ProbeRequestError(`instances[${index}] has no instanceId`);
    }
    if (privateIp === undefined || !isPrivateAddress(privateIp)) {
      throw new ProbeRequestError(`instances[${index}] has no privateIp that may be asked`);
    }
    return { instanceId, privateIp };
  });
}
