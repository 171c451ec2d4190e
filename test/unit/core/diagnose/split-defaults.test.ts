import { describe, expect, it } from 'vitest';
import type { RouteTable, SplitDefault } from '../../../../shared/core/model/snapshot.ts';
import { aTable, codesOf, diagnoseAndPlan, mainTable, publicTable, snapshotOf } from '../a-snapshot.ts';
import { ofB } from '../some-scenes.ts';

const half = (destination: string, targetId: string): SplitDefault => ({ destination, targetId });

/** Of zone a, whose tables have these routes. */
function diagnosisWith(ofPrivate: readonly SplitDefault[], ofPublic: readonly SplitDefault[] = []) {
  const withSplit = (table: RouteTable, splitDefaults: readonly SplitDefault[]): RouteTable =>
    splitDefaults.length === 0 ? table : { ...table, splitDefaults };
  const ofA = [withSplit(aTable('a', 1), ofPrivate), aTable('a', 2)];
  const routeTables = [
    withSplit(publicTable, ofPublic),
    mainTable,
    ...ofA,
    ...ofB.routeTables.filter(({ id }) => id !== publicTable.id && id !== mainTable.id),
  ];
  return diagnoseAndPlan(snapshotOf({ routeTables })).diagnosisOfA;
}

const detailsOf = (diagnosis: ReturnType<typeof diagnosisWith>) =>
  diagnosis.findings.map(({ detail }) => detail);

describe('routes that together are a default route, and win over it', () => {
  it('are told of with the commands that delete them, and leave the zone healthy', () => {
    const diagnosis = diagnosisWith([half('0.0.0.0/1', 'tgw-1'), half('128.0.0.0/1', 'tgw-2')]);

    expect([diagnosis.health, codesOf(diagnosis)]).toEqual(['healthy', ['default-route-overridden']]);
    expect(detailsOf(diagnosis)).toEqual([
      'rtb-000000a1, which serves subnet-000000a1, has routes to 0.0.0.0/1 (to tgw-1) and 128.0.0.0/1 (to tgw-2), which win over 0.0.0.0/0: what goes there does not go through the NAT instance; delete them (aws ec2 delete-route --route-table-id rtb-000000a1 --destination-cidr-block 0.0.0.0/1; aws ec2 delete-route --route-table-id rtb-000000a1 --destination-cidr-block 128.0.0.0/1), or leave these subnets out',
    ]);
  });

  it('are told of also where there is one', () => {
    expect(detailsOf(diagnosisWith([half('0.0.0.0/1', 'tgw-1')]))[0]).toMatch(
      / has a route to 0\.0\.0\.0\/1 \(to tgw-1\), which wins over .*; delete it \(/,
    );
  });

  it('of the public subnet may lead to its internet gateway, and nowhere else', () => {
    const target = publicTable.defaultRoute?.target.id ?? '';

    expect(detailsOf(diagnosisWith([], [half('0.0.0.0/1', target)]))).toEqual([]);
    expect(
      detailsOf(diagnosisWith([], [half('0.0.0.0/1', target), half('128.0.0.0/1', 'vgw-1')]))[0],
    ).toMatch(
      /^rtb-00000000, which serves subnet-000000a0, has a route to 128\.0\.0\.0\/1 \(to vgw-1\).* the NAT instance sends there .*, or take another public subnet$/,
    );
  });
});
