import { type Widget, widgetsOf } from './dashboard-definition.ts';
import { renderSvg, text, width } from './svg.ts';

const unit = { x: (width - 40) / 24, y: 25 } as const;
const top = 62;

/** Colour and dashes: whoever sees no colours tells the lines by their dashes. */
const strokes = ['good', 'bad', 'wait', 'soft'] as const;
const dashes = ['', '7 3', '2 3', '9 3 2 3'] as const;

/** Made up: how high a line goes at each of so many minutes, from 0 to 1, with a failover in the middle. */
function madeUp(name: string, index: number): number[] {
  const level = /Healthy|Bytes|Invocations/.test(name)
    ? 0.75 - index * 0.08
    : /RunTime|ConnectionsUsed/.test(name)
      ? 0.3
      : 0.04;
  const dip = /^HealthyZones/.test(name)
    ? -0.37
    : /Unhealthy|Failovers|Launches|OutageSeconds|RunTime/.test(name)
      ? 0.35
      : 0;
  return Array.from({ length: 41 }, (_, at) => {
    const ripple = level > 0.1 && !/Zones/.test(name) ? Math.sin(at * (1.3 + index)) * 0.04 : 0;
    return level + ripple + (at > 17 && at < 20 ? dip : 0);
  });
}

function lineOf(
  name: string,
  index: number,
  area: { readonly x: number; readonly y: number; readonly w: number; readonly h: number },
): string {
  const points = madeUp(name, index).map(
    (value, at, all) =>
      `${(area.x + (at / (all.length - 1)) * area.w).toFixed(1)} ${(area.y + area.h * (1 - value)).toFixed(1)}`,
  );
  const nth = index % strokes.length;
  const dash = dashes[nth] === '' ? '' : ` stroke-dasharray="${dashes[nth]}"`;
  return `<path fill="none" stroke="var(--${strokes[nth]})" stroke-width="2"${dash} d="M${points.join('L')}"/>`;
}

function chart({ shows }: Widget, x: number, y: number, w: number, h: number): string[] {
  const legend = shows.slice(0, 4);
  const area = { x: x + 12, y: y + 32, w: w - 24, h: h - 76 };
  return [
    `<path class="line" d="M${area.x} ${area.y + area.h}h${area.w}"/>`,
    ...legend.map((name, index) => lineOf(name, index, area)),
    ...legend.map((name, index) => {
      const at = { x: area.x + (index % 2) * (area.w / 2), y: y + h - 28 + Math.floor(index / 2) * 18 };
      const nth = index % strokes.length;
      return [
        `<path fill="none" stroke="var(--${strokes[nth]})" stroke-width="3" stroke-dasharray="${dashes[nth] === '' ? '99' : dashes[nth]}" d="M${at.x} ${at.y - 4}h22"/>`,
        text({ x: at.x + 28, y: at.y }, name, 'small'),
      ].join('');
    }),
  ];
}

function list({ shows }: Widget, x: number, y: number): string[] {
  return shows.map((name, index) =>
    text(
      { x: x + 14 + (index % 2) * 190, y: y + 50 + Math.floor(index / 2) * 21 },
      `✔ ${name}`,
      'small good',
    ),
  );
}

/** As the query of the widget would list them. */
const steps = [
  '16:42:07   a   move Elastic IP to the instance of zone b',
  '16:42:07   a   point the default route at it (2 tables)',
  '16:42:08   a   launch a t4g.nano',
];

function drawWidget(widget: Widget): string[] {
  const x = 20 + widget.x * unit.x + 3;
  const y = top + widget.y * unit.y + 3;
  const w = widget.width * unit.x - 6;
  const h = widget.height * unit.y - 6;
  const inside =
    widget.type === 'metric'
      ? chart(widget, x, y, w, h)
      : widget.type === 'alarm'
        ? list(widget, x, y)
        : steps.map((line, index) => text({ x: x + 14, y: y + 54 + index * 22 }, line, 'code'));
  return [
    `<rect class="box" x="${x}" y="${y}" width="${w}" height="${h}" rx="4"/>`,
    text({ x: x + 12, y: y + 22 }, widget.title, 'bold'),
    ...inside,
  ];
}

export function drawDashboard(template: unknown): string {
  const widgets = widgetsOf(template);
  const rows = Math.max(...widgets.map(({ y, height }) => y + height));
  const note = 'Made-up values: nobody has seen it in CloudWatch yet.';
  return renderSvg({
    title: 'The CloudWatch dashboard of a stack, with made-up values',
    description: `${widgets.map(({ title, shows }) => `${title}: ${shows.join(', ')}`).join('. ')}. ${note}`,
    height: top + rows * unit.y + 16,
    body: [
      text({ x: 24, y: 28 }, 'The dashboard, from the template’s own definition', 'head'),
      text({ x: 24, y: 50 }, note, 'small soft'),
      ...widgets.flatMap(drawWidget),
    ],
  });
}
