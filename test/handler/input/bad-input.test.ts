import { describe, expect, it } from 'vitest';
import { createController } from '../../../functions/controller/controller.ts';
import { addForeignInstance } from '../../../simulator/bystanders.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { prepareOnce } from '../../../simulator/harness/prepare-once.ts';
import {
  mutations,
  primaryOf,
  settledHarness,
  stateChange,
  zoneOf,
} from '../../../simulator/harness/settled-harness.ts';

/** A violation in zone a: nothing is changed there, and zone b is built as if nothing were. */
async function expectViolation(harness: Harness, code: string, detail: RegExp): Promise<void> {
  const report = await harness.invoke(harness.scheduledEvent());
  expect(report.outcome).toBe('attention');
  expect(zoneOf(report, 'a')).toMatchObject({ health: 'violation', steps: [] });
  expect(zoneOf(report, 'a').findings).toContainEqual({ code, detail: expect.stringMatching(detail) });
  expect(zoneOf(report, 'b').health).toBe('healthy');
}

describe('a stack that does not fit the account', () => {
  it('a public subnet without a route to the internet gateway', async () => {
    const harness = new Harness({ vpc: { publicTables: 'per-zone' } });
    harness.sim.deleteRoute(harness.topology.zones[0]?.publicRouteTableId ?? '');
    await harness.clock.runFor(2_000);

    await expectViolation(
      harness,
      'public-subnet-without-internet',
      /gives subnet-\w+ no working default route/,
    );
  });

  it('a subnet that was deleted', async () => {
    const harness = new Harness();
    harness.sim.deleteSubnet(harness.topology.zones[0]?.privateSubnetIds[0] ?? '');
    await harness.clock.runFor(2_000);

    await expectViolation(harness, 'subnet-missing', /subnet-\w+ does not exist/);
  });

  it('an Elastic IP on somebody else’s interface', async () => {
    const harness = new Harness();
    const { publicSubnetId = '', allocationId = '' } = harness.topology.zones[0] ?? {};
    const { interfaceId } = addForeignInstance(harness.sim, harness.topology, publicSubnetId);
    harness.sim.associateAddressElsewhere(allocationId, interfaceId);
    await harness.clock.runFor(2_000);

    await expectViolation(harness, 'address-foreign', /is on eni-\w+, which is not ours/);
  });

  it('a private subnet whose table leads to the internet gateway', async () => {
    const harness = new Harness();
    const table = harness.topology.zones[0]?.privateRouteTableIds[0] ?? '';
    harness.sim.pointRouteAt(table, { kind: 'internet-gateway', id: harness.topology.internetGatewayId });
    await harness.clock.runFor(2_000);

    await expectViolation(harness, 'private-table-is-public', /has a default route to igw-/);
  });

  it('a default route to a transit gateway, which is not taken over', async () => {
    const harness = new Harness();
    const table = harness.topology.zones[0]?.privateRouteTableIds[0] ?? '';
    harness.sim.pointRouteAt(table, { kind: 'transit-gateway', id: 'tgw-0123456789abcdef0' });
    await harness.clock.runFor(2_000);

    await expectViolation(harness, 'private-route-protected', /default route to tgw-/);
  });

  it('an empty VPC: every subnet that the settings name is reported, and nothing is made', async () => {
    const harness = new Harness();
    for (const { publicSubnetId, privateSubnetIds } of harness.topology.zones) {
      for (const subnetId of [publicSubnetId, ...privateSubnetIds]) {
        harness.sim.deleteSubnet(subnetId);
      }
    }
    await harness.clock.runFor(2_000);
    const report = await harness.invoke(harness.scheduledEvent());

    expect(mutations(harness)).toEqual([]);
    expect(report.outcome).toBe('attention');
    for (const { health, findings } of report.zones) {
      expect(health).toBe('violation');
      expect(findings.filter(({ code }) => code === 'subnet-missing')).toHaveLength(3);
    }
  });

  it('two zones that share a route table are both refused', async () => {
    const harness = new Harness({ vpc: { privateTables: 'main' } });
    const report = await harness.invoke(harness.scheduledEvent());

    expect(mutations(harness)).toEqual([]);
    expect(report.zones.map(({ findings }) => findings[0]?.code)).toEqual([
      'private-table-shared',
      'private-table-shared',
    ]);
  });
});

