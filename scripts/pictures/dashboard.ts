import { type ShownMetric, type Widget, widgetsOf } from './dashboard-definition.ts';
import { type ChartPoint, type Incident, minutesAfter, pointsOf } from './dashboard-incident.ts';
import { type Area, renderSvg, text, width } from './svg.ts';

const unit = { x: (width - 40) / 24, y: 25 } as const;
const top = 62;

/** Colour and dashes: whoever sees no colours tells the lines by their dashes. */
const strokes = ['good', 'bad', 'wait', 'soft'] as const;
const dashes = ['', '7 3', '2 3', '9 3 2 3'] as const;

type Line = { readonly metric: ShownMetric; readonly points: readonly ChartPoint[] };

function nameOf({ name, zone, axis }: ShownMetric): string {
  return `${name}${zone === undefined ? '' : ` ${zone}`}${axis === 'right' ? ' →' : ''}`;
}

function strokeOf(index: number): string {
  const nth = index % strokes.length;
  const dash = dashes[nth] === '' ? '' : ` stroke-dasharray="${dashes[nth]}"`;
  return `fill="none" stroke="var(--${strokes[nth]})"${dash}`;
}

/** The highest value of the lines on one side; each axis begins at 0. */
function highest(lines: readonly Line[], axis: ShownMetric['axis']): number {
  const values = lines.filter(({ metric }) => metric.axis === axis).flatMap(({ points }) => points);
  return Math.max(1, ...values.map(({ value }) => value));
}

function pathOf({ metric, points }: Line, lines: readonly Line[], area: Area, incident: Incident): string {
  const scale = highest(lines, metric.axis) * 1.1;
  const { from, to } = incident;
  const places = points.map(({ at, value }) => {
    const x = area.x + ((at - from) / (to - from)) * area.w;
    return `${x.toFixed(1)} ${(area.y + area.h * (1 - value / scale)).toFixed(1)}`;
  });
  return `M${places.join('L')}`;
}

/** Three digits are enough: "50,000", "2.3". */
function figure(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}

function chart({ metrics }: Widget, at: Area, incident: Incident): string[] {
  const lines = metrics.map((metric) => ({ metric, points: pointsOf(metric, incident) }));
  const area = { x: at.x + 12, y: at.y + 44, w: at.w - 24, h: at.h - 104 };
  const right = metrics.some(({ axis }) => axis === 'right');
  const floor = area.y + area.h;
  const trouble = area.x + ((incident.troubleAt - incident.from) / (incident.to - incident.from)) * area.w;
  const ends = [incident.from, incident.to].map((time) => `${figure(minutesAfter(time, incident))} min`);
  return [
    `<path class="line" d="M${area.x} ${floor}h${area.w}"/>`,
    `<path class="frame" d="M${trouble.toFixed(1)} ${area.y - 6}V${floor}"/>`,
    text({ x: area.x, y: area.y - 6 }, `up to ${figure(highest(lines, 'left'))}`, 'small soft'),
    ...(right
      ? [
          text(
            { x: area.x + area.w, y: area.y - 6 },
            `→ up to ${figure(highest(lines, 'right'))}`,
            'small soft end',
          ),
        ]
      : []),
    text({ x: area.x, y: floor + 15 }, ends[0] ?? '', 'small soft'),
    text({ x: trouble, y: floor + 15 }, 'terminated', 'small soft middle'),
    text({ x: area.x + area.w, y: floor + 15 }, `+${ends[1]}`, 'small soft end'),
    ...lines.map(
      (line, index) =>
        `<path ${strokeOf(index)} stroke-width="2" d="${pathOf(line, lines, area, incident)}"/>`,
    ),
    ...metrics.map((metric, index) => legend(metric, index, at, area)),
  ];
}

function legend(metric: ShownMetric, index: number, { y, h }: Area, area: Area): string {
  const at = { x: area.x + (index % 2) * (area.w / 2), y: y + h - 26 + Math.floor(index / 2) * 18 };
  return [
    `<path ${strokeOf(index)} stroke-width="3" d="M${at.x} ${at.y - 4}h22"/>`,
    text({ x: at.x + 28, y: at.y }, nameOf(metric), 'small'),
  ].join('');
}

/** What rang is said so, and of the others whether anything here could have made them ring. */
function list({ alarms }: Widget, { x, y }: Area, { rang }: Incident): string[] {
  return alarms.map((name, index) => {
    const place = { x: x + 14 + (index % 2) * 190, y: y + 50 + Math.floor(index / 2) * 21 };
    const state = rang.get(name);
    if (state === undefined) return text(place, `· ${name}`, 'small soft');
    return state ? text(place, `✘ ${name} rang`, 'small bad') : text(place, `✔ ${name}`, 'small good');
  });
}

const shownSteps = 6;

/** As the query of the widget lists them: the latest first. */
function steps({ steps: all }: Incident, { x, y }: Area): string[] {
  return all.slice(0, shownSteps).map(({ at, zone, step, result, tookMs }, index) => {
    const time = new Date(at).toISOString().slice(11, 23);
    const words = `${time}  ${zone}  ${step}  ${result}  ${tookMs}`;
    return text(
      { x: x + 14, y: y + 54 + index * 22 },
      words.length > 98 ? `${words.slice(0, 97)}…` : words,
      'code',
    );
  });
}

function drawWidget(widget: Widget, incident: Incident): string[] {
  const area = {
    x: 20 + widget.x * unit.x + 3,
    y: top + widget.y * unit.y + 3,
    w: widget.width * unit.x - 6,
    h: widget.height * unit.y - 6,
  };
  const inside =
    widget.type === 'metric'
      ? chart(widget, area, incident)
      : widget.type === 'alarm'
        ? list(widget, area, incident)
        : steps(incident, area);
  return [
    `<rect class="box" x="${area.x}" y="${area.y}" width="${area.w}" height="${area.h}" rx="4"/>`,
    text({ x: area.x + 12, y: area.y + 22 }, widget.title, 'bold'),
    ...inside,
  ];
}

export function drawDashboard(template: unknown, incident: Incident): string {
  const widgets = widgetsOf(template);
  const rows = Math.max(...widgets.map(({ y, height }) => y + height));
  const note =
    'Simulated: what the real controller sent while the instance of zone a was terminated. Drawn by us, not by CloudWatch.';
  const contents = widgets.map(
    ({ title, metrics, alarms }) => `${title}: ${[...metrics.map(nameOf), ...alarms].join(', ')}`,
  );
  return renderSvg({
    title: 'The CloudWatch dashboard of a stack, with values of a simulated incident',
    description: `${contents.join('. ')}. ${note} Alarms with a dot rest on metrics of AWS's own, which nobody evaluates here.`,
    height: top + rows * unit.y + 16,
    body: [
      text({ x: 24, y: 28 }, 'The dashboard, from the template’s own definition', 'head'),
      text({ x: 24, y: 50 }, note, 'small soft'),
      ...widgets.flatMap((widget) => drawWidget(widget, incident)),
    ],
  });
}
