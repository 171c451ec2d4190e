/** How the pictures of the docs are drawn: plain shapes, colours that most colour-blind people tell apart. */
export const width = 830;

const style = `
:root{--bg:#fff;--ink:#1f2328;--soft:#59636e;--line:#6e7781;--box:#f3f5f7;--good:#0072b2;--bad:#b3360b;--wait:#7a5c00;--goodbox:#e3f1fa;--badbox:#fbe7df;--waitbox:#fbf1d0}
@media (prefers-color-scheme:dark){:root{--bg:#0d1117;--ink:#e6edf3;--soft:#9aa4af;--line:#8b949e;--box:#1b222b;--good:#5ab8f0;--bad:#ff9466;--wait:#e8c24a;--goodbox:#0d2b40;--badbox:#43200f;--waitbox:#3a2f08}}
text{font:15px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:var(--ink)}
.small{font-size:13px}.head{font-size:17px;font-weight:600}.bold{font-weight:600}.soft{fill:var(--soft)}
.middle{text-anchor:middle}.end{text-anchor:end}.code{font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px}
.good{fill:var(--good)}.bad{fill:var(--bad)}.wait{fill:var(--wait)}
.box{fill:var(--box);stroke:var(--line)}.frame{fill:none;stroke:var(--line);stroke-dasharray:5 4}
.goodbox{fill:var(--goodbox);stroke:var(--good);stroke-width:2}.badbox{fill:var(--badbox);stroke:var(--bad);stroke-width:2}
.waitbox{fill:var(--waitbox);stroke:var(--wait);stroke-width:2;stroke-dasharray:6 3}
.line{fill:none;stroke:var(--line);stroke-width:1.5}.goodline{fill:none;stroke:var(--good);stroke-width:3}
.badline{fill:none;stroke:var(--bad);stroke-width:3;stroke-dasharray:3 6}
.tip{fill:var(--line)}.goodtip{fill:var(--good)}.badtip{fill:var(--bad)}`;

export type Drawing = {
  readonly title: string;
  /** What the picture shows, in words: for who does not see it. */
  readonly description: string;
  readonly height: number;
  readonly body: readonly string[];
  readonly style?: string;
};

export function renderSvg({ title, description, height, body, style: more = '' }: Drawing): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    `<style>${style}${more}</style>`,
    '<defs>',
    ...['', 'good', 'bad'].map(
      (kind) =>
        `<marker id="${kind}tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="${kind}tip" d="M0 0 10 5 0 10z"/></marker>`,
    ),
    '</defs>',
    `<rect width="${width}" height="${height}" rx="8" fill="var(--bg)"/>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

export type Point = { readonly x: number; readonly y: number };

export function text(at: Point, words: string, kind = ''): string {
  return `<text x="${at.x}" y="${at.y}"${kind === '' ? '' : ` class="${kind}"`}>${escaped(words)}</text>`;
}

export type Area = Point & { readonly w: number; readonly h: number };

/** With its lines in the middle; the first is the name. */
export function box(area: Area, lines: readonly string[], kind = 'box'): string {
  const { x, y, w, h } = area;
  const first = y + h / 2 - (lines.length - 1) * 9 + 5;
  return [
    `<rect class="${kind}" x="${x}" y="${y}" width="${w}" height="${h}" rx="6"/>`,
    ...lines.map((line, index) =>
      text({ x: x + w / 2, y: first + index * 18 }, line, index === 0 ? 'middle bold' : 'middle small'),
    ),
  ].join('\n');
}

export function frame({ x, y, w, h }: Area, name: string): string {
  return `<rect class="frame" x="${x}" y="${y}" width="${w}" height="${h}" rx="8"/>\n${text({ x: x + 12, y: y + 22 }, name, 'soft')}`;
}

export type LineKind = '' | 'good' | 'bad';

export function arrow(points: readonly Point[], kind: LineKind = ''): string {
  const [first, ...others] = points.map(({ x, y }) => `${x} ${y}`);
  return `<path class="${kind}line" d="M${first} L${others.join(' L')}" marker-end="url(#${kind}tip)"/>`;
}

/** Words on lines that are no longer than this. */
export function wrapped(words: string, longest: number): string[] {
  const lines: string[] = [];
  for (const word of words.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= longest)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
