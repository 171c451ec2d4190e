import { describe, expect, it } from 'vitest';
import { zoneList } from '../../../shared/config/parse-zones.ts';
import { Problems } from '../../../shared/config/problems.ts';

const zone = {
  name: 'a',
  publicSubnet: 'subnet-00000001',
  privateSubnets: ['subnet-00000002'],
  allocationId: 'eipalloc-00000001',
};
const zoneB = {
  name: 'b',
  publicSubnet: 'subnet-00000011',
  privateSubnets: ['subnet-00000012'],
  allocationId: 'eipalloc-00000011',
};
const standby = {
  name: 'standby',
  standbyFor: 'a',
  publicSubnet: zone.publicSubnet,
  allocationId: 'eipalloc-00000021',
  probe: 'phoenat-ProbeA',
};
const sixZones = Array.from({ length: 6 }, (_, index) => ({
  name: `eu-central-1${index}`,
  publicSubnet: `subnet-0000010${index}`,
  privateSubnets: [`subnet-0000020${index}`, `subnet-0000030${index}`],
  allocationId: `eipalloc-0000040${index}`,
}));

function json(...zones: readonly unknown[]): string {
  return JSON.stringify(zones);
}

function parse(raw: string) {
  const problems = new Problems();
  return { zones: zoneList.read(raw, 'PHOENAT_ZONES', problems), problems: problems.found };
}

