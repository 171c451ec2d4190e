import { read, readIfThere } from '../template-value.ts';

export type Widget = {
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly metrics: readonly ShownMetric[];
  readonly alarms: readonly string[];
};

/** A line of a chart. */
export type ShownMetric = {
  readonly name: string;
  /** Absent where it is about the whole stack. */
  readonly zone?: string;
  readonly stat: string;
  readonly periodMs: number;
  readonly axis: 'left' | 'right';
};

/** What CloudFormation puts in for a stack of two zones with probes, stand-ins and no standby. */
const putIn: Readonly<Record<string, string>> = {
  SameOfOtherZones: ', [".", ".", ".", ".", ".", "b"]',
  PercentOfOtherZones: ', [".", ".", ".", ".", ".", "b", { "yAxis": "right" }]',
  OtherZonesDown: '"zone-down-b",',
  ZonesTooSmall: '"too-small-a", "too-small-b",',
  StandInLasts: '"stand-in-lasts",',
  StandbyDown: '',
  Alarm: 'phoenat',
};

/** The widgets of the template's own dashboard. */
export function widgetsOf(template: unknown): readonly Widget[] {
  const [json] = listOf(read(template, ['Resources', 'Dashboard', 'Properties', 'DashboardBody', 'Fn::Sub']));
  const body: unknown = JSON.parse(
    String(json).replaceAll(/\$\{([\w:]+)\}/g, (_, name: string) => putIn[name] ?? name),
  );
  return listOf(read(body, ['widgets'])).map((widget) => {
    const numberAt = (key: string) => Number(read(widget, [key]));
    return {
      type: String(read(widget, ['type'])),
      x: numberAt('x'),
      y: numberAt('y'),
      width: numberAt('width'),
      height: numberAt('height'),
      title: String(read(widget, ['properties', 'title'])),
      metrics: metricsOf(widget),
      alarms: listOf(readIfThere(widget, ['properties', 'alarms']) ?? []).map((name) =>
        String(name).replace(/^phoenat-/, ''),
      ),
    };
  });
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('template.yaml: the dashboard is not as this picture reads it');
  return value;
}

/** A dot stands for what the metric before has in that place. */
function metricsOf(widget: unknown): ShownMetric[] {
  let before: readonly string[] = [];
  return listOf(readIfThere(widget, ['properties', 'metrics']) ?? []).map((metric) => {
    const words = listOf(metric).filter((word) => typeof word === 'string');
    const options = listOf(metric).find((word) => typeof word === 'object');
    before = words.map((word, index) => (word === '.' ? (before[index] ?? '') : word));
    const [, name = '', , , , zone] = before;
    return {
      name,
      ...(zone === undefined ? {} : { zone }),
      stat: String(readIfThere(options, ['stat']) ?? read(widget, ['properties', 'stat'])),
      periodMs: Number(read(widget, ['properties', 'period'])) * 1_000,
      axis: readIfThere(options, ['yAxis']) === 'right' ? 'right' : 'left',
    };
  });
}
