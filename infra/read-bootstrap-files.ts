import { readFileSync } from 'node:fs';
import type { BootstrapFiles } from './user-data.ts';

/** The files as they lie in the repository. The Lambda does not use this: its bundle carries them. */
export function readBootstrapFiles(): BootstrapFiles {
  const read = (name: string) => readFileSync(new URL(`nat-instance/${name}`, import.meta.url), 'utf8');
  return {
    sysctl: read('10-nat-settings.conf'),
    nftables: read('nat.nft'),
    bootstrap: read('bootstrap.sh'),
    service: read('phoenat-nat.service'),
  };
}
