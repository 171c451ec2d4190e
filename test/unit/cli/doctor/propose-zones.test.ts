import { describe, expect, it } from 'vitest';
import { examine } from '../../../../cli/doctor/examine.ts';
import { shellLine, shellLines } from '../../../../cli/doctor/printing/deploy-command.ts';
import { id } from '../../core/a-snapshot.ts';
import {
  aDeployedInventory,
  anInventory,
  aRouteTable,
  aSubnet,
  headings,
  mainTable,
  publicTable,
  subnets,
  tableA,
  tableB,
  toIgw,
  toNat,
  vpcId,
} from './an-inventory.ts';

const subnet = (hex: string) => id('subnet', hex);

/** The zones in short: "a: public<private,private". */
function zonesOf(inventory: Parameters<typeof examine>[0], lanes?: number): string[] {
  const short = (raw: string) => raw.replace(/^subnet-0*/, '');
  return examine(inventory, lanes).zones.map(
    ({ letter, publicSubnetId, privateSubnetIds }) =>
      `${letter}: ${short(publicSubnetId)}<${privateSubnetIds.map(short).join(',')}`,
  );
}

describe('zones are proposed', () => {
  it('one for each Availability Zone with a public subnet', () => {
    expect(zonesOf(anInventory())).toEqual(['a: a0<a1', 'b: b0<b1']);
  });

  it('six at most; what is left is given to the first, with a note on each', () => {
    const letters = ['1', '2', '3', '4', '5', '6', '7'];
    const inventory = anInventory({
      natGateways: [],
      elasticIps: { used: 0, limit: 20, unassociated: [] },
      subnets: letters.flatMap((letter) => [aSubnet(`${letter}0`, letter), aSubnet(`${letter}1`, letter)]),
      routeTables: [
        mainTable,
        aRouteTable(
          '0',
          letters.map((letter) => `${letter}0`),
          toIgw,
        ),
        ...letters.map((letter) => aRouteTable(letter, [`${letter}1`])),
      ],
    });
    expect(zonesOf(inventory)).toEqual([
      'a: 10<11,71',
      'b: 20<21',
      'c: 30<31',
      'd: 40<41',
      'e: 50<51',
      'f: 60<61',
    ]);
    const { findings } = examine(inventory);
    expect(headings(findings)).toEqual([`note ${vpcId}`, `note ${vpcId}`]);
    expect(findings[0]?.problem).toContain(`${subnet('71')} would be served from another Availability Zone`);
    expect(findings[1]?.problem).toContain('eu-central-17 would have none');
  });

  describe('more than one in an Availability Zone', () => {
    const vpc = anInventory({
      natGateways: [],
      elasticIps: { used: 0, limit: 20, unassociated: [] },
      subnets: [
        ...['a0', 'a1', 'a2', 'a3', 'a4', 'a5'].map((hex) => aSubnet(hex, 'a')),
        ...['b0', 'b1', 'b2'].map((hex) => aSubnet(hex, 'b')),
      ],
      routeTables: [
        mainTable,
        aRouteTable('0', ['a0', 'a5', 'b0'], toIgw),
        aRouteTable('a1', ['a1', 'a2']),
        aRouteTable('a3', ['a3']),
        aRouteTable('a4', ['a4']),
        aRouteTable('b1', ['b1']),
        aRouteTable('b2', ['b2']),
      ],
    });

    it('where that is asked for, as far as there are public subnets and private tables', () => {
      expect(zonesOf(vpc)).toEqual(['a: a0<a1,a2,a3,a4', 'b: b0<b1,b2']);
      expect(zonesOf(vpc, 2)).toEqual(['a: a0<a1,a2', 'b: b0<b1,b2', 'c: a5<a3,a4']);
      expect(zonesOf(vpc, 6)).toEqual(zonesOf(vpc, 2));
      const narrow = (lanes: number) =>
        examine(vpc, lanes).findings.flatMap(({ resource, problem }) =>
          resource.startsWith('eu-') ? [`${resource}: ${problem}`] : [],
        );
      expect(narrow(1)).toEqual([]);
      expect(narrow(2)).toEqual([
        'eu-central-1b: For 2 zones more it has 1 public subnet and 2 private route tables that no zone names yet.',
      ]);
    });

    it('beside those of the deployed stack, as they are', () => {
      const deployment = aDeployedInventory().deployment;
      if (deployment === undefined) throw new Error('a stack is deployed');
      const zone = {
        letter: 'a',
        publicSubnetId: subnet('a0'),
        privateSubnetIds: [subnet('a1'), subnet('a2')],
      } as const;
      const deployed = { ...vpc, deployment: { ...deployment, zones: [zone] } };

      expect(zonesOf(deployed)).toEqual(['a: a0<a1,a2', 'b: b0<b1,b2']);
      expect(zonesOf(deployed, 2)).toEqual(['a: a0<a1,a2', 'b: a5<a3,a4', 'c: b0<b1,b2']);
    });

    it('with a note where all of them are in one', () => {
      const alone = anInventory({
        ...vpc,
        subnets: vpc.subnets.filter(({ availabilityZone }) => availabilityZone.endsWith('a')),
        routeTables: vpc.routeTables.filter(({ id: table }) => !/b[12]$/.test(table)),
      });
      const notes = (lanes: number) =>
        examine(alone, lanes).findings.filter(({ problem }) => problem.includes('offline together'));

      expect(notes(1)).toEqual([]);
      expect(notes(2).map(({ severity, resource }) => [severity, resource])).toEqual([['note', vpcId]]);
    });
  });

  it('with a subnet of elsewhere following the zone that its table serves', () => {
    const inventory = anInventory({
      subnets: [...subnets, aSubnet('c1', 'c')],
      routeTables: [mainTable, publicTable, tableA, aRouteTable('b', ['b1', 'c1'], toNat('b'))],
    });
    expect(zonesOf(inventory)).toEqual(['a: a0<a1', 'b: b0<b1,c1']);
  });

  it('without one, or a letter, where a public subnet has no private neighbour', () => {
    const inventory = anInventory({
      subnets: [aSubnet('a0', 'a'), ...subnets.slice(2)],
      routeTables: [mainTable, publicTable, tableB],
    });
    expect(zonesOf(inventory)).toEqual(['a: b0<b1']);
  });

  it('even where all private subnets are elsewhere', () => {
    const inventory = anInventory({ subnets: [aSubnet('a0', 'a'), aSubnet('b1', 'b')], natGateways: [] });
    expect(zonesOf(inventory)).toEqual(['a: a0<b1']);
  });

  it('in a public subnet with room, and among those in the one with the NAT gateway', () => {
    const first = aSubnet('a00', 'a', { name: '1' });
    const full = aSubnet('a01', 'a', { name: '0', freeAddresses: 3 });
    const routeTables = [mainTable, aRouteTable('0', ['a0', 'a00', 'a01', 'b0'], toIgw), tableA, tableB];
    const named = aSubnet('a0', 'a', { name: '2' });
    const all = [full, first, named, ...subnets.slice(1)];
    expect(zonesOf(anInventory({ subnets: all, routeTables }))[0]).toBe('a: a0<a1');
    expect(zonesOf(anInventory({ subnets: all, routeTables, natGateways: [] }))[0]).toBe('a: a00<a1');
  });

  it('in the public subnet that Block Public Access spares, though another has more room and a NAT gateway', () => {
    const spared = aSubnet('a01', 'a', { freeAddresses: 5, internetGatewayBlock: 'off' });
    const [a0, ...others] = subnets.map((subnet) => ({
      ...subnet,
      internetGatewayBlock: 'block-ingress' as const,
    }));
    const { zones } = examine(
      anInventory({
        subnets: a0 === undefined ? [] : [a0, spared, ...others],
        routeTables: [mainTable, aRouteTable('0', ['a0', 'a01', 'b0'], toIgw), tableA, tableB],
      }),
    );

    expect(zones.map(({ publicSubnetId }) => publicSubnetId)).toEqual([
      id('subnet', 'a01'),
      id('subnet', 'b0'),
    ]);
  });

  it('without subnets that have no way out while their neighbours have one, and says so', () => {
    const inventory = anInventory({
      natGateways: [],
      subnets: [...subnets, aSubnet('a5', 'a', { name: 'database' })],
      routeTables: [mainTable, publicTable, tableA, tableB, aRouteTable('5', ['a5'])],
    });
    expect(zonesOf(inventory)).toEqual(['a: a0<a1', 'b: b0<b1']);
    expect(examine(inventory).findings[0]?.problem).toContain('database');
  });

  it('with all private subnets where none has a way out yet', () => {
    const inventory = anInventory({
      routeTables: [mainTable, publicTable, aRouteTable('a', ['a1']), tableB],
    });
    expect(zonesOf(inventory)).toEqual(['a: a0<a1', 'b: b0<b1']);
  });

  it('with those of the deployed stack as they are, and further ones under free letters', () => {
    const deployed = aDeployedInventory();
    const { deployment } = deployed;
    if (deployment === undefined) throw new Error('it is deployed');
    const zones = [{ letter: 'a' as const, publicSubnetId: subnet('b0'), privateSubnetIds: [subnet('b1')] }];
    const inventory = { ...deployed, deployment: { ...deployment, zones } };
    expect(zonesOf(inventory)).toEqual(['a: b0<b1', 'b: a0<a1']);
  });

  it('with that of a deployed stack with a standby alone, beside which the template takes no other', () => {
    const deployed = aDeployedInventory();
    const { deployment } = deployed;
    if (deployment === undefined) throw new Error('it is deployed');
    const zones = [{ letter: 'a' as const, publicSubnetId: subnet('a0'), privateSubnetIds: [subnet('a1')] }];
    const inventory = { ...deployed, deployment: { ...deployment, zones, hasStandby: true } };
    expect(zonesOf(inventory)).toEqual(['a: a0<a1']);
    expect(shellLine(examine(inventory).command)).not.toContain('ZoneB');
    expect(examine(inventory).findings).toContainEqual({
      severity: 'note',
      resource: 'phoenat',
      problem:
        'phoenat has a standby, which is for a single zone: eu-central-1b could have a zone too, and the command names none.',
      fix: expect.stringContaining('Standby=off and StandIn=on'),
    });
  });
});

