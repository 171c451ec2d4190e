import { describe, expect, it } from 'vitest';
import { minuteMs, secondMs } from '../../../shared/core/model/time.ts';
import { publicAddressOf } from '../../../simulator/data-plane.ts';
import type { Harness } from '../../../simulator/harness/harness.ts';
import { aliveIn, primaryOf, settledHarness, zoneOf } from '../../../simulator/harness/settled-harness.ts';
import { homeOf, settingsNameOf, type ZoneTopology } from '../../../simulator/topology.ts';
import { everyCase } from '../../every-case.ts';

const letters = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

/** Where a zone's Elastic IP has come to: the zone of that instance. */
type Move = `${string} to ${string}`;

function placeOf({ region }: Harness['sim'], allocationId: string): string | undefined {
  const { association } = region.store.addresses.current.get(allocationId) ?? {};
  const place = region.store.interfaces.current.get(association?.interfaceId ?? '');
  return place && settingsNameOf(homeOf(place));
}

/** From now on, every place that a zone's Elastic IP comes to, and every other address that its clients are seen at. */
function watch({ sim, topology: { zones } }: Harness) {
  const moves: Move[] = [];
  const foreign = new Set<string>();
  const last = new Map(zones.map(({ name, allocationId }) => [name, placeOf(sim, allocationId)]));
  const look = ({ name, allocationId, publicIp, privateSubnetIds }: ZoneTopology) => {
    const place = placeOf(sim, allocationId) ?? last.get(name);
    if (place !== last.get(name)) moves.push(`${settingsNameOf(name)} to ${place}`);
    last.set(name, place);
    const seen = privateSubnetIds.flatMap((id) => publicAddressOf(sim, id) ?? []);
    for (const other of seen.filter((address) => address !== publicIp)) foreign.add(`${name} at ${other}`);
  };
  sim.region.store.onChange(() => zones.forEach(look));
  return { moves, foreign };
}

async function sixZones(probe: 'on' | 'off'): Promise<Harness> {
  const harness = await settledHarness({ vpc: { zones: 6 }, settings: { standIn: 'on' }, probe });
  await harness.clock.runFor(3 * minuteMs);
  await harness.invoke(harness.scheduledEvent());
  return harness;
}

function instancesOf(harness: Harness): ReadonlyMap<string, string> {
  return new Map(letters.map((letter) => [letter, primaryOf(harness, letter)]));
}

const probes = everyCase(['on'] as const, ['off'] as const);

describe.each(probes)('of six zones, with probe %s', (probe) => {
  it.each<[string, readonly string[], readonly Move[]]>(
    everyCase<[string, readonly string[], readonly Move[]], [string, readonly string[], readonly Move[]]>(
      [
        ['the last is carried by the first', ['f'], ['f to a', 'f to f']],
        [
          'of two neighbours the second is carried, and the first waits for an instance of its own',
          ['b', 'c'],
          ['c to d', 'c to c'],
        ],
      ],
      [
        ['one is carried by the next', ['b'], ['b to c', 'b to b']],
        [
          'three that are no neighbours are each carried by the next',
          ['a', 'c', 'e'],
          ['a to b', 'a to a', 'c to d', 'c to c', 'e to f', 'e to e'],
        ],
        [
          'of three in a row the last is carried, around the ring as well',
          ['e', 'f', 'a'],
          ['a to b', 'a to a'],
        ],
      ],
    ),
  )('%s', async (_case, dead, expected) => {
    const harness = await sixZones(probe);
    const before = instancesOf(harness);
    const { moves, foreign } = watch(harness);
    harness.goLive();
    for (const letter of dead) harness.sim.terminateInstance(before.get(letter) ?? '');
    await harness.clock.runFor(12 * minuteMs);

    expect(moves.toSorted()).toEqual([...expected].toSorted());
    expect([...foreign]).toEqual([]);
    const report = harness.lastReport();
    expect(report?.outcome).toBe('settled');
    for (const letter of letters) {
      expect(zoneOf(report, letter).health).toBe('healthy');
      expect(aliveIn(harness, letter)).toHaveLength(1);
      expect(primaryOf(harness, letter) === before.get(letter)).toBe(!dead.includes(letter));
    }
  });

  it('one whose carrier ends as well goes home, and no hop further', async () => {
    const harness = await sixZones(probe);
    const before = instancesOf(harness);
    const { moves, foreign } = watch(harness);
    harness.goLive();
    harness.sim.terminateInstance(before.get('b') ?? '');
    await harness.clock.runFor(10 * secondMs);
    expect(moves).toEqual(['b to c']);
    harness.sim.terminateInstance(before.get('c') ?? '');
    await harness.clock.runFor(12 * minuteMs);

    expect(moves.toSorted()).toEqual(['b to b', 'b to c', 'c to c', 'c to d']);
    expect([...foreign]).toEqual([]);
    expect(harness.lastReport()?.outcome).toBe('settled');
  });
});
