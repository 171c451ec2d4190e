import { describe, expect, it } from 'vitest';
import { emptyMemory, rememberLaunch } from '../../../../shared/core/memory/memory.ts';
import { secondMs } from '../../../../shared/core/model/time.ts';
import {
  anInstance,
  anInterface,
  diagnoseAndPlan,
  id,
  kindsOf,
  now,
  snapshotOf,
  zoneName,
} from '../a-snapshot.ts';
import { candidateInterface, marked, ofB, recovery, withoutPrimary, withoutZoneA } from '../some-scenes.ts';

describe('a launch that EC2 does not list yet', () => {
  it('holds a replacement back, which says what it waits for, and until when', () => {
    const attached = anInterface('a', {
      id: id('interface', 'a9'),
      attachedTo: id('instance', 'cc'),
      attachedAt: now - 20 * secondMs,
    });
    const scene = {
      instances: [anInstance('a', { specHash: 'of another time' }), anInstance('b')],
      interfaces: [anInterface('a'), attached, anInterface('b')],
    };
    const { a } = diagnoseAndPlan(snapshotOf(scene));

    expect(kindsOf(a)).toEqual([]);
    expect(a.findings).toEqual([
      {
        code: 'launch-unlisted',
        detail: `i-000000cc was launched a moment ago and EC2 does not list it with our tags yet; nothing else is launched in zone a until it does, or until ${new Date(now + 40 * secondMs).toISOString()}`,
      },
    ]);
  });

  it('is waited for where this run made it, and no longer than a minute', () => {
    const scene = { ...ofB, ...withoutZoneA() };
    const launched = (at: number) => rememberLaunch(emptyMemory, zoneName('a'), id('instance', 'ca'), at);

    expect(
      diagnoseAndPlan(snapshotOf(scene), { memory: launched(now - secondMs) }).a.waits[0]?.detail,
    ).toMatch(/i-000000ca to appear/);
    expect(kindsOf(diagnoseAndPlan(snapshotOf(scene), { memory: launched(now - 61 * secondMs) }).a)).toEqual(
      recovery,
    );
  });

  it('is waited for where it is a candidate, or another controller has attached it', () => {
    const scene = { instances: [marked, ...ofB.instances] };
    const memory = rememberLaunch(emptyMemory, zoneName('a'), id('instance', 'ca'), now - secondMs);
    const attached = { ...candidateInterface, attachedAt: now - secondMs };

    expect(diagnoseAndPlan(snapshotOf(scene), { memory }).a.waves).toEqual([]);
    expect(
      diagnoseAndPlan(snapshotOf({ ...scene, interfaces: [anInterface('a'), attached] })).a.waves,
    ).toEqual([]);
  });

  it('is waited for during a minute where its interface shows it, and launched anew after it', () => {
    const attachedFor = (agoMs: number) =>
      diagnoseAndPlan(
        snapshotOf({
          ...withoutPrimary('terminated'),
          interfaces: [
            anInterface('a', { attachedTo: id('instance', 'cc'), attachedAt: now - agoMs }),
            ...ofB.interfaces,
          ],
        }),
      ).a;

    expect(kindsOf(attachedFor(59_999))).toEqual([]);
    expect(kindsOf(attachedFor(60_000)).flat()).toContain('launch');
  });
});
