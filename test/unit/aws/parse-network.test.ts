import { describe, expect, it } from 'vitest';
import { parseRouteTable } from '../../../shared/aws/parse-network.ts';
import { tagKeys } from '../../../shared/core/model/tags.ts';

describe('a route table', () => {
  const table = { RouteTableId: 'rtb-000000a1', VpcId: 'vpc-00000001' };

  it('has a default route to everywhere, and not to half of it', () => {
    const half = { DestinationCidrBlock: '0.0.0.0/1', GatewayId: 'igw-00000001', State: 'active' } as const;
    const whole = {
      DestinationCidrBlock: '0.0.0.0/0',
      NatGatewayId: 'nat-00000001',
      State: 'active',
    } as const;

    expect(parseRouteTable({ ...table, Routes: [half] })).toMatchObject({ value: { main: false } });
    expect(parseRouteTable({ ...table, Routes: [half] })).not.toHaveProperty('value.defaultRoute');
    expect(parseRouteTable({ ...table, Routes: [half, whole] })).toMatchObject({
      value: { defaultRoute: { target: { kind: 'nat-gateway' } } },
    });
  });

  it('is never put back to an internet gateway, whatever its note says', () => {
    const noted = (Value: string) =>
      parseRouteTable({ ...table, Routes: [], Tags: [{ Key: tagKeys.remembered, Value }] });

    expect(noted('igw-00000001')).toMatchObject({ value: { oddNote: 'igw-00000001' } });
    expect(noted('igw-00000001')).not.toHaveProperty('value.remembered');
    expect(noted('nat-00000001')).toMatchObject({ value: { remembered: { kind: 'nat-gateway' } } });
  });

  it('is marked by a stack only where its tag begins with what can be the name of one', () => {
    const marked = (Value: string) =>
      parseRouteTable({ ...table, Routes: [], Tags: [{ Key: tagKeys.takenOver, Value }] });

    expect(marked('nat-2 1795401703')).toMatchObject({
      value: { takenOver: { by: 'nat-2', at: [1_795_401_703_000] } },
    });
    // Of which instance it tells is not known, and a later one is not to blame for it.
    expect(marked('nat-2 back:99999999999')).not.toHaveProperty('value.takenOver.ledBack');
    expect(marked('nat-2 back:1795401710 i-000000a1')).toMatchObject({
      value: { takenOver: { at: [], ledBack: { at: 1_795_401_710_000, from: 'i-000000a1' } } },
    });
    expect(marked('nat-2 1795401703 try:1795401709 back:1795401705 i-000000a1')).toMatchObject({
      value: { takenOver: { at: [1_795_401_703_000], tried: 1_795_401_709_000, ledBack: {} } },
    });
    expect(marked('nat-2 try:soon')).not.toHaveProperty('value.takenOver.tried');
    expect(marked('nat-2 back:soon')).not.toHaveProperty('value.takenOver.ledBack');
    for (const garbage of [' phoenat', '2nat', '(by hand)', '\u001b[2J', 'x'.repeat(129)]) {
      expect(marked(garbage)).not.toHaveProperty('value.takenOver');
      expect(marked(garbage)).toHaveProperty('value.oddTags');
    }
    expect(marked('2nat')).toMatchObject({
      value: { oddTags: [expect.stringContaining('phoenat:taken-over of rtb-000000a1 says "2nat"')] },
    });
    expect(marked('nat-2')).not.toHaveProperty('value.oddTags');
  });

  it('that cannot be read is about its subnets, and about any where it is the main one', () => {
    const named = { SubnetId: 'subnet-000000a1' };

    expect(parseRouteTable({ ...table, Associations: [named] })).toMatchObject({
      flaw: { about: ['subnet-000000a1'] },
    });
    expect(parseRouteTable({ ...table, Associations: [named, { Main: true }] })).toMatchObject({
      flaw: { about: [] },
    });
  });
});
