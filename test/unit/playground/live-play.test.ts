import { beforeAll, describe, expect, it } from 'vitest';
import { type History, knownAt, stateAt } from '../../../demo/playground/history.ts';
import { LivePlay } from '../../../demo/playground/live-play.ts';
import { strikes } from '../../../demo/playground/strikes.ts';
import { countersAt } from '../../../demo/playground/view/counters.ts';
import { drawCalls, spoken } from '../../../demo/playground/view/draw-calls.ts';
import { drawTopology } from '../../../demo/playground/view/draw-topology.ts';
import { announced, callDetails, logItems } from '../../../demo/playground/view/panels.ts';
import { waysOf } from '../../../demo/playground/view/ways.ts';

describe('what is told', () => {
  it('has no time before the beginning, also of what is done at once', async () => {
    const live = await LivePlay.begin();
    live.strike('terminate', 0);
    await live.advance(90_000);
    const { lines } = live.history();

    expect(lines.map(({ text }) => text)).toContainEqual(
      expect.stringMatching(/offline for .* from t\+0\.00s/),
    );
    expect(lines.filter(({ text, atMs }) => atMs < 0 || /\bt-\d+\.\d/.test(text))).toEqual([]);
  });

  it('is how much of the hour is left', async () => {
    const live = await LivePlay.begin();
    await live.advance(60_000);

    expect([live.leftMs, live.isOver]).toEqual([59 * 60_000, false]);
    await live.advance(120 * 60_000);
    expect([live.leftMs, live.isOver]).toEqual([0, true]);
  });
});

describe('a zone whose instance is terminated', () => {
  let quiet: History;
  let history: History;
  let struck: string;
  let again: string;

  beforeAll(async () => {
    const live = await LivePlay.begin();
    await live.advance(1_000);
    quiet = live.history();
    struck = live.strike('terminate', 0);
    again = live.strike('terminate', 0);
    await live.advance(90_000);
    history = live.history();
  });

  it('begins well, with packets from every private subnet', () => {
    expect(countersAt(quiet, 1_000).map(({ isOffline }) => isOffline)).toEqual([false, false]);
    expect(waysOf(stateAt(quiet, 1_000)).map(({ zone, out }) => [zone, out])).toEqual([
      [0, { zone: 0 }],
      [0, { zone: 0 }],
      [1, { zone: 1 }],
      [1, { zone: 1 }],
    ]);
    expect(drawTopology(stateAt(quiet, 1_000), { columnWidth: 300 }).markup).not.toContain('✘');
  });

  it('says what was done, and what cannot be done', () => {
    expect(struck).toMatch(/^somebody terminates i-/);
    expect(again).toBe('Terminate, zone a: zone a has no running NAT instance to break');
    expect(history.lines.filter(({ label }) => label === 'then').map(({ text }) => text)).toEqual([struck]);
  });

  it('has no future at an earlier moment', () => {
    const { runs, calls, outages } = knownAt(history, 3_500);

    expect(runs.map(({ run, endedAtMs, outcome }) => [run, endedAtMs, outcome])).toEqual([
      [1, undefined, undefined],
    ]);
    expect(calls.every(({ sentAtMs }) => sentAtMs <= 3_500)).toBe(true);
    expect(calls.filter(({ answeredAtMs = 0 }) => answeredAtMs > 3_500)).toEqual([]);
    expect(outages.map(({ toMs }) => toMs !== undefined)).toEqual([true, true]);
    expect(knownAt(history, 1_500).outages.map(({ toMs }) => toMs)).toEqual([undefined, undefined]);
  });

  it('is cut off at once, and shown so', () => {
    const state = stateAt(history, 1_500);

    expect(countersAt(history, 1_500)[0]).toMatchObject({
      isOffline: true,
      outage: 'offline, 0.5 s so far',
    });
    expect(waysOf(state).filter(({ out }) => out === undefined)).toHaveLength(2);
    expect(drawTopology(state, { columnWidth: 300 }).markup).toContain('2 of 2 private subnets are cut off');
    expect(announced(history, 0, 900)).toEqual({ known: 0 });
    expect(announced(history, 0, 1_500)).toEqual({
      known: 1,
      text: expect.stringMatching(/^Zone a: 2 private subnets cut off/),
    });
    expect(announced(history, 1, 1_500)).toEqual({ known: 1 });
  });

  it('goes through the other zone, at its own Elastic IP', () => {
    const outage = history.outages.find(({ zone }) => zone === 'a');
    const carried = waysOf(stateAt(history, (outage?.toMs ?? 0) + 100)).filter(({ zone }) => zone === 0);

    expect(carried.map(({ through, out }) => [through?.zone, out])).toEqual([
      [1, { zone: 0 }],
      [1, { zone: 0 }],
    ]);
  });

  it('is home again in the end, and the outage stands still', () => {
    const { endMs } = history;
    const [first, later] = [countersAt(history, endMs - 1_000)[0], countersAt(history, endMs)[0]];

    expect(waysOf(stateAt(history, endMs)).map(({ through }) => through?.zone)).toEqual([0, 0, 1, 1]);
    expect(first?.outage).toBe(later?.outage);
    expect(later?.said).toMatch(/^run \d+ ended settled: requests pass$/);
  });

  it('has every call with its request and answer', () => {
    const index = history.calls.findIndex(({ call }) => call === 'ReplaceRoute');
    const call = history.calls[index];
    const strip = { fromMs: 0, toMs: 60_000, nowMs: 60_000, width: 800, chosen: index };
    const drawn = drawCalls(history, strip).markup;

    expect(call?.request).toMatchObject({ DestinationCidrBlock: '0.0.0.0/0' });
    expect(call?.answer).toEqual({});
    expect(history.calls.find(({ call: name }) => name === 'DescribeInstances')?.answer).toHaveProperty(
      'Reservations',
    );
    expect(drawn).toContain(`data-call="${index}"`);
    expect(drawn.match(/tabindex="0"/g)).toHaveLength(1);
    expect(callDetails(call ?? never()).markup).toContain('0.0.0.0/0');
    expect(spoken(call ?? never())).toMatch(/ReplaceRoute rtb-\w+: 0\.0\.0\.0\/0 → eni-\w+: ok, \d+ ms$/);
  });

  it('shows of the log what had happened by then', () => {
    expect(logItems(history, 500).markup).not.toContain('terminates');
    expect(logItems(history, 1_500).markup).toContain('terminates');
  });
});

