import { describe, expect, it } from 'vitest';
import { isSerious } from '../../../../shared/core/model/finding.ts';
import { parseClientToken } from '../../../../shared/core/model/ids.ts';
import type { ControllerStep, Wave } from '../../../../shared/core/model/step.ts';
import { plan } from '../../../../shared/core/plan/plan.ts';
import { withholdUnsafe } from '../../../../shared/core/plan/safeguards.ts';
import { zonePlan } from '../../../../shared/core/plan/zone-plan.ts';
import { buildReport } from '../../../../shared/core/report/build-report.ts';
import {
  anAddress,
  anInstance,
  anInterface,
  codesOf,
  diagnoseAndPlan,
  id,
  kindsOf,
  planContext,
  type Scene,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { scene as standInScene } from '../a-stand-in.ts';
import { input } from '../report/a-report.ts';
import { ofB, steady, toGateway } from '../some-scenes.ts';

const end = (hex: string): ControllerStep => ({ kind: 'terminate', instanceId: id('instance', hex) });
const clientToken = parseClientToken('token');
if (clientToken === undefined) throw new Error('no token');
const launch: ControllerStep = {
  kind: 'launch',
  zone: zoneName('a'),
  instanceType: 't4g.nano',
  image: { id: id('image', '1'), architecture: 'arm64', rootDeviceName: '/dev/xvda' },
  on: { kind: 'new-interface', subnetId: id('subnet', 'a0') },
  clientToken,
};
const lead = (hex: string): ControllerStep => ({
  kind: 'set-default-route',
  routeTableId: id('routeTable', hex),
  exists: true,
  to: { kind: 'interface', id: id('interface', 'a1') },
});

const move = (hex: string, privateIp?: string): ControllerStep => ({
  kind: 'associate-address',
  allocationId: id('allocation', 'a'),
  to: { kind: 'interface', id: id('interface', hex) },
  ...(privateIp === undefined ? {} : { privateIp }),
});

function guarded(waves: readonly Wave[], scene: Partial<Scene> = {}) {
  const { diagnosisOfA: diagnosis } = diagnoseAndPlan(snapshotOf(scene));
  if (diagnosis.kind !== 'diagnosed') throw new Error('zone a is not diagnosed');
  const given = zonePlan(zoneName('a'), { purpose: 'repair', waves, waits: [{ detail: 'x', pollMs: 1 }] });
  return { given, after: withholdUnsafe(given, diagnosis) };
}

const free = anInterface('a', { id: id('interface', 'a2'), status: 'available' });
const stopped = anInstance('a', {
  id: id('instance', 'a2'),
  interfaceId: id('interface', 'a2'),
  state: 'stopped',
});

describe('a plan that would do what no plan may do', () => {
  it.each<[string, Wave[], string]>([
    [
      'end the carrier',
      [[end('a1')]],
      "terminate i-000000a1, which has the zone's Elastic IP and a default route",
    ],
    [
      'move away from the carrier and end it without a look',
      [[lead('a1')], [end('a1')]],
      'terminate i-000000a1',
    ],
    [
      'launch and end at once',
      [[launch], [end('a2')]],
      'launch an instance and terminate i-000000a2 at once',
    ],
    [
      "touch another zone's table",
      [[lead('a1')], [lead('b1')]],
      'change rtb-000000b1, which serves no private subnet',
    ],
    ["displace another zone's Elastic IP", [[move('b1')]], 'take the Elastic IP of zone b off its instance'],
    ['touch the public table', [[lead('0')]], 'change rtb-00000000, which serves'],
  ])('is withheld as a whole: %s', (_would, waves, sentence) => {
    const { after } = guarded(waves);

    expect(after).toMatchObject({ purpose: 'none', waves: [], waits: [], needsImages: false });
    expect(after.findings).toEqual([{ code: 'plan-withheld', detail: expect.stringContaining(sentence) }]);
    expect(after.findings.every(isSerious)).toBe(true);
  });

  it('notes of a route or of a takeover count as touching the table', () => {
    const routeTableId = id('routeTable', 'b1');
    const { after } = guarded([[{ kind: 'note-takeover', routeTableId, at: [] }]]);

    expect(after.waves).toEqual([]);
  });
});

describe('a plan that does nothing of the kind', () => {
  it.each<[string, Wave[], Partial<Scene>?]>([
    ['nothing', []],
    ['leads a table of the zone to its instance', [[lead('a1'), lead('a2')]]],
    ['launches', [[launch]]],
    [
      "moves the Elastic IP to the zone's own instance, which stands in for another zone",
      [[move('a1')]],
      { addresses: [anAddress('a'), anAddress('b', { interfaceId: id('interface', 'a1') })] },
    ],
    ["moves it beside another zone's", [[move('b1', '10.0.1.9')]]],
    ['ends what carries nothing', [[end('a2')]], { instances: [anInstance('a'), stopped, ...ofB.instances] }],
    [
      'ends what has lost the Elastic IP',
      [[end('a1')]],
      {
        addresses: [anAddress('a', { interfaceId: free.id }), anAddress('b')],
        interfaces: [anInterface('a'), free, ...ofB.interfaces],
      },
    ],
    ['ends what no route leads to', [[end('a1')]], { routeTables: [...ofB.routeTables, ...toGateway] }],
    [
      'ends what never came to run',
      [[end('a1')]],
      { instances: [anInstance('a', { state: 'pending' }), ...ofB.instances] },
    ],
  ])('is left as it is: %s', (_does, waves, scene) => {
    const { given, after } = guarded(waves, scene);

    expect(after).toBe(given);
  });
});

describe('the plan of a stack', () => {
  it('withholds what a mistake of the diagnosis asks for, calls a person, and heals the other zone', () => {
    const checked = { interfaces: [anInterface('a'), anInterface('b', { sourceDestCheck: true })] };
    const snapshot = snapshotOf(checked);
    const { diagnoses } = diagnoseAndPlan(snapshot);
    // What carries the zone's traffic counts as left over.
    const mistaken = diagnoses.map((diagnosis) =>
      diagnosis.kind === 'diagnosed' && diagnosis.zone.name === 'a'
        ? { ...diagnosis, surplus: [anInstance('a')] }
        : diagnosis,
    );
    const plans = plan(mistaken, planContext(snapshot, { memory: steady }));

    expect(plans.map(kindsOf)).toEqual([[], [['disable-source-dest-check']]]);
    expect(plans.map(codesOf)).toEqual([['plan-withheld'], []]);
    expect(buildReport({ ...input({}, checked), plans }).outcome).toBe('attention');
  });
});

it('a plan that ends the instance of another zone that stands in is withheld', () => {
  const [diagnosis] = standInScene({ isCarried: true }).diagnoses;
  if (diagnosis?.kind !== 'diagnosed') throw new Error('zone a is not diagnosed');

  expect(withholdUnsafe(zonePlan(zoneName('a'), { waves: [[end('b1')]] }), diagnosis).waves).toEqual([]);
});
