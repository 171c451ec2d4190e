import { type Finding, finding } from '../model/finding.ts';
import { type NatHealth, noGuard } from '../model/reading.ts';
import type { NatInstance } from '../model/snapshot.ts';

/** It forwards all the same, and what would take its place would have no guard for the same reason: nothing is replaced. */
export function unguardedFindings({ id }: NatInstance, { problems }: NatHealth): Finding[] {
  const unguarded = problems.find(({ what }) => what === noGuard);
  if (unguarded === undefined) {
    return [];
  }
  const others = problems.filter((problem) => problem !== unguarded).map(({ what }) => what);
  const besides = others.length === 0 ? '' : `, and besides: ${others.join('; ')}`;
  return [
    finding(
      'unguarded',
      `the guard of ${id} has not run for ten minutes or more, says it${besides}: it forwards all the same, and nobody repairs its rules and settings; it is not replaced for that, since the next one would have no guard for the same reason. The guard takes nftables, which is installed as soon as the package repositories can be reached; where somebody has stopped it: systemctl start phoenat-guard`,
    ),
  ];
}
