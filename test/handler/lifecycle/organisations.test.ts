import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { imageName } from '../../../cli/bake/recipe.ts';
import { hourMs, minuteMs } from '../../../shared/core/model/time.ts';
import { Harness } from '../../../simulator/harness/harness.ts';
import { primaryOf, stateChange, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { StackHarness } from '../../../simulator/harness/stack-harness.ts';

// A stack with all at once: six zones in three Availability Zones, Spot, a baked image, the flow table and tags of its own.
// `npm run test:iam` judges each of its calls, those of both functions, by the policies that the template then has.

const tags = [
  { key: 'Team', value: 'network' },
  { key: 'Cost centre', value: '4711' },
];
const ownTags = tags.map(({ key, value }) => ({ Key: key, Value: value }));
const settings = {
  image: { kind: 'custom', owner: 'self', namePattern: 'phoenat/phoenat/*' },
  marketType: 'spot',
  flowTable: 'on',
  standIn: 'on',
  tags,
} as const;

function deploy() {
  const at = new Harness().clock.now() - 24 * hourMs;
  const name = imageName('phoenat', 'arm64', at);
  const image = {
    name,
    owner: '123456789012',
    architecture: 'arm64',
    createdAt: new Date(at).toISOString(),
  } as const;
  const harness = new Harness({
    settings,
    probe: 'on',
    vpc: { zones: 6, lanes: { b: 'a', d: 'c', f: 'e' }, images: [image] },
  });
  return { harness, stack: new StackHarness(harness), name };
}

/** Those that EC2 has carried out: it takes five RunInstances at once, and throttles the sixth. */
function launchesOf({ sim }: Harness, from = 0) {
  return sim.calls
    .slice(from)
    .flatMap((call) => (call.name === 'RunInstances' && call.outcome === 'ok' ? [call.input] : []));
}

it('is built, healed and taken down', async () => {
  const { harness, stack, name } = deploy();
  const answer = await stack.create();
  const launches = launchesOf(harness);

  expect(answer).toMatchObject({ Status: 'SUCCESS' });
  expect(launches).toHaveLength(6);
  for (const { UserData = '', TagSpecifications = [], ...launch } of launches) {
    expect(launch).toMatchObject({
      InstanceMarketOptions: { MarketType: 'spot' },
      BlockDeviceMappings: [{ Ebs: { Encrypted: true } }],
    });
    const { images } = harness.sim.region.store;
    expect(images.current.get(launch.ImageId ?? '')?.name).toBe(name);
    const types = TagSpecifications.map(({ ResourceType }) => ResourceType);
    expect(types).toEqual(expect.arrayContaining(['instance', 'volume', 'spot-instances-request']));
    for (const { Tags } of TagSpecifications) expect(Tags).toEqual(expect.arrayContaining(ownTags));
    expect(gunzipSync(Buffer.from(UserData, 'base64')).toString()).toContain('FLOW_TABLE=1');
  }

  await harness.clock.runFor(20 * minuteMs);
  await harness.invoke(harness.scheduledEvent());
  const from = harness.sim.calls.length;
  const dead = primaryOf(harness, 'f');
  harness.sim.terminateInstance(dead);
  await harness.clock.runFor(1_000);
  const report = await harness.invoke(stateChange(harness, dead, 'shutting-down'));
  expect(zoneOf(report, 'f').health).toMatch(/healthy|stood-in/);
  expect(launchesOf(harness, from)).toMatchObject([{ InstanceMarketOptions: { MarketType: 'spot' } }]);

  expect(await stack.delete()).toMatchObject({ Status: 'SUCCESS' });
  const left = harness.sim.region.store.instances.current.all().filter(({ state }) => state !== 'terminated');
  expect(left).toEqual([]);
});
