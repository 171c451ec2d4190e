import { describe, expect, test } from 'vitest';
import { createAskProbe } from '../../shared/aws/invoke-probe.ts';
import { parseId } from '../../shared/core/model/ids.ts';
import type {
  InstanceAnswer,
  NatHealth,
  ProbeAnswer,
  ProbeOutcome,
} from '../../shared/core/model/reading.ts';
import { hourMs, minuteMs, secondMs } from '../../shared/core/model/time.ts';
import type { BootOutcome } from '../../simulator/ec2/records.ts';
import { type ProbeTrouble, SimulatedProbes } from '../../simulator/probe/simulated-probes.ts';
import { settingsOf } from '../../simulator/topology.ts';
import { arm64Image, consistent, launch, type Rig, setUp } from './rig.ts';

/** A zone with a NAT instance that carries it, and its probe. */
async function withProbe(boot: BootOutcome = 'forwards', afterMs = 2 * minuteMs) {
  const rig = setUp({ ...consistent, boot });
  const probes = new SimulatedProbes(rig.sim, settingsOf(rig.topology, {}, 'on'));
  const { instanceId, interfaceId } = await launch(rig);
  rig.sim.setSourceDestCheck(interfaceId, false);
  rig.sim.associateAddressElsewhere(rig.zone.allocationId, interfaceId);
  for (const tableId of rig.zone.privateRouteTableIds) {
    rig.sim.pointRouteAt(tableId, { kind: 'interface', id: interfaceId });
  }
  await rig.clock.runFor(afterMs);
  return { ...rig, probes, instanceId, interfaceId };
}
type Probed = Rig & Awaited<ReturnType<typeof withProbe>>;

/** What the controller hears of it, by its own client. */
async function ask(
  { clock, probes, sim, topology, instanceId, interfaceId }: Probed,
  options?: { readonly hurry: boolean },
): Promise<ProbeOutcome> {
  const askProbe = createAskProbe({ invokeFunction: probes.invoke, clock, role: 'ControllerRole' });
  const [zone] = settingsOf(topology, {}, 'on').zones;
  const id = parseId('instance', instanceId);
  const privateIp = sim.region.store.interfaces.current.get(interfaceId)?.privateIp;
  if (zone === undefined || id === undefined || privateIp === undefined) throw new Error('no zone to ask');
  return await clock.complete(askProbe(zone, [{ instanceId: id, privateIp }], options));
}

async function answerOf(probed: Probed, options?: { readonly hurry: boolean }): Promise<ProbeAnswer> {
  const outcome = await ask(probed, options);
  if (outcome.kind !== 'answered') throw new Error(outcome.why);
  return outcome.answer;
}

function passed({ targets }: ProbeAnswer): number {
  return targets.filter(({ result }) => result.kind === 'answered').length;
}

function resultIn({ instances }: ProbeAnswer): InstanceAnswer['result'] | undefined {
  return instances[0]?.result;
}

function healthIn(answer: ProbeAnswer): NatHealth {
  const result = resultIn(answer);
  if (result?.kind !== 'answered') throw new Error(`no health, but ${JSON.stringify(result)}`);
  return result.health;
}

/** Asks once a second until it holds. */
async function secondsUntil(probed: Probed, holds: (answer: ProbeAnswer) => boolean): Promise<number> {
  const from = probed.clock.now();
  while (!holds(await answerOf(probed))) {
    if (probed.clock.now() - from > 3 * minuteMs) throw new Error('not within three minutes');
    await probed.clock.runFor(secondMs);
  }
  return (probed.clock.now() - from) / secondMs;
}

