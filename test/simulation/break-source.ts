import { registerHooks } from 'node:module';
import type { Mutant } from './mutants.ts';

/**
 * From now on this thread loads the mutant's file with the mutant's change in it.
 * @throws Error, when the file is loaded, if the text to be changed is not there exactly once: the mutant is out of date.
 */
export function breakSource({ name, file, find, replace }: Mutant): void {
  const url = new URL(`../../${file}`, import.meta.url).href;
  registerHooks({
    load: (specifier, context, nextLoad) => {
      const loaded = nextLoad(specifier, context);
      if (specifier !== url) return loaded;
      const source = String(loaded.source);
      const count = source.split(find).length - 1;
      if (count !== 1) {
        throw new Error(`mutant "${name}": the text to be changed is ${count} times in ${file}, not once`);
      }
      return { ...loaded, source: source.replace(find, () => replace) };
    },
  });
}
