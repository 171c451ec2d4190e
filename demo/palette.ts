import picocolors from 'picocolors';

/** The meaning of a text; marks and words say the same, for readers who see no colours. */
export type Tone = 'plain' | 'dim' | 'strong' | 'good' | 'bad' | 'action' | 'event';

export type Paint = (tone: Tone, text: string) => string;

export function createPaint(isColoured: boolean): Paint {
  const { bold, cyan, dim, green, red, yellow } = picocolors.createColors(isColoured);
  const tones: Readonly<Record<Tone, (text: string) => string>> = {
    plain: (text) => text,
    dim,
    strong: bold,
    good: green,
    bad: red,
    action: yellow,
    event: cyan,
  };
  return (tone, text) => (text === '' ? '' : tones[tone](text));
}
