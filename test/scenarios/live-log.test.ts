import { expect, it } from 'vitest';
import type { TimelineEntry } from '../../demo/scenario-result.ts';
import { LiveLog } from '../../demo/serve/live-log.ts';
import { breakAccount } from '../../simulator/serve/breakages.ts';
import { serve } from '../simulator/serve/an-account.ts';

/** What the log tells in so many seconds, looked at every other second. */
async function toldIn(seconds: number, what: string | undefined) {
  const { account } = await serve();
  const told: { readonly entry: TimelineEntry; readonly at: number }[] = [];
  const log = new LiveLog(account.harness, (entry, startedAt) =>
    told.push({ entry, at: 'atMs' in entry ? startedAt + entry.atMs : Number.NaN }),
  );
  account.onNote = (text, at) => log.note(text, at);
  if (what !== undefined) breakAccount(account, what, 'a');
  for (let passed = 0; passed < seconds; passed += 2) {
    await account.harness.clock.runFor(2_000);
    log.look();
  }
  return { told, kinds: told.map(({ entry }) => entry.kind) };
}

it('tells what befalls an account once, from the deed to the moment when all is well', async () => {
  const { told, kinds } = await toldIn(150, 'terminate');
  const keys = told.map(({ entry }) => JSON.stringify(entry));
  const egress = told.flatMap(({ entry }) => (entry.kind === 'egress' ? [entry.change.to] : []));

  expect(told[0]?.entry).toMatchObject({ kind: 'later', detail: expect.stringContaining('terminates') });
  expect(new Set(keys).size).toBe(keys.length);
  expect(kinds).toEqual(expect.arrayContaining(['event', 'wave', 'instance']));
  const runs = told.flatMap(({ entry }) =>
    entry.kind === 'wave' ? entry.calls.map(({ run }) => run - entry.run) : [],
  );
  expect(new Set(runs)).toEqual(new Set([0]));
  expect(kinds.filter((kind) => kind === 'settled')).toHaveLength(1);
  expect([egress[0], egress.at(-1)]).toEqual(['lost', 'back']);
  expect(told.every(({ at }) => Number.isFinite(at))).toBe(true);
});

it('is silent while nothing happens, however long', async () => {
  const { kinds } = await toldIn(60, undefined);

  expect(kinds.filter((kind) => kind !== 'boot-told' && kind !== 'settled')).toEqual([]);
});
