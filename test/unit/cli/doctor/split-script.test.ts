import { describe, expect, it } from 'vitest';
import { examine } from '../../../../cli/doctor/examine.ts';
import type { Inventory } from '../../../../cli/doctor/inventory.ts';
import { type TableDetails, tableDetails } from '../../../../cli/doctor/splitting/table-details.ts';
import { id } from '../../core/a-snapshot.ts';
import {
  aDeployedInventory,
  anInventory,
  aRouteTable,
  mainTable,
  publicTable,
  toNat,
} from './an-inventory.ts';

const rtb = id('routeTable', 'a');
const shared = aRouteTable('a', ['a1', 'b1'], toNat('a'));
const routeTables = [mainTable, publicTable, shared];

const raw = {
  Associations: [
    { RouteTableAssociationId: 'rtbassoc-1', SubnetId: id('subnet', 'a1') },
    { RouteTableAssociationId: 'rtbassoc-2', SubnetId: id('subnet', 'b1') },
  ],
  PropagatingVgws: [{ GatewayId: 'vgw-1' }],
  Routes: [
    { DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' },
    { DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: id('natGateway', 'a') },
    { DestinationCidrBlock: '10.1.0.0/16', GatewayId: 'vgw-1', Origin: 'EnableVgwRoutePropagation' as const },
    { DestinationPrefixListId: 'pl-1', GatewayId: 'vpce-1' },
    { DestinationPrefixListId: 'pl-2', GatewayId: 'vpce-2' },
    { DestinationIpv6CidrBlock: '::/0', EgressOnlyInternetGatewayId: 'eigw-1' },
    { DestinationCidrBlock: '10.2.0.0/16', InstanceId: 'i-1', NetworkInterfaceId: 'eni-1' },
    { DestinationCidrBlock: '10.3.0.0/16', TransitGatewayId: 'tgw-1', State: 'blackhole' as const },
    { DestinationCidrBlock: '10.4.0.0/16' },
  ],
  Tags: [
    { Key: 'Name', Value: 'private' },
    { Key: 'aws:cloudformation:stack-name', Value: 'net' },
    { Key: 'phoenat:taken-over', Value: 'x' },
  ],
};

const scriptOf = (over: Partial<Inventory> = {}, details: TableDetails = tableDetails(raw, ['vpce-1'])) =>
  examine(
    anInventory({
      routeTables,
      tableDetails: { [rtb]: details },
      gatewayEndpoints: [{ id: 'vpce-1', routeTableIds: [rtb] }],
      ...over,
    }),
  ).splitScript;

describe('the script that splits a table', () => {
  it('gives the new table everything before a subnet moves to it', () => {
    const lines = (scriptOf() ?? '')
      .split('\n')
      .filter((line) => line.startsWith('ec2 ') || line.startsWith('moved='));

    expect(lines).toEqual([
      'ec2 modify-vpc-endpoint --vpc-endpoint-id vpce-1 --add-route-table-ids "$new" >/dev/null',
      'ec2 enable-vgw-route-propagation --route-table-id "$new" --gateway-id vgw-1',
      `ec2 create-route --route-table-id "$new" --destination-cidr-block 0.0.0.0/0 --nat-gateway-id ${id('natGateway', 'a')} >/dev/null`,
      'ec2 create-route --route-table-id "$new" --destination-prefix-list-id pl-2 --vpc-endpoint-id vpce-2 >/dev/null',
      'ec2 create-route --route-table-id "$new" --destination-ipv6-cidr-block ::/0 --egress-only-internet-gateway-id eigw-1 >/dev/null',
      'ec2 create-route --route-table-id "$new" --destination-cidr-block 10.2.0.0/16 --network-interface-id eni-1 >/dev/null',
      `moved=$(ec2 replace-route-table-association --association-id rtbassoc-2 --route-table-id "$new" --query NewAssociationId); echo "Moved ${id('subnet', 'b1')} to $new ($moved)"`,
    ]);
  });

  it('says what it does not copy, and copies no tag that tells of the old table', () => {
    const text = scriptOf() ?? '';

    expect(text).toContain('since it leads nowhere now: 10.3.0.0/16 to tgw-1');
    expect(text).toContain('of no kind that is known here: 10.4.0.0/16');
    expect(text).toContain(`'[{"ResourceType":"route-table","Tags":[{"Key":"Name","Value":"private-b"}]}]'`);
  });

  it('lets no tag or route end a quotation or a line', () => {
    const value = `'; touch gotcha #\n$(touch gotcha)`;
    const details = tableDetails(
      {
        ...raw,
        Tags: [{ Key: 'a', Value: value }],
        Routes: [{ DestinationCidrBlock: value, State: 'blackhole' }],
      },
      [],
    );

    expect(
      (scriptOf({}, details) ?? '').split('\n').filter((line) => /^\W*touch|^\$\(touch/.test(line)),
    ).toEqual([]);
  });

  it('is none where no table is shared, where a stack serves it, or where it is not known', () => {
    const deployed = aDeployedInventory({ routeTables, tableDetails: { [rtb]: tableDetails(raw, []) } });

    expect(examine(anInventory()).splitScript).toBeUndefined();
    expect(examine(deployed).splitScript).toBeUndefined();
    expect(scriptOf({ tableDetails: {} })).toBeUndefined();
  });
});
