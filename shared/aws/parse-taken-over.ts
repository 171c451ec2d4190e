import { parseId } from '../core/model/ids.ts';
import type { RouteTable } from '../core/model/snapshot.ts';
import { type EpochMs, secondMs } from '../core/model/time.ts';
import { parseTimes } from './noted-times.ts';

type TakenOver = NonNullable<RouteTable['takenOver']>;

/** The tag's value: "phoenat 1795401703 1795402310 try:1795402315 back:1795402320 i-0123456789abcdef0". */
export function parseTakenOver(raw: string): TakenOver | undefined {
  const [by = '', ...rest] = raw.split(' ');
  const [tried] = rest.flatMap((text) => /^try:(\d{1,11})$/.exec(text)?.[1] ?? []);
  const [back] = rest.flatMap((text) => /^back:(\d{1,11})$/.exec(text)?.[1] ?? []);
  const [from] = rest.flatMap((text) => parseId('instance', text) ?? []);
  return stackName.test(by)
    ? {
        by,
        at: parseTimes(rest.join(' ')),
        ...(tried === undefined ? {} : { tried: Number(tried) * secondMs }),
        ...(back === undefined || from === undefined
          ? {}
          : { ledBack: { at: Number(back) * secondMs, from } }),
      }
    : undefined;
}

/** CloudFormation's own rule. */
const stackName = /^[A-Za-z][-A-Za-z0-9]{0,127}$/;

export function renderTakenOver(stack: string, { at, tried, ledBack }: Omit<TakenOver, 'by'>): string {
  const seconds = (time: EpochMs) => Math.floor(time / secondMs);
  const about = tried === undefined ? [] : [`try:${seconds(tried)}`];
  const back = ledBack === undefined ? [] : [`back:${seconds(ledBack.at)}`, ledBack.from];
  return [stack, ...at.map(seconds), ...about, ...back].join(' ');
}