describe('the zones', () => {
  it('takes one zone to six, with any number of private subnets', () => {
    for (const given of [[zone], [zone, zoneB], sixZones]) {
      expect(parse(json(...given))).toEqual({
        zones: given.map(({ name, publicSubnet, privateSubnets, allocationId }) => ({
          name,
          publicSubnetId: publicSubnet,
          privateSubnetIds: privateSubnets,
          allocationId,
        })),
        problems: [],
      });
    }
  });

  it('takes the name of a probe where a zone has one', () => {
    const probe = 'phoenat-ProbeA-0PqXy1Z2';

    expect(parse(json({ ...zone, probe }, zoneB)).zones.map((one) => one.probe)).toEqual([probe, undefined]);
    for (const odd of [
      '',
      'a b',
      'x'.repeat(65),
      7,
      null,
      'arn:aws:lambda:eu-central-1:123456789012:function:x',
    ]) {
      expect(parse(json({ ...zone, probe: odd })).problems).toEqual([
        expect.stringContaining("PHOENAT_ZONES[0].probe: expected the name of the zone's probe function"),
      ]);
    }
  });

  it('takes a standby beside one zone, in its public subnet and without private ones', () => {
    const { zones, problems } = parse(json(zone, standby));

    expect(problems).toEqual([]);
    expect(zones[1]).toEqual({
      name: 'standby',
      publicSubnetId: zone.publicSubnet,
      privateSubnetIds: [],
      allocationId: standby.allocationId,
      standbyFor: 'a',
      probe: 'phoenat-ProbeA',
    });
  });

  it('says one thing about one mistake', () => {
    expect(parse(json(zone, { ...zoneB, name: 'B' })).problems).toEqual([
      'PHOENAT_ZONES[1].name: expected 1 to 32 lower-case letters, digits and hyphens, got "B"',
    ]);
    expect(parse(json(zone, zoneB, zone)).problems).toHaveLength(4);
  });

  it('tells what is repeated together with what is wrong, and what is not there is not repeated', () => {
    expect(
      parse(json({ ...zone, name: 'A' }, { ...zone, name: 'B', privateSubnets: ['subnet-00000012'] })),
    ).toEqual({
      zones: [],
      problems: [
        'PHOENAT_ZONES[0].name: expected 1 to 32 lower-case letters, digits and hyphens, got "A"',
        'PHOENAT_ZONES[1].name: expected 1 to 32 lower-case letters, digits and hyphens, got "B"',
        'PHOENAT_ZONES allocationIds: expected each to be used once, got "eipalloc-00000001"',
        'PHOENAT_ZONES subnets: expected each to be used once, got "subnet-00000001"',
      ],
    });
  });

  it.each([
    [json(...sixZones, zone), /1 to 6 zones, got "7 zones"/],
    ['', /PHOENAT_ZONES: expected JSON: \[\{"name":"a",.*got nothing/],
    ['7', /PHOENAT_ZONES: expected a JSON list.*got 7/],
    [json(null), /PHOENAT_ZONES\[0\]: expected an object.*got null/],
    [json(['a']), /PHOENAT_ZONES\[0\]: expected an object.*got \["a"\]/],
    [json(zone, {}), /\[1\]\.name(.|\n)*\[1\]\.publicSubnet(.|\n)*\[1\]\.privateSubnets(.|\n)*\[1\]\.alloc/],
    [json({ ...zone, name: 7 }), /PHOENAT_ZONES\[0\]\.name: expected 1 to 32 .*, got 7/],
    [json({ ...zone, name: 'x'.repeat(33) }), /PHOENAT_ZONES\[0\]\.name/],
    [json({ ...zone, name: '-a' }), /PHOENAT_ZONES\[0\]\.name/],
    [json({ ...zone, privateSubnets: 'subnet-00000002' }), /\.privateSubnets: expected a list/],
    [json({ ...zone, privateSubnets: [7] }), /privateSubnets\[0\]: expected subnet-…, got 7/],
    [
      json(zone, { ...zoneB, publicSubnet: zone.publicSubnet }),
      /subnets: expected each to be used once, got "subnet-00000001"/,
    ],
    [json(zone, zoneB, standby), /PHOENAT_ZONES: expected one zone beside a standby .*, got "2 zones"/],
    [json(standby), /PHOENAT_ZONES: expected one zone beside a standby .*, got "0 zones"/],
    [json(zone, { ...standby, standbyFor: 'b' }), /expected a standby for zone a, in its .*, got "b"/],
    [json(zone, { ...standby, standbyFor: undefined }), /expected a standby for zone a.*, got nothing/],
    [
      json(zone, { ...standby, publicSubnet: 'subnet-00000011' }),
      /a standby for zone a, in its public subnet/,
    ],
    [
      json(zone, { ...standby, privateSubnets: ['subnet-00000003'] }),
      /\[1\]\.privateSubnets: expected nothing/,
    ],
    [
      json(zone, { ...zoneB, standbyFor: 'a' }),
      /\[1\]\.standbyFor: expected nothing: only a zone named standby/,
    ],
    [
      json(zone, { ...standby, allocationId: zone.allocationId }),
      /allocationIds: expected each to be used once/,
    ],
    ['[{"name":"a",', /PHOENAT_ZONES: expected JSON.*\(.*position/],
    ['{"name":"a"}', /PHOENAT_ZONES: expected a JSON list/],
    [json(), /PHOENAT_ZONES: expected 1 to 6 zones, got "0 zones"/],
    [json('a'), /PHOENAT_ZONES\[0\]: expected an object/],
    [json({ ...zone, name: 'Zone A' }), /PHOENAT_ZONES\[0\]\.name/],
    [json({ ...zone, publicSubnet: 'subnet' }), /PHOENAT_ZONES\[0\]\.publicSubnet: expected subnet-…/],
    [
      json({ ...zone, privateSubnets: [] }),
      /PHOENAT_ZONES\[0\]\.privateSubnets: expected a list of at least one/,
    ],
    [
      json({ ...zone, privateSubnets: ['subnet-00000002', 'x'] }),
      /privateSubnets\[1\]: expected subnet-…, got "x"/,
    ],
    [json({ ...zone, allocationId: 'eip-1' }), /allocationId: expected eipalloc-…/],
    [json({ ...zone, subnets: [] }), /PHOENAT_ZONES\[0\]\.subnets: expected only name, publicSubnet/],
    [json(zone, { ...zoneB, name: 'a' }), /names: expected each to be used once, got "a"/],
    [
      json(zone, { ...zoneB, allocationId: zone.allocationId }),
      /allocationIds: expected each to be used once/,
    ],
    [
      json(zone, { ...zoneB, privateSubnets: ['subnet-00000002'] }),
      /subnets: expected each to be used once, got "subnet-00000002"/,
    ],
    [json({ ...zone, privateSubnets: ['subnet-00000001'] }), /subnets: expected each to be used once/],
    [
      json({ ...zone, privateSubnets: ['subnet-00000001'], allocationId: 'eip-1' }),
      /expected eipalloc-…, got "eip-1"\n.*subnets: expected each to be used once, got "subnet-00000001"/,
    ],
  ] satisfies readonly (readonly [string, RegExp])[])('%s is refused', (raw, message) => {
    expect(parse(raw).problems.join('\n')).toMatch(message);
  });
});
