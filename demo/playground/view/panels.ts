import { shortened, timelineTime } from '../../text.ts';
import type { History, LineAt, PlayedCall } from '../history.ts';
import { type Counter, countersAt } from './counters.ts';
import { spoken } from './draw-calls.ts';
import { element, joined, type Markup } from './markup.ts';

/** A card for each zone. */
export function counterCards(history: History, atMs: number): Markup {
  return joined(countersAt(history, atMs).map(card));
}

function card({ zone, isOffline, outage, said }: Counter): Markup {
  return element(
    'div',
    { class: isOffline ? 'counter bad' : 'counter' },
    element('p', {}, element('b', {}, `${isOffline ? '✘' : '✔'} Zone ${zone}: ${outage}`)),
    element('p', {}, `The controller: ${said}`),
  );
}

/** The log up to that moment. */
export function logItems({ lines }: History, atMs: number): Markup {
  return joined(lines.filter((line) => line.atMs <= atMs).map(item));
}

function item({ atMs, mark, zone = '', label, text, tone, tookMs }: LineAt): Markup {
  return element(
    'li',
    { class: tone },
    element('time', {}, timelineTime(atMs)),
    element('span', {}, mark),
    element('span', {}, zone),
    element('span', {}, label),
    element('span', {}, `${shortened(text)}${tookMs === undefined ? '' : ` (${tookMs} ms)`}`),
  );
}

/** More than that of an answer is nothing that people read. */
const maxAnswerCharacters = 20_000;

/** A call whole: in a sentence, and what the SDK was given and gave. */
export function callDetails(call: PlayedCall): Markup {
  const { request, answer, outcome } = call;
  return joined([
    element('p', {}, element('b', {}, spoken(call))),
    element('p', {}, 'Asked'),
    element('pre', { tabindex: 0 }, asJson(request)),
    element('p', {}, answer === undefined ? `Answered: ${outcome}` : 'Answered'),
    ...(answer === undefined ? [] : [element('pre', { tabindex: 0 }, asJson(answer))]),
  ]);
}

function asJson(value: object): string {
  const text = JSON.stringify(value, null, 2);
  return text.length <= maxAnswerCharacters
    ? text
    : `${text.slice(0, maxAnswerCharacters)}\n… ${text.length - maxAnswerCharacters} characters more`;
}

/** For who hears the page: how often egress was lost or back by then, and what is new since `known` of these. */
export function announced(
  { lines }: History,
  known: number,
  atMs: number,
): { readonly known: number; readonly text?: string } {
  const changes = lines.filter((line) => line.label === 'egress' && line.atMs <= atMs);
  const words = changes.slice(known).map(({ zone, text }) => `Zone ${zone}: ${shortened(text)}`);
  return { known: changes.length, ...(words.length === 0 ? {} : { text: words.join('. ') }) };
}
