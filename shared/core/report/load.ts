import { nextLargerType } from '../launch/next-larger-type.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { InstanceId } from '../model/ids.ts';
import { type Allowance, allowances, type NatLoad } from '../model/reading.ts';
import type { NatInstance } from '../model/snapshot.ts';
import { minuteMs, secondMs } from '../model/time.ts';
import type { LoadReport } from './report.ts';

/**
 * So many packets in a minute, one a second, are more than chance. A connection that grows finds its rate by losing a
 * packet now and then, and two connections that want one port now and then lose one too: that is no want of size.
 */
export const tooSmallPerMinute = 60;
/** From there on a burst of new connections finds no room. */
const fullFromPercent = 90;

/**
 * The allowance for link-local addresses, IMDS and the VPC's resolver, is the same for every type (EC2 User Guide,
 * "Monitor network performance for ENA settings"): a larger one would not help.
 */
const byType: readonly Allowance[] = allowances.filter((allowance) => allowance !== 'linklocal');

/** What of an instance's load a larger type would have carried, in packets of the last minute. Undefined: not known. */
export function heldUpIn({ exceeded, insertFailed, dropped }: NatLoad): number | undefined {
  const counts = [...byType.map((allowance) => exceeded?.[allowance]), insertFailed, dropped].filter(
    (count) => count !== undefined,
  );
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0);
}

export function usedPercent({ connections }: Pick<NatLoad, 'connections'>): number | undefined {
  return connections === undefined || connections.most === 0
    ? undefined
    : Math.round((100 * connections.used) / connections.most);
}

/** Absent where the instance does not say. */
export function loadReport(instanceId: InstanceId, load: NatLoad): LoadReport {
  const heldUp = heldUpIn(load);
  const percent = usedPercent(load);
  const { bytes, packets, connections, exceeded, insertFailed, dropped, stealPercent } = load;
  const minuteSeconds = minuteMs / secondMs;
  return {
    instanceId,
    ...(bytes === undefined ? {} : { bytesPerSecond: Math.round(bytes / minuteSeconds) }),
    ...(packets === undefined ? {} : { packetsPerSecond: Math.round(packets / minuteSeconds) }),
    ...(connections === undefined || percent === undefined
      ? {}
      : { connections: { ...connections, usedPercent: percent } }),
    ...(heldUp === undefined ? {} : { heldUp }),
    ...(exceeded === undefined ? {} : { exceeded }),
    ...(insertFailed === undefined ? {} : { insertFailed }),
    ...(dropped === undefined ? {} : { dropped }),
    ...(stealPercent === undefined ? {} : { stealPercent }),
  };
}

/** Of one minute: whether it lasts, the alarm tells. */
export function tooSmallFindings({ id, instanceType }: NatInstance, load: NatLoad): Finding[] {
  const signs = [...heldUpSigns(load), ...tableSigns(load)];
  return signs.length === 0
    ? []
    : [
        finding(
          'instance-too-small',
          `${id} is a ${instanceType}, and ${signs.join('; ')}; if that lasts, ${remedy(instanceType)}`,
        ),
      ];
}

function heldUpSigns(load: NatLoad): string[] {
  const heldUp = heldUpIn(load) ?? 0;
  const causes = [
    ...byType.map((allowance) => [wants[allowance], load.exceeded?.[allowance] ?? 0] as const),
    ['room in the connection table', (load.insertFailed ?? 0) + (load.dropped ?? 0)] as const,
  ].filter(([, count]) => count > 0);
  return heldUp < tooSmallPerMinute
    ? []
    : [
        `${heldUp} packets were held up or dropped in the last minute for want of ${causes.map(([what, count]) => `${what} (${count})`).join(', ')}`,
      ];
}

const wants: Readonly<Record<Allowance, string>> = {
  bw_in: 'bandwidth in',
  bw_out: 'bandwidth out',
  pps: 'packets per second',
  conntrack: 'connections that EC2 tracks',
  linklocal: 'packets to link-local addresses',
};

function tableSigns(load: NatLoad): string[] {
  const percent = usedPercent(load) ?? 0;
  return percent < fullFromPercent
    ? []
    : [`its connection table is ${percent} % full (${load.connections?.used} of ${load.connections?.most})`];
}

function remedy(instanceType: string): string {
  const next = nextLargerType(instanceType);
  return next === undefined
    ? `put a type with more bandwidth first in the parameter InstanceTypes and deploy: of this family none is known that is larger, but other families have more for the same size (c7gn, for example)`
    : `put ${next}, the next larger, first in the parameter InstanceTypes and deploy: the instances are then replaced one after the other, make before break`;
}