describe('the command', () => {
  it('names the stack, the Region, the VPC, its ranges and every zone', () => {
    const vpc = { id: vpcId, cidrs: ['10.0.0.0/16', '10.1.0.0/16'], isDefault: false };
    expect(shellLine(examine(anInventory({ vpc })).command)).toBe(
      'sam deploy --stack-name phoenat --capabilities CAPABILITY_IAM --resolve-s3 --region eu-central-1 ' +
        `--parameter-overrides VpcId=${vpcId} ClientCidrs=10.0.0.0/16,10.1.0.0/16 ` +
        `ZoneAPublicSubnet=${subnet('a0')} ZoneAPrivateSubnets=${subnet('a1')} ` +
        `ZoneBPublicSubnet=${subnet('b0')} ZoneBPrivateSubnets=${subnet('b1')}`,
    );
  });

  it('names five ranges at most', () => {
    const cidrs = [0, 1, 2, 3, 4, 5].map((part) => `10.${part}.0.0/16`);
    const { command } = examine(anInventory({ vpc: { id: vpcId, cidrs, isDefault: false } }));
    expect(command).toContain(`ClientCidrs=${cidrs.slice(0, 5).join(',')}`);
  });

  it('leaves a deployed stack the ranges that were chosen', () => {
    expect(shellLine(examine(aDeployedInventory()).command)).not.toContain('ClientCidrs');
  });

  it('quotes what a shell would take apart', () => {
    expect(shellLine(['sam', "it's two", 'a=b,c/1'])).toBe(`sam 'it'\\''s two' a=b,c/1`);
  });

  it('can be pasted over several lines', () => {
    expect(
      shellLines([
        'sam',
        'deploy',
        '--stack-name',
        'p',
        '--resolve-s3',
        '--parameter-overrides',
        'A=1',
        'B=2',
      ]),
    ).toBe(
      'sam deploy --stack-name p \\\n  --resolve-s3 \\\n  --parameter-overrides \\\n    A=1 \\\n    B=2',
    );
  });
});
