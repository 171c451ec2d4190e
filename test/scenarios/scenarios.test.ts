import { beforeAll, describe, expect, it } from 'vitest';
import { play } from '../../demo/record-scenario.ts';
import type { Story, StoryCall } from '../../demo/scenario-result.ts';
import { type Scenario, scenarios } from '../../demo/scenarios.ts';
import { playOnce } from './record-once.ts';

const stories = new Map<string, Story>();

beforeAll(async () => {
  for (const scenario of scenarios) {
    stories.set(scenario.name, await playOnce(scenario, { seed: 1 }));
  }
});

function storyOf(name: string): Story {
  const story = stories.get(name);
  if (story === undefined) {
    throw new Error(`no scenario ${name}`);
  }
  return story;
}

/** The calls that change something, in the order in which they were sent. */
function acts(story: Story): StoryCall[] {
  return story.calls.filter(({ effect }) => effect !== 'look');
}

function named(story: Story, ...names: readonly string[]): StoryCall[] {
  return story.calls.filter(({ call }) => names.includes(call));
}

function outageMs(story: Story, zone: string): number | undefined {
  return story.outages.find((outage) => outage.zone === zone)?.outageMs;
}

describe.each(scenarios.map(({ name }) => name))('scenario %s', (name) => {
  it('ends settled, with egress in every zone', () => {
    const story = storyOf(name);
    expect(story.problems).toEqual([]);
    expect(story.ok).toBe(true);
    expect(story.settledAtMs).toBeGreaterThan(0);
  });

  it('ends with one running instance in each zone that the Elastic IP and every route lead to', () => {
    for (const zone of storyOf(name).after) {
      expect(zone.instance?.state).toBe('running');
      expect(zone.networkInterface?.sourceDestCheck).toBe(false);
      expect(zone.address.on).toBe(zone.networkInterface?.id);
      for (const route of zone.routes) {
        expect(route).toMatchObject({ state: 'active', target: zone.networkInterface?.id });
      }
    }
  });

  it('tells every call that changed something, once and in order', () => {
    const story = storyOf(name);
    const told = story.timeline.flatMap((moment) => (moment.kind === 'wave' ? moment.calls : []));
    const times = story.timeline.map(({ atMs }) => atMs);
    expect(told).toHaveLength(acts(story).length);
    expect(new Set(told)).toEqual(new Set(acts(story)));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('counts every Describe call once', () => {
    const story = storyOf(name);
    const told = story.timeline.reduce((sum, moment) => sum + describesIn(moment), 0);
    expect(told).toBe(story.counts.describe);
  });
});

function describesIn(moment: Story['timeline'][number]): number {
  switch (moment.kind) {
    case 'snapshot':
      return moment.calls.length;
    case 'looks':
      return moment.calls;
    default:
      return 0;
  }
}

describe('terminated', () => {
  it('leaves the other zone untouched', () => {
    const story = storyOf('terminated');
    expect(outageMs(story, 'a')).toBeGreaterThan(0);
    expect(outageMs(story, 'b')).toBe(0);
    expect(acts(story).filter(({ zone }) => zone !== 'a')).toEqual([]);
    expect(story.after[1]).toEqual(story.before[1]);
  });

  it('moves the Elastic IP and every route in the one round trip after the interface is made', () => {
    const [path] = storyOf('terminated').paths;
    expect(path).toMatchObject({ zone: 'a', from: 'event' });
    expect(path?.roundTrips.map(({ calls }) => calls.toSorted())).toEqual([
      ['DescribeInstances'],
      [
        'DescribeAddresses',
        'DescribeImages',
        'DescribeNetworkInterfaces',
        'DescribeRouteTables',
        'DescribeSubnets',
      ],
      ['CreateNetworkInterface'],
      ['AssociateAddress', 'ModifyNetworkInterfaceAttribute', 'ReplaceRoute', 'ReplaceRoute'],
    ]);
  });

  it('launches once, after the cutover was answered', () => {
    const story = storyOf('terminated');
    const launches = named(story, 'RunInstances');
    expect(launches).toHaveLength(1);
    expect(launches[0]?.sentAtMs).toBeGreaterThanOrEqual(
      story.paths[0]?.lastCutoverAnswerMs ?? Number.POSITIVE_INFINITY,
    );
  });
});

describe('stopped', () => {
  it('terminates the stopped instance in the end', () => {
    const story = storyOf('stopped');
    const [old] = story.before;
    expect(named(story, 'TerminateInstances').map(({ detail }) => detail)).toEqual([old?.instance?.id]);
  });
});

describe.each(['status-check', 'retirement', 'rebuild'])('%s', (name) => {
  it('launches, cuts over, and only then terminates', () => {
    const story = storyOf(name);
    const launch = named(story, 'RunInstances')[0]?.sentAtMs ?? Number.NaN;
    const cutover = named(story, 'ReplaceRoute')[0]?.sentAtMs ?? Number.NaN;
    const terminations = named(story, 'TerminateInstances');
    expect(terminations.map(({ detail }) => detail)).toEqual([story.before[0]?.instance?.id]);
    expect(launch).toBeLessThan(cutover);
    expect(cutover).toBeLessThan(terminations[0]?.sentAtMs ?? Number.NaN);
  });
});

describe.each(['retirement', 'rebuild', 'spot-interruption'])('%s', (name) => {
  it('costs no more than the moment between the routes and the Elastic IP', () => {
    expect(outageMs(storyOf(name), 'a')).toBeLessThan(500);
  });
});

describe('spot-interruption', () => {
  it('has moved the traffic before EC2 takes the instance away, two minutes after its warning', () => {
    expect(storyOf('spot-interruption').paths[0]?.lastCutoverAnswerMs).toBeLessThan(120_000);
  });
});

describe.each([
  ['source-dest-check', 'ModifyNetworkInterfaceAttribute'],
  ['elastic-ip', 'AssociateAddress'],
  ['route-blackholed', 'ReplaceRoute'],
  ['route-deleted', 'CreateRoute'],
])('%s', (name, call) => {
  it(`is repaired by one ${call} and nothing else`, () => {
    const story = storyOf(name);
    expect(acts(story).map((act) => act.call)).toEqual([call]);
    expect(story.after).toEqual(story.before);
  });
});

describe('no-capacity', () => {
  it('launches the second type from an image of its architecture', () => {
    const story = storyOf('no-capacity');
    expect(named(story, 'RunInstances').map(({ outcome }) => outcome)).toEqual([
      'InsufficientInstanceCapacity',
      'ok',
    ]);
    expect(story.after[0]?.instance).toMatchObject({
      instanceType: 't3.nano',
      image: { architecture: 'x86_64' },
    });
  });
});

describe('image-gone', () => {
  it('launches an older image of the same family', () => {
    const story = storyOf('image-gone');
    const gone = story.before[0]?.instance?.image;
    const taken = story.after[0]?.instance?.image;
    expect(named(story, 'RunInstances')[0]?.outcome).toBe('InvalidAMIID.NotFound');
    expect(taken?.name).toMatch(/^al2023-ami-2023\./);
    expect(Date.parse(taken?.createdOn ?? '')).toBeLessThan(Date.parse(gone?.createdOn ?? ''));
  });
});

describe('throttled', () => {
  it.each(['DescribeRouteTables', 'AssociateAddress', 'RunInstances'])(
    'repeats %s until it succeeds',
    (call) => {
      const outcomes = named(storyOf('throttled'), call).map(({ outcome }) => outcome);
      expect(outcomes.slice(0, 3)).toEqual(['RequestLimitExceeded', 'RequestLimitExceeded', 'ok']);
    },
  );

  it('launches no second instance', () => {
    const launched = named(storyOf('throttled'), 'RunInstances').filter(({ outcome }) => outcome === 'ok');
    expect(launched).toHaveLength(1);
  });
});

describe('two-zones', () => {
  it('rebuilds both at the same time', () => {
    const story = storyOf('two-zones');
    const [a, b] = story.paths;
    expect(
      story.after.map(({ instance }, index) => instance?.id === story.before[index]?.instance?.id),
    ).toEqual([false, false]);
    expect(a?.firstCutoverCallMs).toBeLessThan(b?.lastCutoverAnswerMs ?? Number.NaN);
    expect(b?.firstCutoverCallMs).toBeLessThan(a?.lastCutoverAnswerMs ?? Number.NaN);
  });
});

describe('controller-dies', () => {
  it('is finished by a later run, with one instance and no interface left over', () => {
    const story = storyOf('controller-dies');
    const made = named(story, 'CreateNetworkInterface').length;
    const removed = named(story, 'DeleteNetworkInterface').filter(({ outcome }) => outcome === 'ok').length;
    expect(story.runs[0]?.outcome).toBe('died');
    expect(story.paths[0]?.run).toBeGreaterThan(1);
    // The old instance's interface survives it, so as many go as come.
    expect(removed).toBe(made);
  });
});

describe('rebuild-immediate', () => {
  it('cuts over to an instance that does not exist yet', () => {
    const story = storyOf('rebuild-immediate');
    expect(named(story, 'ReplaceRoute')[0]?.sentAtMs).toBeLessThan(
      named(story, 'RunInstances')[0]?.sentAtMs ?? Number.NaN,
    );
    expect(outageMs(story, 'b')).toBe(0);
  });
});

describe('first-launch', () => {
  it('launches one instance in each zone', () => {
    expect(
      named(storyOf('first-launch'), 'RunInstances')
        .map(({ zone }) => zone)
        .toSorted(),
    ).toEqual(['a', 'b']);
  });
});

describe('nat-gateway', () => {
  it('takes over without a gap and remembers the way back', () => {
    const story = storyOf('nat-gateway');
    expect(story.outages.map((outage) => outage.outageMs)).toEqual([0, 0]);
    for (const [index, zone] of story.after.entries()) {
      const gateways = story.before[index]?.routes.map(({ target }) => target);
      expect(zone.routes.map(({ remembered }) => remembered)).toEqual(gateways);
    }
  });
});

describe('play', () => {
  const terminated = scenarios[0];

  it('gives the same story for the same seed, and another for another', async () => {
    expect(await play(terminated, { seed: 1 })).toEqual(storyOf('terminated'));
    expect((await play(terminated, { seed: 2 })).before).not.toEqual(storyOf('terminated').before);
  });

  it('tells a listener each moment as soon as it is final, none that is not in the story', async () => {
    const told: string[] = [];
    const story = await play(
      terminated,
      { seed: 1 },
      {
        onScene: () => undefined,
        onMoments: (moments) => {
          told.push(...moments.map((moment) => JSON.stringify(moment)).filter((key) => !told.includes(key)));
        },
        pause: () => Promise.resolve(),
      },
    );
    const timeline = story.timeline.map((moment) => JSON.stringify(moment));
    expect(told.length).toBeGreaterThan(10);
    expect(timeline.slice(0, told.length)).toEqual(told);
  });

  it('says so when a scenario does not end well', async () => {
    const hopeless: Scenario = {
      ...terminated,
      name: 'hopeless',
      strike: (stage) => {
        for (const zone of stage.world.zones) {
          stage.sim.withoutCapacity('t4g.nano', zone.name);
        }
        return terminated.strike(stage);
      },
    };
    const story = await play(hopeless, { seed: 1 });
    expect(story.ok).toBe(false);
    expect(story).not.toHaveProperty('settledAtMs');
    expect(story.problems[0]).toBe('not settled within 15 minutes');
    expect(story.problems.at(-1)).toMatch(/^subnet-\w+ has no egress: /);
  });
});
