import { parseId } from '../core/model/ids.ts';
import type { RouteTable } from '../core/model/snapshot.ts';
import type { EpochMs } from '../core/model/time.ts';
import { parseTime, parseTimes, renderTime } from './noted-times.ts';

type TakenOver = NonNullable<RouteTable['takenOver']>;

/** The tag's value: "phoenat 1795401703 1795402310 try:1795402315 back:1795402320 i-0123456789abcdef0". */
export function parseTakenOver(raw: string): TakenOver | undefined {
  const [by = '', ...rest] = raw.split(' ');
  const [tried] = timesAfter('try:', rest);
  const [back] = timesAfter('back:', rest);
  const [from] = rest.flatMap((text) => parseId('instance', text) ?? []);
  return isStackName(by)
    ? {
        by,
        at: parseTimes(rest.join(' ')),
        ...(tried === undefined ? {} : { tried }),
        ...(back === undefined || from === undefined ? {} : { ledBack: { at: back, from } }),
      }
    : undefined;
}

function timesAfter(word: string, texts: readonly string[]): EpochMs[] {
  return texts.flatMap((text) => (text.startsWith(word) ? (parseTime(text.slice(word.length)) ?? []) : []));
}

/** CloudFormation's own rule. */
export function isStackName(text: string): boolean {
  return /^[A-Za-z][-A-Za-z0-9]{0,127}$/.test(text);
}

export function renderTakenOver(stack: string, { at, tried, ledBack }: Omit<TakenOver, 'by'>): string {
  const about = tried === undefined ? [] : [`try:${renderTime(tried)}`];
  const back = ledBack === undefined ? [] : [`back:${renderTime(ledBack.at)}`, ledBack.from];
  return [stack, ...at.map(renderTime), ...about, ...back].join(' ');
}
