import { createRequire } from 'node:module';
import { join } from 'node:path';

export type ParseHcl = (file: string, text: string) => Promise<unknown>;

/** HashiCorp's parser. It is known only once this folder's packages are installed, so nothing imports it. */
export function loadParser(): ParseHcl {
  const loaded: unknown = createRequire(join(import.meta.dirname, 'package.json'))('@cdktf/hcl2json');
  if (typeof loaded !== 'object' || loaded === null || !('parse' in loaded)) {
    throw new Error('@cdktf/hcl2json has no parse');
  }
  const { parse } = loaded;
  if (typeof parse !== 'function') {
    throw new Error("@cdktf/hcl2json's parse is no function");
  }
  return async (file, text): Promise<unknown> => await parse(file, text);
}
