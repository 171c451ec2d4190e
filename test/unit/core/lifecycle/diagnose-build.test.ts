import { describe, expect, it } from 'vitest';
import { diagnoseBuild } from '../../../../shared/core/lifecycle/diagnose-build.ts';
import { finding } from '../../../../shared/core/model/finding.ts';
import type { Report, ZoneReport } from '../../../../shared/core/report/report.ts';
import { zoneName } from '../a-snapshot.ts';

const primary = {
  instanceId: 'i-0000000000000000a',
  state: 'running',
  instanceType: 't4g.nano',
  imageId: 'ami-00000001',
  launchedAt: '2026-11-26T03:00:00.000Z',
  ready: true,
  asConfigured: true,
};

const old = { ...primary, instanceId: 'i-0000000000000000b' };

function zone(changes: Partial<ZoneReport> = {}): ZoneReport {
  const breaker = { launchesInLastHour: 1, mostPerHour: 5, open: false };
  return {
    zone: zoneName('a'),
    health: 'healthy',
    findings: [],
    paused: false,
    primary,
    breaker,
    routes: [],
    steps: [],
    waitsFor: [],
    ...changes,
  };
}

function build(changes: Partial<ZoneReport>, pausedIsFine = true, beside: readonly ZoneReport[] = []) {
  const report: Report = {
    outcome: 'settled',
    trigger: { kind: 'lifecycle', detail: '', at: '' },
    zones: [zone(changes), ...beside],
    times: { event: '', started: '', ended: '' },
    calls: { describe: 0, mutating: 0, failed: 0 },
  };
  return diagnoseBuild(report, pausedIsFine);
}

const breakerOpen = [finding('breaker-open', 'no launch')];
const lowBreaker = { launchesInLastHour: 2, mostPerHour: 2, open: true };

