import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import { isUp, type Stage } from './stage.ts';

/** What the account tells an instance of whom to watch, and hears of it. */
export type WatchAccount = {
  readonly tag: (text: string) => void;
  /** Another instance has its Elastic IP from now on. */
  readonly carry: () => void;
  /** What was put on the bus, an entry each. */
  readonly events: () => string[];
};

/** Boots the machine with a metadata service and an EventBridge in its network: watch-server.ts. */
export async function bootInAccount(machine: Machine, stage: Stage): Promise<WatchAccount> {
  const folder = mkdtempSync(join(tmpdir(), 'phoenat-account-'));
  stage.atTheEnd(() => rmSync(folder, { recursive: true }));
  const [tagFile, eventsFile] = [join(folder, 'tag'), join(folder, 'events')];
  for (const file of [tagFile, eventsFile]) writeFileSync(file, '');
  await machine.boot();
  await machine.inNetwork(['ip', 'address', 'add', '169.254.169.254/32', 'dev', 'lo']);
  machine.serve([process.execPath, join(import.meta.dirname, 'watch-server.ts'), tagFile, eventsFile]);
  await isUp(machine);
  return {
    tag: (text) => writeFileSync(tagFile, text),
    carry: () => writeFileSync(`${tagFile}.carried`, ''),
    events: () =>
      readFileSync(eventsFile, 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
  };
}
