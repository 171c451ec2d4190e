import { beforeAll, describe, expect, it } from 'vitest';
import { recordScenario } from '../../demo/record-scenario.ts';
import type { Scenario } from '../../demo/scenario.ts';
import type { RecordedCall, ScenarioResult } from '../../demo/scenario-result.ts';
import { findScenario, scenarios } from '../../demo/scenarios.ts';
import { everyCase, inDepth } from '../every-case.ts';
import { recordOnce } from './record-once.ts';

const results = new Map<string, ScenarioResult>();

beforeAll(async () => {
  for (const scenario of scenarios) {
    results.set(scenario.name, await recordOnce(scenario, { seed: 1 }));
  }
  // No scenario waits for real time; the limit is for slow machines.
}, 120_000);

function resultOf(name: string): ScenarioResult {
  const result = results.get(name);
  if (result === undefined) {
    throw new Error(`no scenario ${name}`);
  }
  return result;
}

/** The calls that change something, in the order in which they were sent. */
function changesIn(result: ScenarioResult): RecordedCall[] {
  return result.calls.filter(({ effect }) => effect !== 'look');
}

function named(result: ScenarioResult, ...names: readonly string[]): RecordedCall[] {
  return result.calls.filter(({ call }) => names.includes(call));
}

function outageMs(result: ScenarioResult, zone: string): number | undefined {
  return result.outages.find((outage) => outage.zone === zone)?.outageMs;
}

/** Two runs that ask with the same token get the same instance. */
function launchedIn(result: ScenarioResult): Set<string> {
  const launches = named(result, 'RunInstances').filter(({ outcome }) => outcome === 'ok');
  return new Set(launches.flatMap(({ detail }) => /→ (i-\w+)/.exec(detail)?.[1] ?? []));
}

const kept = scenarios.filter(({ ends }) => ends !== 'rolled-back').map(({ name }) => name);

describe.each(kept)('scenario %s', (name) => {
  it('ends with one running instance in each zone that the Elastic IP and every route lead to', () => {
    for (const zone of resultOf(name).after) {
      expect(zone.instance?.state).toBe('running');
      expect(zone.networkInterface?.sourceDestCheck).toBe(false);
      expect(zone.address.on).toBe(zone.networkInterface?.id);
      for (const route of zone.routes) {
        expect(route).toMatchObject({ state: 'active', target: zone.networkInterface?.id });
      }
    }
  });
});