describe('a deployment', () => {
  it('is done where a ready instance of the present settings is alone', () => {
    expect(build({})).toEqual({ kind: 'done' });
    expect(build({ egress: 'passes' })).toEqual({ kind: 'done' });
    expect(build({ others: [{ ...old, role: 'ended' }] })).toEqual({ kind: 'done' });
  });

  it('cannot get on where what is to be replaced carries a paused zone', () => {
    const waits = finding('stands-in', 'it waits');
    const primaryOfBefore = { ...primary, asConfigured: false };
    const carrier = { standsInFor: [zoneName('b')], primary: primaryOfBefore, findings: [waits] };
    const guest = zone({ zone: zoneName('b'), health: 'stood-in', paused: true });

    expect(build(carrier, true, [guest])).toMatchObject({
      kind: 'hopeless',
      zones: [expect.stringContaining('it waits')],
    });
    expect(build(carrier, true, [{ ...guest, paused: false }]).kind).toBe('open');
    expect(build({ ...carrier, findings: [] }, true, [guest]).kind).toBe('open');
    expect(build({ ...carrier, standsInFor: [] }, true, [guest]).kind).toBe('open');
  });

  it.each<[string, Partial<ZoneReport>, RegExp]>([
    [
      'whose instance has other settings',
      { primary: { ...primary, asConfigured: false } },
      /^zone a is still served by i-0000000000000000a: no reason known$/,
    ],
    [
      'whose candidate is there',
      { others: [{ ...old, role: 'candidate' }] },
      /i-0000000000000000b beside it/,
    ],
    [
      'whose old instance is still there',
      { others: [{ ...old, role: 'surplus' }] },
      /^zone a is served by i-0000000000000000a, and not finished: i-0000000000000000b beside it$/,
    ],
    [
      'whose instance has not passed its checks',
      { primary: { ...primary, ready: false } },
      /^zone a leads to i-0000000000000000a, which is not known to forward: .* has not passed/,
    ],
    [
      'of which no checks can be read',
      {
        primary: { ...primary, ready: false },
        findings: [{ code: 'checks-unread', detail: 'allow it' }],
      },
      /^zone a leads to i-0000000000000000a, which is not known to forward: allow it$/,
    ],
    [
      'that something else serves',
      {
        health: 'served-by-other',
        routes: [
          { routeTableId: 'rtb-1', target: 'nat-1', state: 'active' },
          { routeTableId: 'rtb-2', target: 'nat-1', state: 'active' },
        ],
        waitsFor: ['it'],
      },
      /^zone a is still served by nat-1: waits for it$/,
    ],
    [
      'that the one beside it carries',
      { health: 'stood-in', waitsFor: ['its own'] },
      /^zone a is served by a neighbouring zone: waits for its own$/,
    ],
    ['whose routes are not told', { health: 'served-by-other' }, /^zone a is still served by what served it/],
    [
      'of which the probe did not tell',
      { egress: 'unknown', probe: { unknown: 'AccessDenied' } },
      /^zone a is served by i-0000000000000000a, and not finished: no request is known to have passed \(AccessDenied\): mend the probe of zone a, .* or deploy with Probe=off/,
    ],
    [
      'of which the probe has not told',
      { egress: 'unknown', primary: { ...primary, ready: false } },
      /which is not known to forward: no request is known to have passed: mend the probe of zone a/,
    ],
    [
      'whose requests fail',
      { egress: 'fails' },
      /and not finished: no request passes: see that .* Probe=off/,
    ],
    [
      'whose requests fail, and one says why',
      {
        egress: 'fails',
        probe: { targets: [{ target: 'https://one.example', tookMs: 1_500, failed: 'timed out' }] },
      },
      /no request passes \(https:\/\/one\.example: timed out\): see that the first private subnet of zone a /,
    ],
    [
      'whose former instance has failed to take over',
      {
        primary: { ...primary, asConfigured: false },
        findings: [finding('takeover-undone', 'it did not pass')],
      },
      /it did not pass/,
    ],
    ['without an instance', { health: 'down' }, /^zone a is not served: /],
    ['that could not be read', { health: 'unknown' }, /^zone a could not be read: /],
    ['that is drifted', { health: 'drifted' }, /zone a is drifted: no reason known/],
    [
      'that waits',
      { health: 'starting', waitsFor: ['it to run'] },
      /^zone a is not served yet: waits for it to run/,
    ],
  ])('is open with a zone %s', (_what, changes, why) => {
    const state = build(changes);

    expect(state).toMatchObject({ kind: 'open' });
    expect(state.kind === 'open' ? state.zones.join() : '').toMatch(why);
  });

  it('fails where nothing passed through the instance that had taken over', () => {
    const routes = [{ routeTableId: 'rtb-1', target: 'nat-1', state: 'active' }];
    const findings = [finding('takeover-undone', 'no request passed through it')];

    expect(build({ health: 'served-by-other', routes, findings, egress: 'passes' })).toEqual({
      kind: 'failed',
      zones: ['zone a is still served by nat-1: no request passed through it'],
    });
  });

  it('fails where a cutover was undone, once nothing else is tried', () => {
    const findings = [finding('cutover-undone', 'no request passed through it')];
    const served = { primary: { ...primary, asConfigured: false }, egress: 'passes', findings } as const;

    expect(build(served)).toMatchObject({ kind: 'failed' });
    expect(build({ ...served, waitsFor: ['another to be ready'] })).toMatchObject({ kind: 'open' });
  });

  it('is hopeless where the trouble is upstream', () => {
    const findings = [finding('upstream-trouble', 'requests fail in every zone')];

    expect(build({ egress: 'fails', findings })).toMatchObject({ kind: 'hopeless' });
  });

  it.each<[string, Partial<ZoneReport>, string]>([
    [
      'an old instance that serves on',
      { primary: { ...primary, asConfigured: false } },
      'zone a is still served by i-0000000000000000a: i-0000000000000000b cannot forward: no nftables',
    ],
    [
      'gateways that serve on',
      {
        health: 'served-by-other',
        routes: [{ routeTableId: 'rtb-1', target: 'nat-1', state: 'active' }],
      },
      'zone a is still served by nat-1: i-0000000000000000b cannot forward: no nftables',
    ],
  ])('that failed beside %s says so, and what the new one failed at', (_what, changes, sentence) => {
    const findings = [finding('boot-failed', 'i-0000000000000000b cannot forward: no nftables')];

    expect(build({ ...changes, findings })).toEqual({ kind: 'failed', zones: [sentence] });
  });

  it('that failed where the new instance has the routes says that the zone is not served', () => {
    const findings = [finding('boot-failed', 'i-0000000000000000a cannot forward: no nftables')];
    const state = build({ primary: { ...primary, ready: false }, findings });

    expect(state).toEqual({
      kind: 'failed',
      zones: ['zone a is not served: i-0000000000000000a cannot forward: no nftables'],
    });
  });

  it('has a word for every health that there is', () => {
    const odd = 'fine' as ZoneReport['health'];

    expect(() => build({ health: odd })).toThrow();
  });

  it('says of a paused zone who serves it', () => {
    const state = build({ paused: true, findings: [finding('paused', 'paused')] }, false);

    expect(state).toEqual({
      kind: 'open',
      zones: ['zone a is left alone, and served by i-0000000000000000a: paused'],
    });
  });

  it('is hopeless where a person is needed, whatever else is open', () => {
    expect(build({ health: 'violation' })).toEqual({
      kind: 'hopeless',
      zones: [expect.stringMatching(/^zone a does not fit its settings: /)],
    });
    expect(build({ health: 'down', findings: breakerOpen }).kind).toBe('hopeless');
    expect(
      build({ others: [{ ...old, role: 'surplus' }], findings: [finding('step-failed', 'no')] }).kind,
    ).toBe('hopeless');
    expect(build({ others: [{ ...old, role: 'surplus' }], findings: breakerOpen }).kind).toBe('hopeless');
  });

  it('waits for a breaker that one update and its rollback use up', () => {
    const primaryOfBefore = { ...primary, asConfigured: false };

    expect(build({ primary: primaryOfBefore, findings: breakerOpen, breaker: lowBreaker }).kind).toBe('open');
    expect(build({ health: 'down', findings: breakerOpen, breaker: lowBreaker }).kind).toBe('hopeless');
  });

  it('leaves a paused zone as it is where there was one before, and nowhere else', () => {
    expect(build({ paused: true, health: 'down' })).toEqual({ kind: 'done' });
    expect(build({ paused: true }, false).kind).toBe('open');
  });
});
