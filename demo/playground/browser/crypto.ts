import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** `node:crypto`, as far as the controller needs it: browsers have no hash that answers at once. */
export function createHash(algorithm: 'sha256'): Hash {
  if (algorithm !== 'sha256') throw new Error(`the page has no ${algorithm}`);
  const whole = sha256.create();
  const hash: Hash = {
    update: (text) => {
      whole.update(new TextEncoder().encode(text));
      return hash;
    },
    digest: () => bytesToHex(whole.digest()),
  };
  return hash;
}

type Hash = { update(text: string): Hash; digest(encoding: 'hex'): string };
