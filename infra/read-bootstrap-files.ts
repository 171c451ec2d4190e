import { readFileSync } from 'node:fs';
import type { BootstrapFileName, BootstrapFiles } from './user-data.ts';

/** The files as they are in the repository. The functions do not use this: their bundles carry them. */
export function readBootstrapFiles(): BootstrapFiles {
  const read = (name: BootstrapFileName) =>
    readFileSync(new URL(`nat-instance/${name}`, import.meta.url), 'utf8');
  return {
    'nat-settings.conf': read('nat-settings.conf'),
    'nat.nft': read('nat.nft'),
    'nat-batch.txt': read('nat-batch.txt'),
    'rules.py': read('rules.py'),
    'say.sh': read('say.sh'),
    'look.sh': read('look.sh'),
    'stand-in.sh': read('stand-in.sh'),
    'configure.sh': read('configure.sh'),
    'bootstrap.sh': read('bootstrap.sh'),
    'give-up.sh': read('give-up.sh'),
    'health.sh': read('health.sh'),
    'connections.py': read('connections.py'),
    'guard.sh': read('guard.sh'),
    'hand-over.sh': read('hand-over.sh'),
    'watch.py': read('watch.py'),
    'neighbour.py': read('neighbour.py'),
    'phoenat-neighbour.service': read('phoenat-neighbour.service'),
    'held.py': read('held.py'),
    'paging.py': read('paging.py'),
    'phoenat-paging.service': read('phoenat-paging.service'),
    'names.sh': read('names.sh'),
    'squid.conf': read('squid.conf'),
    'phoenat-nat.service': read('phoenat-nat.service'),
    'phoenat-health.socket': read('phoenat-health.socket'),
    'phoenat-health@.service': read('phoenat-health@.service'),
    'phoenat-guard.socket': read('phoenat-guard.socket'),
    'phoenat-guard.service': read('phoenat-guard.service'),
    'phoenat-hand-over.service': read('phoenat-hand-over.service'),
    'phoenat-watch.service': read('phoenat-watch.service'),
    'phoenat-names.service': read('phoenat-names.service'),
    'extras.sh': read('extras.sh'),
  };
}