function never(): never {
  throw new Error('the call was looked up before');
}

describe('every strike', () => {
  it.each(strikes.map(({ name }) => name))('%s is told in words and can be done at once', async (name) => {
    const live = await LivePlay.begin();

    const told = live.strike(name, 1);
    await live.advance(500);

    expect(told).not.toMatch(/no running|nothing called/);
    expect(live.history().lines.map(({ text }) => text)).toContain(told);
  });

  it('of another name does nothing', async () => {
    const live = await LivePlay.begin();

    expect(live.strike('explode', 0)).toBe('there is nothing called explode');
    expect(live.history().lines).toHaveLength(1);
  });
});

it('the play ends after an hour', async () => {
  const live = await LivePlay.begin();

  await live.advance(3_600_000 + 5_000);

  expect([live.nowMs, live.isOver]).toEqual([3_600_000, true]);
});

describe('a zone that is offline for what no instance is to blame', () => {
  it('has packets that leave by its address, and are lost behind it', async () => {
    const live = await LivePlay.begin();
    live.strike('upstream', 0);
    await live.advance(1_000);
    const state = stateAt(live.history(), 1_000);

    expect(waysOf(state).map(({ zone, out, isLost }) => [zone, out, isLost])).toEqual([
      [0, { zone: 0 }, true],
      [0, { zone: 0 }, true],
      [1, { zone: 1 }, true],
      [1, { zone: 1 }, true],
    ]);
    const { markup } = drawTopology(state, { columnWidth: 300 });
    expect(markup.match(/class="way cut"/g)).toHaveLength(4);
    // Below the internet, not below the instance, which forwards.
    expect(markup.match(/y="46"[^>]*class="cross"/g)).toHaveLength(4);
  });

  it('is said by the controller to be so at least since it looked', async () => {
    const live = await LivePlay.begin();
    live.strike('upstream', 0);
    await live.advance(150_000);
    const history = live.history();

    expect(countersAt(history, history.endMs)[0]?.said).toMatch(
      /^run \d+ ended attention: offline at least since t\+\d+/,
    );
    expect(history.lines.map(({ text }) => text).join()).toContain('says: offline at least since t+');
  });

  it('keeps the instance that carries it from being taken for its own', async () => {
    const live = await LivePlay.begin();
    live.strike('terminate', 0);
    await live.advance(4_000);

    expect(waysOf(stateAt(live.history(), 4_000))[0]?.through?.zone).toBe(1);
    expect(live.strike('hang', 0)).toBe('Hang, zone a: zone a has no running NAT instance to break');
  });

  it('has an Elastic IP that can be taken once', async () => {
    const live = await LivePlay.begin();

    expect(live.strike('take-address', 0)).toMatch(/^somebody disassociates /);
    expect(live.strike('take-address', 0)).toMatch(/^Take its Elastic IP, zone a: \S+ is on no interface$/);
  });
});
