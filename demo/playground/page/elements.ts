import type { Markup } from '../view/markup.ts';

/** The page's element of this id. @throws Error where the page has none of that kind. */
export function elementOf<E extends Element>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} called ${id}`);
  return found;
}

/** Replaces what is in an element, where that is something else than before; tells whether it was. */
export function fill(target: Element, { markup }: Markup): boolean {
  if (filled.get(target) === markup) return false;
  filled.set(target, markup);
  target.innerHTML = markup;
  return true;
}

/** A browser gives markup back otherwise than it took it. */
const filled = new WeakMap<Element, string>();