describe.each(scenarios.map(({ name }) => name))('scenario %s', (name) => {
  it('ends settled, with egress in every zone', () => {
    const result = resultOf(name);
    expect(result.problems).toEqual([]);
    expect(result.ok).toBe(true);
    expect(result.settledAtMs).toBeGreaterThan(0);
  });

  it('tells every call that changed something, once and in order', () => {
    const result = resultOf(name);
    const listed = result.timeline.flatMap((entry) => (entry.kind === 'wave' ? entry.calls : []));
    const times = result.timeline.map(({ atMs }) => atMs);
    expect(listed).toHaveLength(changesIn(result).length);
    expect(new Set(listed)).toEqual(new Set(changesIn(result)));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('counts every Describe call once', () => {
    const result = resultOf(name);
    const listed = result.timeline.reduce((sum, entry) => sum + describesIn(entry), 0);
    expect(listed).toBe(result.counts.describe);
  });
});

function describesIn(entry: ScenarioResult['timeline'][number]): number {
  switch (entry.kind) {
    case 'snapshot':
      return entry.calls.length;
    case 'looks':
      return entry.calls;
    default:
      return 0;
  }
}

describe('terminated', () => {
  it('has the zone carried by the next one, at its own Elastic IP, and changes nothing of that one', () => {
    const result = resultOf('terminated');
    const [a, b] = result.before;
    const moves = named(result, 'AssociateAddress').map(({ detail }) => detail);
    expect(outageMs(result, 'a')).toBeGreaterThan(0);
    expect(outageMs(result, 'a')).toBeLessThan(5_000);
    expect(outageMs(result, 'b')).toBe(0);
    expect(moves[0]).toBe(`${a?.address.publicIp} → ${b?.networkInterface?.id}`);
    expect(result.after[0]?.address.publicIp).toBe(a?.address.publicIp);
    // Whom its instance watches.
    const ofB = changesIn(result).filter(({ zone }) => zone !== 'a');
    expect(new Set(ofB.map(({ call }) => call))).toEqual(new Set(['CreateTags']));
    expect(result.after[1]).toEqual(b);
  });

  it('launches one instance at leisure, however many runs ask for it', () => {
    const result = resultOf('terminated');
    const launches = named(result, 'RunInstances');
    const cutover = named(result, 'ReplaceRoute')[0];
    expect(launches.length).toBeGreaterThan(0);
    expect(launches[0]?.sentAtMs).toBeGreaterThan(cutover?.answeredAtMs ?? Number.NaN);
    expect(launchedIn(result).size).toBe(1);
  });

  it('tells how the replacement booted, once, and nothing of instances that were there before', () => {
    const told = resultOf('terminated').timeline.filter(({ kind }) => kind === 'boot-told');
    expect(told).toMatchObject([
      { zone: 'a', text: expect.stringMatching(/forwarded \d+\.\d s after its kernel started \(address/) },
    ]);
  });
});

describe('one-zone', () => {
  it('launches once, at once, and moves the Elastic IP and then every route together when that runs', () => {
    const result = resultOf('one-zone');
    const launches = named(result, 'RunInstances');
    const [path] = result.paths;
    expect(launches).toHaveLength(1);
    const before = result.calls.filter(
      ({ answeredAtMs = Number.NaN }) => answeredAtMs <= (launches[0]?.sentAtMs ?? 0),
    );
    // One round trip after the event.
    expect(changesIn(result)[0]).toBe(launches[0]);
    expect(new Set(before.map(({ sentAtMs }) => sentAtMs)).size).toBe(1);
    expect(path?.roundTrips.map(({ calls }) => calls).slice(-2)).toEqual([
      ['AssociateAddress'],
      ['ReplaceRoute', 'ReplaceRoute'],
    ]);
    expect(path?.firstCutoverCallMs).toBeGreaterThan(launches[0]?.answeredAtMs ?? Number.NaN);
  });

  it('tells of the outage, while it goes on where that lasts, and when a report calls it over', () => {
    const told = resultOf('one-zone').timeline.filter(({ kind }) => kind === 'reported');
    expect(told.slice(0, 1)).toMatchObject([
      { zone: 'a', outage: { knownFrom: 'ec2', over: { knownFrom: 'request' } } },
    ]);
    const hangs = resultOf('one-zone-hangs').timeline.filter(({ kind }) => kind === 'reported');
    expect(hangs.slice(0, 2)).toMatchObject([
      { zone: 'a', outage: expect.not.objectContaining({ over: expect.anything() }) },
      { zone: 'a', outage: { knownFrom: 'ec2', over: { knownFrom: 'request' } } },
    ]);
  });
});

describe('status-check', () => {
  it('has the zone carried within seconds, though EC2 has noticed nothing', () => {
    const result = resultOf('status-check');
    expect(outageMs(result, 'a')).toBeLessThan(5_000);
    expect(result.runs[0]?.event).toMatch(/^NAT instance suspected: i-/);
  });
});

describe('stopped', () => {
  it('terminates the stopped instance in the end', () => {
    const result = resultOf('stopped');
    const [old] = result.before;
    const ended = named(result, 'TerminateInstances').map(({ detail }) => detail);
    // Two runs may each find it due: the second call changes nothing.
    expect(new Set(ended)).toEqual(new Set([old?.instance?.id]));
  });
});

describe.each(['one-zone-hangs', 'retirement', 'rebuild', 'rebuild-probe-off'])('%s', (name) => {
  it('launches, cuts over, and only then terminates', () => {
    const result = resultOf(name);
    const launch = named(result, 'RunInstances')[0]?.sentAtMs ?? Number.NaN;
    const cutover = named(result, 'ReplaceRoute')[0]?.sentAtMs ?? Number.NaN;
    const terminations = named(result, 'TerminateInstances');
    // Two runs may each find it due: the second call changes nothing.
    expect(new Set(terminations.map(({ detail }) => detail))).toEqual(
      new Set([result.before[0]?.instance?.id]),
    );
    expect(launch).toBeLessThan(cutover);
    expect(cutover).toBeLessThan(terminations[0]?.sentAtMs ?? Number.NaN);
  });
});

describe.each(['retirement', 'rebuild', 'rebuild-probe-off', 'spot-interruption'])('%s', (name) => {
  it('costs no more than the moment between the routes and the Elastic IP', () => {
    expect(outageMs(resultOf(name), 'a')).toBeLessThan(500);
  });
});

describe('spot-interruption', () => {
  it('has moved the traffic before EC2 takes the instance away, two minutes after its warning', () => {
    expect(resultOf('spot-interruption').paths[0]?.lastCutoverAnswerMs).toBeLessThan(120_000);
  });
});

describe.each([
  ['source-dest-check', 'ModifyNetworkInterfaceAttribute'],
  ['elastic-ip', 'AssociateAddress'],
  ['route-blackholed', 'ReplaceRoute'],
  ['route-deleted', 'CreateRoute'],
])('%s', (name, call) => {
  it(`is repaired by one ${call} and nothing else`, () => {
    const result = resultOf(name);
    expect(changesIn(result).map((change) => change.call)).toEqual([call]);
    expect(result.after).toEqual(result.before);
  });
});

describe('no-capacity', () => {
  it('launches the second type from an image of its architecture', () => {
    const result = resultOf('no-capacity');
    const outcomes = named(result, 'RunInstances').map(({ outcome }) => outcome);
    expect(new Set(outcomes)).toEqual(new Set(['InsufficientInstanceCapacity', 'ok']));
    expect(launchedIn(result).size).toBe(1);
    expect(result.after[0]?.instance).toMatchObject({
      instanceType: 't3.nano',
      image: { architecture: 'x86_64' },
    });
  });
});

describe('image-gone', () => {
  it('launches an older image of the same family', () => {
    const result = resultOf('image-gone');
    const gone = result.before[0]?.instance?.image;
    const taken = result.after[0]?.instance?.image;
    expect(named(result, 'RunInstances')[0]?.outcome).toBe('InvalidAMIID.NotFound');
    expect(taken?.name).toMatch(/^al2023-ami-2023\./);
    expect(Date.parse(taken?.createdOn ?? '')).toBeLessThan(Date.parse(gone?.createdOn ?? ''));
  });
});

describe('throttled', () => {
  it.each(['DescribeRouteTables', 'AssociateAddress', 'RunInstances'])(
    'repeats %s until it succeeds',
    (call) => {
      const outcomes = named(resultOf('throttled'), call).map(({ outcome }) => outcome);
      expect(outcomes.slice(0, 3)).toEqual(['RequestLimitExceeded', 'RequestLimitExceeded', 'ok']);
    },
  );

  it('launches no second instance', () => {
    expect(launchedIn(resultOf('throttled')).size).toBe(1);
  });
});

describe('two-zones', () => {
  it('rebuilds both at the same time', () => {
    const result = resultOf('two-zones');
    const [a, b] = named(result, 'RunInstances');
    expect(new Set([a?.zone, b?.zone])).toEqual(new Set(['a', 'b']));
    expect(
      result.after.map(({ instance }, index) => instance?.id === result.before[index]?.instance?.id),
    ).toEqual([false, false]);
    expect(a?.sentAtMs).toBeLessThan(b?.answeredAtMs ?? Number.NaN);
    expect(b?.sentAtMs).toBeLessThan(a?.answeredAtMs ?? Number.NaN);
  });
});

describe('controller-dies', () => {
  it('is finished by a later run, with one instance and no interface left over', () => {
    const result = resultOf('controller-dies');
    const made = named(result, 'CreateNetworkInterface').length;
    const removed = named(result, 'DeleteNetworkInterface').filter(({ outcome }) => outcome === 'ok').length;
    expect(result.runs[0]?.outcome).toBe('died');
    expect(result.paths[0]?.run).toBeGreaterThan(1);
    // The old instance's interface survives it, and the new one's comes with the launch.
    expect(removed).toBe(made + 1);
  });
});

describe('rebuild-immediate', () => {
  it('cuts over to an instance that does not exist yet', () => {
    const result = resultOf('rebuild-immediate');
    expect(named(result, 'ReplaceRoute')[0]?.sentAtMs).toBeLessThan(
      named(result, 'RunInstances')[0]?.sentAtMs ?? Number.NaN,
    );
    expect(outageMs(result, 'b')).toBe(0);
  });
});

describe('forwarding-broken', () => {
  const told = (kind: 'probe' | 'reported') =>
    resultOf('forwarding-broken').timeline.filter((entry) => entry.kind === kind);

  it('tells what the probe answers, where that changes', () => {
    expect(told('probe')).toMatchObject([
      { zone: 'a', said: 'failed' },
      { zone: 'a', said: 'passed' },
    ]);
  });

  it('has the zone carried by the next one as soon as it is proven', () => {
    expect(outageMs(resultOf('forwarding-broken'), 'a')).toBeLessThan(66_000);
    expect(named(resultOf('forwarding-broken'), 'AssociateAddress')[0]?.sentAtMs).toBeLessThan(
      named(resultOf('forwarding-broken'), 'RunInstances')[0]?.sentAtMs ?? Number.NaN,
    );
  });
});

describe('guard-repairs', () => {
  it('changes nothing, rings nothing, and is told by the next report', () => {
    const { timeline, counts, alarms, before, after } = resultOf('guard-repairs');
    expect(counts.mutating).toBe(0);
    expect(alarms).toEqual([]);
    expect(outageMs(resultOf('guard-repairs'), 'a')).toBeLessThanOrEqual(2_000);
    expect(timeline.filter(({ kind }) => kind === 'guarded')).toMatchObject([{ zone: 'a', count: 1 }]);
    expect(after).toEqual(before);
  });
});

describe('upstream-lost', () => {
  const told = () => resultOf('upstream-lost').timeline;

  it('launches and moves nothing, in ten minutes without egress', () => {
    const { counts, before, after } = resultOf('upstream-lost');
    expect(outageMs(resultOf('upstream-lost'), 'a')).toBe(600_000);
    expect(counts.mutating).toBe(0);
    expect(after).toEqual(before);
  });

  it('is said once by a report, and said to be over', () => {
    const ends = told().flatMap((entry) => (entry.kind === 'run-ended' ? [entry] : []));
    expect(ends).toMatchObject([{ outcome: 'attention' }]);
    expect(ends[0]?.why.every((reason) => reason.startsWith('upstream-trouble: '))).toBe(true);
    for (const zone of ['a', 'b']) {
      const reported = told().filter((entry) => entry.kind === 'reported' && entry.zone === zone);
      expect(reported).toMatchObject([
        { outage: expect.not.objectContaining({ over: expect.anything() }) },
        { outage: { over: expect.anything() } },
      ]);
    }
  });

  it('rings each alarm once, and each comes to its end', () => {
    const { alarms } = resultOf('upstream-lost');
    const changes = (name: string) =>
      told().flatMap((entry) => (entry.kind === 'alarm' && entry.alarm === name ? [entry.to] : []));
    expect(alarms.toSorted()).toEqual(['phoenat-attention', 'phoenat-zone-down-a', 'phoenat-zone-down-b']);
    for (const alarm of alarms) expect(changes(alarm)).toEqual(['ALARM', 'OK']);
  });
});

describe('takeover-in-vain', () => {
  it('leads every route back to its gateway within ten seconds, and takes over none in the next zone', () => {
    const result = resultOf('takeover-in-vain');
    const [first, ...others] = result.outages.map(({ outageMs }) => outageMs);
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(10_000);
    expect(others).toEqual([0]);
    expect(result.after.map(({ routes }) => routes)).toEqual(result.before.map(({ routes }) => routes));
  });

  it('fails the deployment with the reason, and leaves no instance behind', () => {
    const { runs, after } = resultOf('takeover-in-vain');
    const ends = runs.flatMap(({ outcome }) => outcome ?? []);
    expect([ends[0], ends.at(-1)]).toEqual(['FAILED', 'SUCCESS']);
    expect(runs[0]?.findings.join()).toMatch(/no request passed through i-/);
    expect(after.map(({ instance }) => instance?.state)).toEqual(['terminated', 'terminated']);
  });
});

describe('rebuild-probe-off', () => {
  it('asks no probe, and waits for what EC2 can tell long after the instance forwards', () => {
    const waits = (name: string) => {
      const { timeline, paths } = resultOf(name);
      const isReady = timeline.find((entry) => entry.kind === 'instance' && entry.became === 'forwarding');
      return (paths[0]?.firstCutoverCallMs ?? Number.NaN) - (isReady?.atMs ?? Number.NaN);
    };
    expect(resultOf('rebuild-probe-off').probed).toBe(0);
    expect(resultOf('rebuild').probed).toBeGreaterThan(0);
    expect(waits('rebuild')).toBeLessThan(5_000);
    expect(waits('rebuild-probe-off')).toBeGreaterThan(5_000);
  });
});

describe('first-launch', () => {
  it('launches one instance in each zone', () => {
    expect(
      named(resultOf('first-launch'), 'RunInstances')
        .map(({ zone }) => zone)
        .toSorted(),
    ).toEqual(['a', 'b']);
  });
});

describe('nat-gateway', () => {
  it('takes over without a gap and remembers the way back', () => {
    const result = resultOf('nat-gateway');
    expect(result.outages.map((outage) => outage.outageMs)).toEqual([0, 0]);
    for (const [index, zone] of result.after.entries()) {
      const gateways = result.before[index]?.routes.map(({ target }) => target);
      expect(zone.routes.map(({ remembered }) => remembered)).toEqual(gateways);
    }
  });
});

describe('recordScenario', () => {
  const terminated = scenarios[0];
  const alone = findScenario('one-zone') ?? terminated;

  it('gives the same result for the same seed, and another for another', async () => {
    expect(await recordScenario(terminated, { seed: 1 })).toEqual(resultOf('terminated'));
    expect((await recordScenario(terminated, { seed: 2 })).before).not.toEqual(resultOf('terminated').before);
  });

  it.each(everyCase(['takeover-in-vain'], ['terminated']))(
    'gives a listener of %s each entry as soon as it is final, none that is not in the result',
    async (name) => {
      const listed: string[] = [];
      const result = await recordScenario(
        findScenario(name) ?? terminated,
        { seed: 1 },
        {
          onIntroduction: () => undefined,
          onEntries: (entries) => {
            listed.push(
              ...entries.map((entry) => JSON.stringify(entry)).filter((key) => !listed.includes(key)),
            );
          },
          pause: () => Promise.resolve(),
        },
      );
      const timeline = result.timeline.map((entry) => JSON.stringify(entry));
      expect(listed.length).toBeGreaterThan(10);
      expect(timeline.slice(0, listed.length)).toEqual(listed);
    },
  );

  inDepth('says so when a scenario does not end well', async () => {
    const hopeless: Scenario = {
      ...alone,
      name: 'hopeless',
      inject: (harness, stack) => {
        for (const zone of harness.topology.zones) {
          harness.sim.withoutCapacity('t4g.nano', zone.name);
        }
        return alone.inject(harness, stack);
      },
    };
    const result = await recordScenario(hopeless, { seed: 1 });
    expect(result.ok).toBe(false);
    expect(result).not.toHaveProperty('settledAtMs');
    expect(result.problems[0]).toBe('not over within 30 minutes');
    expect(result.problems.at(-1)).toMatch(/^subnet-\w+ has no egress: /);
  });
});
