import type { Range } from '../random.ts';
import type { Region } from './region.ts';

/** Runs `next` later, unless the instance has left its present state by then. */
export function after(
  region: Region,
  id: string,
  range: Range,
  next: () => void,
  stream = 'instance life',
): void {
  const { clock, store, random } = region;
  const now = store.instances.current.get(id);
  clock.at(clock.now() + random.between(stream, range), () => {
    const then = store.instances.current.get(id);
    if (then?.state === now?.state && then?.stateSince === now?.stateSince) next();
  });
}