describe("a zone's probe", () => {
  test('tells that packets pass, at which address, and how the instance is', async () => {
    const probed = await withProbe();
    const answer = await answerOf(probed);

    expect(answer).toMatchObject({ publicIp: probed.zone.publicIp });
    expect([answer.targets.length, passed(answer)]).toEqual([3, 3]);
    expect(healthIn(answer)).toMatchObject({ ready: true, egress: true, problems: [] });
    expect(Object.keys(healthIn(answer).milestones).toSorted()).toEqual(
      ['address', 'egress', 'forwarding', 'health', 'rules'].toSorted(),
    );
    expect(probed.probes.invocations).toMatchObject([{ zone: 'a', said: 'passed' }]);
  });

  test('tells that none passes, after the limits that the real one has', async () => {
    const probed = await withProbe();
    probed.sim.breakForwarding(probed.instanceId, { what: 'settings', guard: 'does-not-run' });
    const from = probed.clock.now();
    const answer = await answerOf(probed);

    expect(passed(answer)).toBe(0);
    expect(answer.publicIp).toBeUndefined();
    expect(probed.clock.now() - from).toBeGreaterThan(1_500);
    expect(healthIn(answer)).toMatchObject({ ready: false, forwarding: false, egress: true });
  });

  test('in a hurry gives up after a second, and sends no packet again', async () => {
    const probed = await withProbe();
    await ask(probed);
    const { minMs, maxMs } = probed.sim.region.behaviour.probe.invoke;
    probed.sim.impair(probed.instanceId, 'instance');
    const from = probed.clock.now();
    const answer = await answerOf(probed, { hurry: true });

    expect(probed.clock.now() - from).toBeGreaterThanOrEqual(secondMs + 2 * minMs);
    expect(probed.clock.now() - from).toBeLessThanOrEqual(secondMs + 2 * maxMs);
    expect([...answer.targets, ...answer.instances].map(({ tookMs }) => tookMs)).toEqual(
      Array(4).fill(secondMs),
    );
  });

  test('is not answered by an instance in another zone while all is lost that the two say to each other', async () => {
    const probed = await withProbe();
    const asked: string[] = [];
    probed.probes.isCutOff = (zone, { id }) => asked.push(`${zone} ${id}`) > 0;
    const answer = await answerOf(probed);

    expect(resultIn(answer)).toMatchObject({ kind: 'no-answer' });
    expect([passed(answer), asked]).toEqual([3, [`a ${probed.instanceId}`]]);
  });

  test('sees packets pass again within one answer, as a packet is sent again', async () => {
    const probed = await withProbe();
    await ask(probed);
    probed.sim.breakForwarding(probed.instanceId);
    probed.clock.after(900, () => probed.sim.mendForwarding(probed.instanceId));
    const answer = await answerOf(probed);

    expect(passed(answer)).toBe(3);
    expect(answer.targets.every(({ tookMs }) => tookMs > secondMs)).toBe(true);
  });

  test('needs one target, and asks the others', async () => {
    const probed = await withProbe();
    probed.probes.deadTargets.add('https://1.1.1.1/');

    expect(passed(await answerOf(probed))).toBe(2);
  });

  const told: [string, (probed: Probed) => void, object][] = [
    [
      'the rules are gone',
      ({ sim, instanceId }) => sim.breakForwarding(instanceId, { what: 'rules', guard: 'does-not-run' }),
      { masquerade: false, filter: false, forwarding: true },
    ],
    [
      'nothing on the instance shows it',
      ({ sim, instanceId }) => sim.breakForwarding(instanceId),
      { ready: true, egress: true },
    ],
    [
      'the source/destination check is on',
      ({ sim, interfaceId }) => sim.setSourceDestCheck(interfaceId, true),
      { ready: true },
    ],
  ];

  test.each(told)('hears what the instance says of itself where %s', async (_, fail, health) => {
    const probed = await withProbe();
    fail(probed);
    const answer = await answerOf(probed);

    expect(passed(answer)).toBe(0);
    expect(healthIn(answer)).toMatchObject(health);
  });

  test.each([
    ['hangs', (rig: Probed) => rig.sim.impair(rig.instanceId, 'instance'), /no answer/],
    ['is rebooted', (rig: Probed) => rig.sim.rebootInstance(rig.instanceId), /no answer/],
    ['ends', (rig: Probed) => rig.sim.terminateInstance(rig.instanceId), /no answer/],
  ] as const)('hears nothing of an instance that %s', async (_, fail, why) => {
    const probed = await withProbe();
    fail(probed);

    expect(resultIn(await answerOf(probed))).toEqual({ kind: 'no-answer', why: expect.stringMatching(why) });
  });

  test('counts the repairs of the guard', async () => {
    const probed = await withProbe();
    probed.sim.breakForwarding(probed.instanceId, { what: 'rules', guard: 'repairs' });
    await probed.clock.runFor(2 * secondMs);

    const { privateIp } = probed.sim.region.store.interfaces.current.get(probed.interfaceId) ?? {};
    const asked = JSON.stringify({ instances: [{ instanceId: probed.instanceId, privateIp }] });
    const signal = { abortSignal: new AbortController().signal };
    const { payload } = await probed.run(probed.probes.invoke('phoenat-ProbeA', asked, signal));

    expect(JSON.parse(new TextDecoder().decode(payload))).toMatchObject({
      instances: [{ result: { health: { ready: true, guard: { repairs: 1 } } } }],
    });
  });

  test.each(['hangs', 'quiet'] as const)('hears nothing where a boot %s', async (boot) => {
    const probed = await withProbe(boot);

    expect(resultIn(await answerOf(probed))).toEqual({
      kind: 'no-answer',
      why: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test.each([
    ['cannot', { ready: false }],
    ['pretends', { ready: true, egress: true, problems: [] }],
  ] as const)('hears what an instance makes of its boot that %s', async (boot, health) => {
    const probed = await withProbe(boot);
    const answer = await answerOf(probed);

    expect(passed(answer)).toBe(0);
    expect(healthIn(answer)).toMatchObject(health);
  });

  test('is answered by an instance that still installs its packages', async () => {
    const rig = await withProbe('forwards', 0);
    Object.assign(rig.sim.region.behaviour, { installingPackages: { minMs: 60_000, maxMs: 60_000 } });
    const { instanceId, interfaceId } = await launch(rig, { ImageId: rig.topology.imageIds[arm64Image] });
    await rig.clock.runFor(40 * secondMs);
    const answer = await answerOf({ ...rig, instanceId, interfaceId });

    expect(healthIn(answer)).toMatchObject({ ready: false, milestones: { health: expect.any(Number) } });
    expect(healthIn(answer).milestones.forwarding).toBeUndefined();
  });

  test('hears within half a minute or so that an instance has no way out itself, and that it has one again', async () => {
    const probed = await withProbe();
    await answerOf(probed);
    const upstream = probed.sim.loseUpstream([probed.zone.publicSubnetId]);
    const lost = await secondsUntil(probed, (answer) => healthIn(answer).egress === false);
    upstream.restore();
    const found = await secondsUntil(probed, (answer) => healthIn(answer).egress === true);

    expect(lost).toBeGreaterThan(10);
    expect(lost).toBeLessThan(45);
    expect(found).toBeLessThan(15);
  });

  test('hears it at once where the guard has had the time to notice', async () => {
    const probed = await withProbe();
    probed.sim.loseUpstream([probed.zone.publicSubnetId]);
    await probed.clock.runFor(minuteMs);

    expect(healthIn(await answerOf(probed))).toMatchObject({ ready: true, egress: false });
  });

  const troubles: [ProbeTrouble, RegExp][] = [
    [{ kind: 'late', byMs: 10 * secondMs }, /TimeoutError/],
    [{ kind: 'lost' }, /TimeoutError/],
    [{ kind: 'odd' }, /no targets and instances/],
    [{ kind: 'throttled' }, /TooManyRequestsException/],
    [{ kind: 'not-deployed' }, /ResourceNotFoundException/],
  ];

  test.each(troubles)('that is itself in trouble is unknown, until that ends: %j', async (trouble, why) => {
    const probed = await withProbe();
    const { end } = probed.probes.trouble('a', trouble);
    expect(await ask(probed)).toEqual({ kind: 'unknown', why: expect.stringMatching(why) });
    end();
    expect(passed(await answerOf(probed))).toBe(3);
  });

  test('that fails at times does so about as often, and by chance', async () => {
    const probed = await withProbe();
    probed.probes.trouble('a', { kind: 'fails-at-times', share: 1 / 3 });
    let failures = 0;
    for (let nth = 0; nth < 300; nth += 1) failures += passed(await answerOf(probed)) === 0 ? 1 : 0;

    expect(failures).toBeGreaterThan(70);
    expect(failures).toBeLessThan(130);
  });

  test('takes longer where its process is made first', async () => {
    const probed = await withProbe();
    const { coldStart, request, health, invoke } = probed.sim.region.behaviour.probe;
    const from = probed.clock.now();
    await ask(probed);
    expect(probed.clock.now() - from).toBeGreaterThan(coldStart.minMs);
    const then = probed.clock.now();
    await ask(probed);
    expect(probed.clock.now() - then).toBeLessThanOrEqual(
      Math.max(request.maxMs, health.maxMs) + 2 * invoke.maxMs,
    );
    await probed.clock.runFor(hourMs);
    const later = probed.clock.now();
    await ask(probed);
    expect(probed.clock.now() - later).toBeGreaterThan(coldStart.minMs);
  });
});