describe('an image selector that matches nothing', () => {
  it('is an error that names the selector, and nothing is half done', async () => {
    const harness = new Harness({
      settings: { image: { kind: 'custom', owner: 'self', namePattern: 'my-nat-*' } },
    });
    const report = await harness.invoke(harness.scheduledEvent());

    expect(mutations(harness)).toEqual([]);
    expect(report.outcome).toBe('attention');
    expect(zoneOf(report, 'a').findings).toContainEqual({
      code: 'image-not-found',
      detail: expect.stringMatching(/no arm64 image matches owner self, name my-nat-\*: AWS lists none/),
    });
  });

  it('goes back, aloud, to the image that last carried traffic', async () => {
    const harness = await settledHarness();
    const dead = primaryOf(harness, 'a');
    for (const { id } of harness.sim.region.store.images.current.all()) {
      if (id !== harness.sim.region.store.instances.current.get(dead)?.launch.imageId) {
        harness.sim.deregisterImage(id);
      }
    }
    harness.sim.inject({
      call: 'DescribeImages',
      fault: { kind: 'partial', strip: (output) => ({ ...output, Images: [] }) },
    });
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(1_000);
    const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    expect(zoneOf(report, 'a').health).toBe('healthy');
  });
});

describe('a wrong environment', () => {
  it('is one error that names every bad field, before AWS is asked anything', async () => {
    const harness = new Harness();
    const controller = createController({
      ec2: harness.sim.client(),
      putMetricData: () => Promise.resolve(),
      clock: harness.clock,
      log: () => undefined,
      env: {
        PHOENAT_STACK: 'x',
        PHOENAT_VPC_ID: 'vpc-1',
        PHOENAT_ZONES: '[{"name":',
        PHOENAT_SECURITY_GROUPS: 'sg',
      },
      prepare: prepareOnce,
      random: () => 0,
    });
    const run = controller(harness.scheduledEvent(), { getRemainingTimeInMillis: () => 60_000 });

    await expect(run).rejects.toThrow(/PHOENAT_VPC_ID(.|\n)*PHOENAT_SECURITY_GROUPS(.|\n)*PHOENAT_ZONES/);
    expect(harness.sim.calls).toEqual([]);
  });
});

describe('CloudWatch', () => {
  it('gets one PutMetricData per run, zeros included', async () => {
    const harness = await settledHarness();

    expect(harness.metrics.at(-1)).toMatchObject({
      Namespace: 'Phoenat',
      MetricData: expect.arrayContaining([
        expect.objectContaining({ MetricName: 'HealthyZones', Value: 2 }),
        expect.objectContaining({ MetricName: 'Failovers', Value: 0 }),
        expect.objectContaining({ MetricName: 'OutageSeconds', Value: 0 }),
        expect.objectContaining({ MetricName: 'ApiErrors', Value: 0 }),
      ]),
    });
    expect(harness.metrics).toHaveLength(2);
  });

  it('in trouble never fails a failover', async () => {
    const lines: string[] = [];
    const harness = await settledHarness({
      putMetricData: () => Promise.reject(new Error('CloudWatch is down')),
      logOf: () => (_level, message) => lines.push(message),
    });
    const dead = primaryOf(harness, 'a');
    harness.sim.terminateInstance(dead);
    await harness.clock.runFor(1_000);
    const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));

    expect(zoneOf(report, 'a').health).toBe('healthy');
    expect(lines).toContain('metrics not sent');
  });
});
