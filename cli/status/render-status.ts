import type { Report, ZoneReport } from '../../shared/core/report.ts';
import type { EpochMs } from '../../shared/core/time.ts';
import { plainTable } from '../plain-table.ts';
import type { Terminal } from '../session.ts';
import { ago, inZone, type Paint, paintFor, toneOf } from '../words.ts';
import type { LastCutovers } from './last-cutovers.ts';

/** What is known of a stack at one moment. */
export type Status = {
  readonly stack: string;
  readonly report: Report;
  readonly cutovers: LastCutovers;
  readonly at: EpochMs;
};

/** Every zone's routes lead to something that works. */
export function isWell({ report }: Pick<Status, 'report'>): boolean {
  return report.zones.every(({ health }) => health === 'healthy' || health === 'served-by-other');
}

/** One table, a zone a row; then, in sentences, why a zone is not well. */
export function renderStatus(status: Status, terminal: Pick<Terminal, 'isColoured' | 'columns'>): string {
  const paint = paintFor(terminal);
  const { report, cutovers } = status;
  const rows = report.zones.map((zone) => row(zone, status, paint));
  const notes = report.zones.flatMap((zone) => notesOf(zone, paint));
  const unread =
    cutovers.kind === 'unread' ? [paint('dim', `last move: the log could not be read: ${cutovers.why}`)] : [];
  const text = [plainTable(columns, rows, terminal), ...notes, ...unread];
  return `${[headline(status, paint), '', ...text].join('\n')}\n`;
}

const columns = [
  'zone',
  'health',
  'instance, image, age',
  'Elastic IP',
  'routes',
  'last move',
  'breaker',
].map((head) => ({ head }));

function headline({ stack, report, at }: Status, paint: Paint): string {
  const time = new Date(at).toISOString().slice(11, 19);
  const bad = report.zones.filter(({ health }) => health !== 'healthy' && health !== 'served-by-other');
  const words =
    bad.length === 0
      ? paint('good', '✔ every zone has egress')
      : paint(
          'bad',
          `✘ ${bad.map(({ zone }) => `zone ${zone}`).join(', ')} ${bad.length === 1 ? 'is' : 'are'} not well`,
        );
  return `${paint('strong', stack)}  ${words}  ${paint('dim', `${time} UTC`)}`;
}

function row(zone: ZoneReport, { cutovers, at }: Status, paint: Paint): string[] {
  return [
    zone.zone,
    healthCell(zone, paint),
    instanceCell(zone, at, paint),
    zone.address === undefined ? paint('bad', 'none') : addressCell(zone.address, paint),
    routesCell(zone, paint),
    lastMove(zone, cutovers, at),
    breakerCell(zone, paint),
  ];
}

function healthCell({ health, paused, primary }: ZoneReport, paint: Paint): string {
  const tone = toneOf(health);
  const mark = { good: '✔', wait: '…', bad: '✘', dim: '', strong: '' }[tone];
  const more = [
    ...(paused ? [paint('wait', 'paused')] : []),
    ...(health === 'healthy' && primary?.ready === false ? ['checks pending'] : []),
  ];
  return [paint(tone, `${mark} ${health}`), ...more].join('\n');
}

function instanceCell({ primary }: ZoneReport, at: EpochMs, paint: Paint): string {
  if (primary === undefined) {
    return paint('bad', 'none');
  }
  const age = ago(at - Date.parse(primary.launchedAt));
  return [primary.instanceId, `${primary.instanceType}, ${primary.state}, ${age}`, primary.imageId].join(
    '\n',
  );
}

function addressCell({ publicIp, on }: ZoneReport['address'] & {}, paint: Paint): string {
  return on === undefined ? `${publicIp}\n${paint('bad', 'on nothing')}` : publicIp;
}

/** Where a route leads is in the findings where it leads wrong; here counts whether all is well. */
function routesCell({ routes, health }: ZoneReport, paint: Paint): string {
  const active = routes.filter(({ state }) => state === 'active').length;
  const text = `${active} of ${routes.length} active`;
  const kinds = [...new Set(routes.map(({ target }) => target.split('-')[0] ?? target))].join(', ');
  const more = health === 'served-by-other' ? `\nto ${kinds}-…` : '';
  return active === routes.length ? `${text}${more}` : paint('bad', text);
}

function lastMove({ zone }: ZoneReport, cutovers: LastCutovers, at: EpochMs): string {
  if (cutovers.kind === 'unread') {
    return '?';
  }
  const moved = cutovers.byZone.get(zone);
  return moved === undefined ? `none in ${cutovers.sinceDays} d` : `${ago(at - moved)} ago`;
}

function breakerCell({ breaker }: ZoneReport, paint: Paint): string {
  if (breaker === undefined) {
    return '?';
  }
  const text = `${breaker.launchesInLastHour} of ${breaker.mostPerHour}`;
  return breaker.open ? paint('bad', `open: ${text}`) : text;
}

function notesOf({ zone, findings, waitsFor }: ZoneReport, paint: Paint): string[] {
  return [
    ...findings.map(({ detail }) => inZone(zone, detail)),
    ...waitsFor.map((what) => paint('dim', `zone ${zone}: waits for ${what}`)),
  ];
}
