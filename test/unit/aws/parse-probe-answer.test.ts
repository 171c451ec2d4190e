import { describe, expect, it } from 'vitest';
import { parseProbeAnswer } from '../../../shared/aws/parse-probe-answer.ts';

const instanceId = 'i-0123456789abcdef0';
const target = { target: 'https://1.1.1.1/', tookMs: 12, result: { kind: 'answered', status: 200 } };

/** As infra/nat-instance/health.sh writes it where all is well. */
const health = {
  ok: true,
  ready: true,
  problems: [],
  forwarding: true,
  redirects: false,
  masquerade: true,
  filter: true,
  nameFilter: null,
  egress: true,
  connections: { used: 12, most: 65536 },
  counters: { out: { packets: 1, bytes: 60 } },
  lastMinute: {
    bytes: 1200,
    packets: 10,
    insertFailed: 1,
    dropped: 2,
    stealPercent: 3,
    exceeded: { bw_in: 1, bw_out: 2, pps: 3, conntrack: 4, linklocal: 5 },
  },
  boot: { address: 4.5, rules: 6, forwarding: 6.2, health: 7, egress: 8 },
  guard: { repairs: 2 },
  uptimeSeconds: 3600,
  spec: '0123456789abcdef',
};

const minimal = {
  ready: false,
  problems: [],
  forwarding: false,
  masquerade: false,
  filter: false,
  uptimeSeconds: 5,
};

function parseHealth(said: unknown) {
  const instances = [{ instanceId, tookMs: 7, result: { kind: 'answered', health: said } }];
  const outcome = parseProbeAnswer({ targets: [], instances });
  return outcome.kind === 'answered' ? outcome.answer.instances[0]?.result : outcome;
}

describe('an answer', () => {
  it('is read with its targets, the address that they saw, and the instances', () => {
    const failed = { target: 'https://b/', tookMs: 3150, result: { kind: 'failed', why: 'ECONNREFUSED' } };
    const silent = {
      instanceId,
      tookMs: 1000,
      result: { kind: 'no-answer', why: 'no answer within 1000 ms' },
    };
    const answer = { targets: [target, failed], publicIp: '203.0.113.7', instances: [silent] };

    expect(parseProbeAnswer(answer)).toEqual({ kind: 'answered', answer });
  });

  it.each([undefined, null, 'text', [], {}, { targets: [] }, { targets: {}, instances: [] }])(
    'that is %j is unknown',
    (raw) => {
      expect(parseProbeAnswer(raw)).toEqual({
        kind: 'unknown',
        why: expect.stringContaining('it answered with no targets and instances'),
      });
    },
  );

  it.each([
    null,
    'https://1.1.1.1/',
    { ...target, target: 7 },
    { ...target, tookMs: '12' },
    { ...target, tookMs: -1 },
    { ...target, result: { kind: 'answered' } },
    { ...target, result: { kind: 'answered', status: 0 } },
    { ...target, result: { kind: 'answered', status: 600 } },
    { ...target, result: { kind: 'forwarded', status: 200 } },
  ])('with the target %j is unknown: without it, all the others might have failed', (raw) => {
    expect(parseProbeAnswer({ targets: [target, raw], instances: [] }).kind).toBe('unknown');
  });

  it.each(['10.0.0.5', '999.1.1.1', 'hello', 7, null])(
    'that names the public address %j names none',
    (publicIp) => {
      expect(parseProbeAnswer({ targets: [target], publicIp, instances: [] })).toEqual({
        kind: 'answered',
        answer: { targets: [target], instances: [] },
      });
    },
  );

  it('about an instance without an id is about none', () => {
    const instances = [null, {}, { instanceId: 'i-', tookMs: 1, result: { kind: 'no-answer', why: '' } }];

    expect(parseProbeAnswer({ targets: [target], instances })).toMatchObject({ answer: { instances: [] } });
  });

  it.each([undefined, {}, { kind: 'fine' }])('whose instance has the result %j is odd there', (result) => {
    expect(parseProbeAnswer({ targets: [], instances: [{ instanceId, tookMs: 7, result }] })).toMatchObject({
      answer: { instances: [{ instanceId, tookMs: 7, result: { kind: 'odd', why: 'no reason given' } }] },
    });
  });

  it('is printable and short, whatever stands in it', () => {
    const long = `\u001b[2J\u202e${'x'.repeat(100_000)}`;
    const answer = {
      targets: [
        { ...target, target: long },
        { target: 'b', tookMs: 1, result: { kind: 'failed', why: long } },
      ],
      instances: [
        { instanceId, tookMs: 1, result: { kind: 'odd', why: long } },
        { instanceId, tookMs: 1, result: { kind: 'no-answer', why: long } },
        { instanceId, tookMs: 1, result: { kind: 'answered', health: { said: long } } },
        {
          instanceId,
          tookMs: 1,
          result: {
            kind: 'answered',
            health: { ...health, spec: long, problems: Array(1_000).fill({ what: long, forSeconds: 1 }) },
          },
        },
      ],
    };

    const text = JSON.stringify(parseProbeAnswer(answer));

    expect(text).not.toMatch(/(?<!\\)\\u001b|\u202e/);
    expect(text.length).toBeLessThan(6_000);
    expect(JSON.stringify(parseProbeAnswer({ said: long })).length).toBeLessThan(400);
  });
});

