import { describe, expect, it } from 'vitest';
import type { Diagnosed } from '../../../../shared/core/diagnose/diagnose.ts';
import { clientToken } from '../../../../shared/core/launch/client-token.ts';
import { emptyMemory, type Memory, spendToken } from '../../../../shared/core/memory/memory.ts';
import { InvariantViolation } from '../../../../shared/core/model/assert.ts';
import type { ClientToken } from '../../../../shared/core/model/ids.ts';
import { hourMs } from '../../../../shared/core/model/time.ts';
import type { PlanContext } from '../../../../shared/core/plan/zone-plan.ts';
import { digest } from '../../../../shared/loop/prepare.ts';
import {
  anInstance,
  diagnoseAndPlan,
  id,
  now,
  type Scene,
  snapshotOf,
  someSettings,
  specHash,
} from '../a-snapshot.ts';
import { withoutPrimary } from '../some-scenes.ts';

const context: PlanContext = {
  settings: someSettings(),
  specHash,
  now,
  lookBeganAt: now,
  ring: someSettings().zones,
  images: snapshotOf().images,
  memory: emptyMemory,
  failing: new Set(),
  refusedCutovers: new Set(),
  digest,
};

function zoneWith(...instances: readonly ReturnType<typeof anInstance>[]): Diagnosed {
  const { diagnosisOfA } = diagnoseAndPlan(snapshotOf({ instances }));
  if (diagnosisOfA.kind !== 'diagnosed') {
    throw new Error('zone a is diagnosed');
  }
  return diagnosisOfA;
}

const zone = zoneWith(anInstance('a'));
const small = ['t4g.nano', 'ami-1'];
const other = ['t3.nano', 'ami-2'];

/** What a run asks with, and what it does when each of its requests meets the same fate. */
function chain(memory: Memory, asked: readonly string[], length: number, meet: typeof spendToken) {
  const tokens: ClientToken[] = [];
  let known = memory;
  for (let nth = 0; nth < length; nth += 1) {
    const token = clientToken('launch', asked, zone, { ...context, memory: known });
    tokens.push(token);
    known = meet(known, token);
  }
  return tokens;
}

/** EC2 knew it with other parameters, and nothing was listed for it. */
function findInTheWay(memory: Memory, token: ClientToken): Memory {
  const mismatchedSince = new Map([...memory.mismatchedSince, [token, now]]);
  return spendToken({ ...memory, mismatchedSince }, token);
}

describe('a client token', () => {
  it('cannot be made from a digest that gives none', () => {
    const broken = { ...context, digest: () => 'ä' };

    expect(() => clientToken('launch', small, zone, broken)).toThrow(InvariantViolation);
  });

  it('is the same for whoever sees the same, whatever is asked for', () => {
    expect(clientToken('launch', small, zone, context)).toBe(
      clientToken('launch', other, zone, { ...context, specHash: 'of another deployment' }),
    );
  });

  it('is the same in whatever order EC2 lists the instances, which it does not promise', () => {
    const [first, second] = [anInstance('a'), anInstance('a', { id: id('instance', 'a2') })];

    expect(clientToken('launch', small, zoneWith(first, second), context)).toBe(
      clientToken('launch', small, zoneWith(second, first), context),
    );
  });

  it('is another for another purpose, and after every launch', () => {
    const tokens = [
      clientToken('launch', small, zone, context),
      clientToken('interface', small, zone, context),
      clientToken('launch', small, zoneWith(), context),
      clientToken('launch', small, zoneWith(anInstance('a', { id: id('instance', 'a2') })), context),
    ];

    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('is followed by the same chain for every run when it is spent', () => {
    const mine = chain(emptyMemory, small, 4, spendToken);

    expect(new Set(mine).size).toBe(4);
    expect(chain(emptyMemory, other, 4, spendToken)).toEqual(mine);
  });

  it('stands for what is asked for once two are in the way, so that no third can be', () => {
    const mine = chain(emptyMemory, small, 4, findInTheWay);
    const theirs = chain(emptyMemory, other, 4, findInTheWay);

    expect(theirs.slice(0, 2)).toEqual(mine.slice(0, 2));
    expect(new Set([...mine.slice(2), ...theirs.slice(2)]).size).toBe(4);
    expect(chain(emptyMemory, small, 4, findInTheWay)).toEqual(mine);
  });

  it('then stands for the deployment, too', () => {
    const [first, second] = chain(emptyMemory, small, 2, findInTheWay);
    if (first === undefined || second === undefined) throw new Error('a chain of two');
    const memory = findInTheWay(findInTheWay(emptyMemory, first), second);

    expect(clientToken('launch', small, zone, { ...context, memory })).not.toBe(
      clientToken('launch', small, zone, { ...context, memory, specHash: 'of another deployment' }),
    );
  });
});

describe('a launch', () => {
  const down = withoutPrimary('terminated');

  it('carries a token that differs with every generation and after every spent one, and is else the same', () => {
    const tokenOf = (scene: Partial<Scene>, memory = emptyMemory) => {
      const [launch] = diagnoseAndPlan(snapshotOf(scene), { memory }).a.waves.at(-1) ?? [];
      return launch?.kind === 'launch' ? launch.clientToken : undefined;
    };
    const otherDead = anInstance('a', {
      id: id('instance', 'd1'),
      state: 'terminated',
      launchedAt: now - 2 * hourMs,
    });
    const spent = (...tokens: ReturnType<typeof tokenOf>[]) => ({
      ...emptyMemory,
      spentTokens: new Set(tokens.flatMap((token) => token ?? [])),
    });
    const first = tokenOf(down);
    const second = tokenOf(down, spent(first));

    expect(tokenOf(down)).toMatch(/^phoenat-.{40}$/);
    expect(tokenOf(down)).toBe(tokenOf({ ...down }));
    expect(tokenOf({ ...down, instances: [...(down.instances ?? []), otherDead] })).not.toBe(tokenOf(down));
    expect(new Set([first, second, tokenOf(down, spent(first, second))]).size).toBe(3);
    // What a run remembers of other tokens is nothing to this one: every run asks with the same.
    expect(tokenOf(down, spent(tokenOf({ ...down, instances: [] })))).toBe(first);
  });
});
