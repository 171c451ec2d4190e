import { registerHooks } from 'node:module';
import { changesOf, type Mutant, type SourceChange } from './mutants.ts';

/**
 * From now on this thread loads the mutant's files with the mutant's changes in them.
 * @throws Error, when a file is loaded, if the text to be changed is not there exactly once: the mutant is out of date.
 */
export function breakSource(mutant: Mutant): void {
  const changes = changesOf(mutant).map((change) => ({
    ...change,
    url: new URL(`../../../${change.file}`, import.meta.url).href,
  }));
  registerHooks({
    load: (specifier, context, nextLoad) => {
      const loaded = nextLoad(specifier, context);
      const ofFile = changes.filter(({ url }) => url === specifier);
      return ofFile.length === 0
        ? loaded
        : {
            ...loaded,
            source: ofFile.reduce((text, change) => broken(text, change, mutant), String(loaded.source)),
          };
    },
  });
}

function broken(source: string, { file, find, replace }: SourceChange, { name }: Mutant): string {
  const count = source.split(find).length - 1;
  if (count !== 1) {
    throw new Error(`mutant "${name}": the text to be changed is ${count} times in ${file}, not once`);
  }
  return source.replace(find, () => replace);
}