describe("an instance's health", () => {
  it('is read in full', () => {
    expect(parseHealth(health)).toEqual({
      kind: 'answered',
      health: {
        ready: true,
        forwarding: true,
        masquerade: true,
        filter: true,
        egress: true,
        problems: [],
        specHash: '0123456789abcdef',
        uptimeMs: 3_600_000,
        load: {
          bytes: 1200,
          packets: 10,
          insertFailed: 1,
          dropped: 2,
          stealPercent: 3,
          connections: { used: 12, most: 65536 },
          exceeded: { bw_in: 1, bw_out: 2, pps: 3, conntrack: 4, linklocal: 5 },
        },
        repairs: 2,
        milestones: { address: 4_500, rules: 6_000, forwarding: 6_200, health: 7_000, egress: 8_000 },
      },
    });
  });

  it('may lack what is not always known', () => {
    const read = {
      ready: false,
      forwarding: false,
      masquerade: false,
      filter: false,
      problems: [],
      uptimeMs: 5_000,
      milestones: {},
    };

    expect(parseHealth(minimal)).toEqual({ kind: 'answered', health: read });
    expect(
      parseHealth({
        ...minimal,
        nameFilter: 'yes',
        egress: null,
        spec: '',
        boot: { address: 'soon', other: 7, rules: -1 },
        connections: { used: 12 },
        lastMinute: { bytes: 'many', packets: null, exceeded: null },
        guard: { repairs: 'often' },
      }),
    ).toEqual({ kind: 'answered', health: read });
    expect(parseHealth({ ...minimal, lastMinute: null, boot: null, connections: null })).toEqual({
      kind: 'answered',
      health: read,
    });
  });

  it('has why it cannot ask clients, where it says so', () => {
    const readOf = (paging: unknown) => {
      const read = parseHealth({ ...minimal, paging });
      return read?.kind === 'answered' && 'health' in read ? read.health.cannotAsk : read;
    };

    expect(readOf({ cannot: 'nft: no such file' })).toBe('nft: no such file');
    expect(readOf({ until: 712, seen: 4, pages: 9, copies: 36, answers: 9 })).toBeUndefined();
    expect([readOf(null), readOf('all'), readOf({ cannot: 7 })]).toEqual([undefined, undefined, undefined]);
  });

  it('has whether it says anything of asking them', () => {
    const readOf = (said: object) => {
      const read = parseHealth({ ...minimal, ...said });
      return read?.kind === 'answered' && 'health' in read ? read.health.tellsOfAsking : read;
    };

    expect(readOf({ paging: null })).toBe(false);
    expect(readOf({ paging: { until: 712 } })).toBe(true);
    expect(readOf({})).toBeUndefined();
  });

  it('lacks the addresses in use where its window is open and it has not been told', () => {
    const readOf = (paging: unknown) => {
      const read = parseHealth({ ...minimal, uptimeSeconds: 700, paging });
      return read?.kind === 'answered' && 'health' in read ? read.health.lacksInUse : read;
    };

    expect(readOf({ until: 712, inUse: null })).toBe(true);
    expect([{ until: 700, inUse: null }, { until: 712, inUse: 0 }, { until: 712 }].map(readOf)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([null, 'all', { until: 'never', inUse: null }].map(readOf)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('has whether its rules came early, or why not, and its flow table', () => {
    const readOf = (said: object) => {
      const read = parseHealth({ ...minimal, ...said });
      return read?.kind === 'answered' && 'health' in read
        ? [read.health.early, read.health.flowTable]
        : read;
    };

    expect(readOf({ early: 'loaded', flowTable: true })).toEqual(['loaded', true]);
    expect(readOf({ early: 'there is no python3', flowTable: false })).toEqual([
      'there is no python3',
      false,
    ]);
    expect(readOf({ early: null, flowTable: null })).toEqual([undefined, undefined]);
    expect(readOf({ early: '', flowTable: 'yes' })).toEqual([undefined, undefined]);
    expect(readOf({ early: 7, flowTable: 1 })).toEqual([undefined, undefined]);
    expect(readOf({ early: 'red \u001b[31m' })).toEqual([undefined, undefined]);
    expect(readOf({ early: 'x'.repeat(500) })).toEqual([`${'x'.repeat(120)}… (500 characters)`, undefined]);
  });

  it('leaves out when a boot of more than a day came somewhere', () => {
    const boot = { address: 86_400, rules: 86_401, forwarding: 1e12, health: '7', egress: -1 };

    expect(parseHealth({ ...minimal, boot })).toMatchObject({
      health: { milestones: { address: 86_400_000 } },
    });
    expect(parseHealth({ ...minimal, boot })).not.toHaveProperty('health.milestones.rules');
    expect(parseHealth({ ...minimal, boot })).not.toHaveProperty('health.milestones.forwarding');
  });

  it.each([1e308, 2e15, Number.POSITIVE_INFINITY])('leaves out %d, which nothing is counted to', (value) => {
    const read = parseHealth({
      ...health,
      lastMinute: { bytes: value, packets: 5, exceeded: { pps: value } },
    });

    expect(read).toMatchObject({ kind: 'answered', health: { load: { packets: 5, exceeded: {} } } });
    expect(JSON.stringify(read)).not.toContain('bytes');
    expect(JSON.stringify(parseHealth({ ...health, connections: { used: 1, most: 1e-300 } }))).not.toContain(
      'connections',
    );
  });

  it('reads as which address other zones leave, and passes over what is none', () => {
    const standInIn = (standIn: unknown) => {
      const result = parseHealth({ ...minimal, standIn });
      return result?.kind === 'answered' && 'health' in result ? result.health.standInIp : result;
    };

    expect(standInIn('10.0.1.5')).toBe('10.0.1.5');
    for (const none of [null, '', 'x', 5, '10.0.1', '10.0.1.5; drop'])
      expect(standInIn(none)).toBeUndefined();
  });

  it('says whether it holds a shutdown, where it does', () => {
    const handOverIn = (handOver: unknown) => {
      const result = parseHealth({ ...minimal, handOver });
      return result?.kind === 'answered' && 'health' in result ? result.health.handOver : result;
    };

    expect(handOverIn({ atMostSeconds: 60 })).toEqual({ atMostMs: 60_000 });
    expect(handOverIn({ atMostSeconds: 60, heldForSeconds: 4 })).toEqual({
      atMostMs: 60_000,
      heldForMs: 4_000,
    });
    expect(handOverIn({ atMostSeconds: 60, heldForSeconds: 'x' })).toEqual({ atMostMs: 60_000 });
    for (const none of [null, undefined, 'x', {}, { heldForSeconds: 4 }, { atMostSeconds: -1 }]) {
      expect(handOverIn(none)).toBeUndefined();
    }
  });

  it('says with its problems since when they are', () => {
    const problems = [
      { what: 'forwarding is off', forSeconds: 4 },
      { what: 'there is no filter' },
      { what: 'odd', forSeconds: 'long' },
      { forSeconds: 4 },
      'a text',
      null,
    ];

    expect(parseHealth({ ...health, problems, nameFilter: false })).toMatchObject({
      health: {
        nameFilter: false,
        problems: [
          { what: 'forwarding is off', forMs: 4_000 },
          { what: 'there is no filter', forMs: 0 },
          { what: 'odd', forMs: 0 },
        ],
      },
    });
  });

  it.each(Object.keys(minimal))('without %s is odd', (key) => {
    const { [key]: _gone, ...rest } = minimal as Record<string, unknown>;

    expect(parseHealth(rest)).toEqual({
      kind: 'odd',
      why: expect.stringContaining('a health answer without all that it must say'),
    });
  });

  it.each([
    ['ready', 'yes'],
    ['forwarding', 1],
    ['masquerade', null],
    ['filter', 'true'],
    ['problems', 'none'],
    ['uptimeSeconds', Number.NaN],
    ['uptimeSeconds', '7'],
  ])('with %s as %j is odd', (key, value) => {
    expect(parseHealth({ ...minimal, [key]: value })).toMatchObject({ kind: 'odd' });
  });

  it.each([undefined, null, [], 'fine'])('that is %j is odd', (said) => {
    expect(parseHealth(said)).toMatchObject({ kind: 'odd' });
  });
});
