import { LabReport } from './report.ts';

/**
 * Plays so many at once, those that take long first. Each is reported in one piece, in the order of the list, as soon as
 * all before it have come to their end.
 */
export async function playSideBySide<T extends { readonly isLong?: true }>(
  items: readonly T[],
  atOnce: number,
  report: LabReport,
  play: (item: T, part: LabReport) => Promise<void>,
): Promise<void> {
  const parts = items.map(() => partOfReport());
  const queue = [...items.keys()].toSorted((one, other) => rank(items[one]) - rank(items[other]));
  let reported = 0;
  const reportThoseDone = () => {
    for (let part = parts[reported]; part?.isDone; part = parts[reported]) {
      report.add(part.report, part.text());
      reported += 1;
    }
  };
  const playNext = async (): Promise<void> => {
    const nth = queue.shift();
    const [item, part] = nth === undefined ? [] : [items[nth], parts[nth]];
    if (item === undefined || part === undefined) return;
    await play(item, part.report);
    part.isDone = true;
    reportThoseDone();
    await playNext();
  };
  await Promise.all(Array.from({ length: atOnce }, playNext));
}

const rank = (item: { readonly isLong?: true } | undefined) => (item?.isLong ? 0 : 1);

function partOfReport() {
  const texts: string[] = [];
  return {
    report: new LabReport((text) => texts.push(text)),
    text: () => texts.join(''),
    isDone: false,
  };
}
