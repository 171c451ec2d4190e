import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { putBetweenMarks } from '../../lab/table/write-table.ts';
import type { Image } from '../image.ts';
import { clear, furnish } from '../inside.ts';
import type { BootsOptions } from '../options.ts';
import { type BootTime, timeBoot } from './boot-time.ts';
import { renderBoots, shareOf, type Timed } from './boots-table.ts';
import { versionsOn } from './versions.ts';

const page = 'docs/nat-instance.md';
const marks = ['<!-- vm: from `npm run test:vm -- --qemu --boots 5 --write` -->', '<!-- /vm -->'] as const;

/** The exit code: 1 where a goal is missed. One round of all versions after the other, so that what varies is shared. */
export async function timeBoots(image: Image, { boots, json, write }: BootsOptions): Promise<number> {
  const folder = await furnish('machine');
  const versions = await versionsOn(image, join(folder, 'builder'));
  const times = versions.map((): BootTime[] => []);
  for (let round = 1; round <= boots; round += 1) {
    for (const [nth, version] of versions.entries()) {
      const time = await timeBoot(version, image, join(folder, `${round}-${nth}`));
      times[nth]?.push(time);
      const { firstPacketS, wallS } = time;
      process.stderr.write(
        `${version.name}, ${round} of ${boots}: ${firstPacketS.toFixed(2)} s (${wallS.toFixed(0)} s here)\n`,
      );
    }
  }
  await clear(folder);
  const rows = versions.map(({ name, goal }, nth) => ({
    name,
    boots: times[nth] ?? [],
    ...(goal !== undefined && { goal }),
  }));
  const table = renderBoots(rows);
  process.stdout.write(json ? `${JSON.stringify(rows, undefined, 2)}\n` : table);
  if (write) writeTable(table);
  return rows.every((row) => isReached(row, rows)) ? 0 : 1;
}

function isReached(row: Timed, rows: readonly Timed[]): boolean {
  const isSo = row.goal === undefined || shareOf(row, rows) <= row.goal;
  if (!isSo) process.stderr.write(`${row.name}: the goal of ${row.goal} is missed\n`);
  return isSo;
}

function writeTable(table: string): void {
  const file = new URL(`../../../${page}`, import.meta.url);
  writeFileSync(file, putBetweenMarks(readFileSync(file, 'utf8'), table, page, marks));
}
