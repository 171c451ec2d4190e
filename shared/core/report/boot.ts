import { type Finding, finding } from '../model/finding.ts';
import { type Milestone, milestones, type NatHealth } from '../model/reading.ts';
import type { NatInstance } from '../model/snapshot.ts';
import { type DurationMs, type EpochMs, minuteMs, secondMs } from '../model/time.ts';
import type { BootReport } from './report.ts';

/** Runs of a minute's pace tell of a boot while it is news. */
const isNewsForMs: DurationMs = 15 * minuteMs;

/** Undefined: it is no news, or the instance does not say. */
export function bootReport(
  { id, launchedAt }: NatInstance,
  { milestones: reached }: NatHealth,
  now: EpochMs,
): BootReport | undefined {
  const seconds = milestones.flatMap((name) => {
    const afterMs = reached[name];
    return afterMs === undefined ? [] : [[name, afterMs / secondMs]];
  });
  return seconds.length === 0 || now - launchedAt > isNewsForMs
    ? undefined
    : { instanceId: id, ...Object.fromEntries(seconds) };
}

/** In a sentence; undefined: it does not say that it forwards. */
export function bootText(boot: BootReport): string | undefined {
  if (boot.forwarding === undefined) {
    return undefined;
  }
  const others = milestones.flatMap((name) => {
    const seconds = boot[name];
    return name === 'forwarding' || seconds === undefined ? [] : [`${words[name]} ${seconds.toFixed(1)}`];
  });
  const beside = others.length === 0 ? '' : ` (${others.join(', ')})`;
  return `${boot.instanceId} forwarded ${boot.forwarding.toFixed(1)} s after its kernel started${beside}`;
}

const words: Readonly<Record<Milestone, string>> = {
  address: 'address',
  rules: 'rules',
  forwarding: 'forwarding',
  health: 'health',
  egress: 'own egress',
};

/** It forwards, and not by the way that it was meant to: nobody is served the worse for it now. */
export function bootPathFindings(
  { id, imageId }: NatInstance,
  health: NatHealth,
  { isAsConfigured, isToAsk }: { readonly isAsConfigured: boolean; readonly isToAsk: boolean },
): Finding[] {
  const { early, flowTable, cannotAsk } = health;
  return [
    ...(early === undefined || early === 'loaded' ? [] : [lateRules(id, imageId, early)]),
    // With other settings than the present ones it says nothing of these, and is to be replaced.
    ...(flowTable === false && isAsConfigured ? [withoutFlowTable(id, imageId)] : []),
    ...(cannotAsk !== undefined && isAsConfigured ? [unable(id, cannotAsk)] : []),
    ...(isAsConfigured && isToAsk && neverBegins(health) ? [neverBegun(id, health.uptimeMs)] : []),
  ];
}

function lateRules(id: string, imageId: string, why: string): Finding {
  return finding(
    'rules-late',
    `${id} could not load its rules without nft, says it (${why}), so that they waited until nft was installed: nothing need be done for this instance, but the next one from ${imageId} boots no sooner; from an image that brings nft, such as one of your own (docs/own-image.md), it would`,
  );
}

function withoutFlowTable(id: string, imageId: string): Finding {
  return finding(
    'no-flow-table',
    `FlowTable is on, and the kernel of ${id} takes no flow table, says it: every packet takes the usual way, and all pass; choose an image whose kernel takes one instead of ${imageId} (AmiSelector), or set FlowTable=off`,
  );
}

/** The program takes nft, which is installed as soon as the package repositories can be reached, and the probe brings it. */
const beginsWithinMs: DurationMs = 10 * minuteMs;

function neverBegins({ tellsOfAsking, uptimeMs }: NatHealth): boolean {
  return tellsOfAsking === false && uptimeMs > beginsWithinMs;
}

/** What to do where its kernel, or nothing that is known, keeps it from asking. */
function askingNobody(id: string, why: string, advice: string): Finding {
  return finding(
    'clients-not-asked',
    `KeepConnections is all, and ${id} asks no client whose a packet of an unknown connection is, ${why}: all pass, and if it takes over after a sudden death without a copy, connections whose client only listens are lost; ${advice}, or set KeepConnections=senders, which closes ports of its security group`,
  );
}

function unable(id: string, why: string): Finding {
  return askingNobody(id, `says it (${why})`, 'choose another image (AmiSelector)');
}

function neverBegun(id: string, uptimeMs: DurationMs): Finding {
  return askingNobody(
    id,
    `as far as is known: ${Math.floor(uptimeMs / minuteMs)} minutes after its kernel started it has said nothing of that`,
    'its program waits for nftables, which is installed as soon as the package repositories can be reached; on the instance, systemctl status phoenat-paging tells more; rebuild the zone',
  );
}
