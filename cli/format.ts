import { createColors } from 'picocolors';
import type { Health } from '../shared/core/diagnose/diagnose.ts';
import { type DurationMs, dayMs, hourMs, minuteMs, secondMs } from '../shared/core/model/time.ts';
import type { Terminal } from './session.ts';

/** The meaning of a text; marks and words say the same, for readers who see no colours. */
export type Tone = 'good' | 'bad' | 'wait' | 'dim' | 'strong';
export type Paint = (tone: Tone, text: string) => string;

export function paintFor({ isColoured }: Pick<Terminal, 'isColoured'>): Paint {
  const { green, red, yellow, dim, bold } = createColors(isColoured);
  const tones: Readonly<Record<Tone, (text: string) => string>> = {
    good: green,
    bad: red,
    wait: yellow,
    dim,
    strong: bold,
  };
  return (tone, text) => tones[tone](text);
}

export function toneOf(health: Health): Tone {
  switch (health) {
    case 'healthy':
      return 'good';
    case 'served-by-other':
    case 'stood-in':
    case 'starting':
    case 'drifted':
      return 'wait';
    case 'suspect':
    case 'down':
    case 'violation':
    case 'unknown':
      return 'bad';
  }
}

/** A finding with the name of its zone, which some bear already. */
export function inZone(zone: string, detail: string): string {
  return detail.includes(`zone ${zone} `) ? detail : `zone ${zone}: ${detail}`;
}

/** "35 s", "12 min", "5 h", "3 d": one figure, as people say it. */
export function ago(durationMs: DurationMs): string {
  const ms = Math.max(0, durationMs);
  if (ms < 2 * minuteMs) return `${Math.floor(ms / secondMs)} s`;
  if (ms < 2 * hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < 2 * dayMs) return `${Math.floor(ms / hourMs)} h`;
  return `${Math.floor(ms / dayMs)} d`;
}

export function seconds(durationMs: DurationMs): string {
  return durationMs < secondMs ? `${Math.round(durationMs)} ms` : `${(durationMs / secondMs).toFixed(1)} s`;
}

/** "2026-11-23 03:00:05 UTC": logs of several machines are compared, so everybody gets the same time. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
