import { lookAtZone, type ZonePlace } from './account.ts';
import type { Story } from './checklist.ts';
import type { Rig } from './rig.ts';

/** The running instance of each zone; a zone with none, or with several, has no entry. */
export type Serving = ReadonlyMap<string, string>;

/** Each zone has one instance, and everything is aimed at it. */
export async function checkServed(
  rig: Pick<Rig, 'account'>,
  story: Story,
  what: string,
  stack: string,
  zones: readonly ZonePlace[],
): Promise<Serving> {
  const serving = new Map<string, string>();
  const found: Record<string, unknown> = {};
  const expected: Record<string, unknown> = {};
  for (const zone of zones) {
    const { instances, addressOn, routeTo, sourceDestCheck } = await lookAtZone(rig.account, stack, zone);
    const [id] = instances.map(({ InstanceId }) => InstanceId);
    found[zone.letter] = { instances: instances.length, addressOn, routeTo, sourceDestCheck };
    expected[zone.letter] = { instances: 1, addressOn: id, routeTo: id, sourceDestCheck: false };
    if (id !== undefined && instances.length === 1) serving.set(zone.letter, id);
  }
  story.is(what, found, expected);
  return serving;
}

export function instanceOf(serving: Serving, letter: string): string {
  const id = serving.get(letter);
  if (id === undefined) throw new Error(`zone ${letter} has not the one instance that it should have`);
  return id;
}
