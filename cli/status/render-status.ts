import stringWidth from 'string-width';
import { type DurationMs, type EpochMs, hourMs, minuteMs } from '../../shared/core/model/time.ts';
import { bootText } from '../../shared/core/report/boot.ts';
import { isServed } from '../../shared/core/report/metrics.ts';
import {
  candidateOf,
  type InstanceReport,
  type Report,
  type ZoneReport,
} from '../../shared/core/report/report.ts';
import { ago, inZone, type Paint, paintFor, toneOf } from '../format.ts';
import { plainTable, wrap } from '../plain-table.ts';
import type { Terminal } from '../session.ts';
import { nextCommand } from './next-command.ts';
import type { Past, PastFailure } from './read-past.ts';
import { hasJustFailed, readingsLine } from './readings.ts';

/** What is known of a stack at one moment. */
export type Status = {
  readonly stack: string;
  readonly region: string;
  readonly report: Report;
  readonly past: Past;
  /** The controller's time, in which ages are counted. */
  readonly at: EpochMs;
  /** Of the stack. */
  readonly createdAt?: EpochMs;
  /** How to call this command again. */
  readonly self: string;
  /** Of this command. */
  readonly version: string;
  /** The only zone that was asked for. */
  readonly zone?: string;
};

type Surface = Pick<Terminal, 'isColoured' | 'isInteractive' | 'columns'>;

/**
 * Every zone's routes lead to something that works, as far as EC2 tells, and no probe says that a request failed. A standby
 * has no clients: where it is shown beside its zone, that it is down is told and no more.
 */
export function isWell({ report }: Pick<Status, 'report'>): boolean {
  return withClients(report).every(isZoneWell);
}

function withClients({ zones }: Report): readonly ZoneReport[] {
  const served = zones.filter(({ standbyFor }) => standbyFor === undefined);
  return served.length === 0 ? zones : served;
}

function isZoneWell(zone: ZoneReport): boolean {
  const { health, egress } = zone;
  return egress !== 'fails' && !hasJustFailed(zone) && isServed(health);
}

/** One table, a zone a row, or a block each where it is too wide; then, in sentences, what is not well, why, what to do. */
export function renderStatus(status: Status, terminal: Surface): string {
  const paint = paintFor(terminal);
  const { report, past } = status;
  const rows = report.zones.map((zone) => cellsOf(zone, status, paint));
  const notes = report.zones.flatMap((zone) => notesOf(zone, status, paint));
  const general = [
    ...otherVersion(status, paint),
    ...silence(status, paint),
    ...(past.kind === 'unread' ? [paint('dim', `last move: the log could not be read: ${past.why}`)] : []),
  ];
  // Wrapped for a person; a pipe gets whole lines, and a command to copy stays on one line.
  const fold = (text: string) =>
    terminal.isInteractive && !text.includes(`next: `) ? wrap(text, terminal.columns, '  ') : text;
  const told = [...notes, ...general].map(fold);
  return `${[...headline(status, paint), '', layOut(rows, terminal, paint), ...(told.length === 0 ? [] : ['', ...told])].join('\n')}\n`;
}

const heads = ['zone', 'health', 'instance, image, age', 'Elastic IP', 'routes', 'last move', 'breaker'];

function layOut(rows: readonly (readonly string[])[], terminal: Surface, paint: Paint): string {
  const table = plainTable(
    heads.map((head) => ({ head })),
    rows,
    terminal,
  );
  const isTooWide = table.split('\n').some((line) => stringWidth(line) > terminal.columns);
  return isTooWide ? rows.map((cells) => block(cells, paint)).join('\n\n') : table;
}

function block([zone = '', health = '', ...rest]: readonly string[], paint: Paint): string {
  const lines = rest.flatMap((cell, index) =>
    cell.split('\n').map((text, nth) => `  ${(nth === 0 ? (heads[index + 2] ?? '') : '').padEnd(22)}${text}`),
  );
  return [`${paint('strong', `zone ${zone}`)}  ${health.replaceAll('\n', ', ')}`, ...lines].join('\n');
}

/** EC2 can tell that an instance runs and that routes lead to it, not that packets pass; a young one may still boot. */
function headline({ stack, region, report, at, zone }: Status, paint: Paint): string[] {
  const bad = withClients(report)
    .filter((one) => !isZoneWell(one))
    .map((one) => `zone ${one.zone}`);
  const all = zone === undefined ? 'every zone' : `zone ${zone}`;
  const words =
    bad.length === 0
      ? paint('good', `✔ ${all} has egress${asFarAsKnown(report)}`)
      : paint('bad', `✘ ${bad.join(', ')} ${bad.length === 1 ? 'is' : 'are'} not well`);
  const launches = report.zones.flatMap(({ primary }) => (primary === undefined ? [] : primary.launchedAt));
  const youngest = launches.toSorted().at(-1);
  const details = [
    `${region}, ${new Date(at).toISOString().slice(11, 19)} UTC`,
    ...(youngest === undefined ? [] : [`youngest instance: ${ago(at - Date.parse(youngest))}`]),
    `version ${report.version ?? 'unknown'}`,
  ];
  const standby = report.zones.find((one) => one.standbyFor !== undefined && !isZoneWell(one));
  const alone =
    standby === undefined || !withClients(report).every(({ zone: name }) => name !== standby.zone)
      ? ''
      : paint('wait', `, and nobody stands by for zone ${standby.standbyFor}`);
  return [`${paint('strong', stack)}  ${words}${alone}`, paint('dim', details.join(', '))];
}

/** Where a request passed it is known. */
function asFarAsKnown({ zones }: Report): string {
  const served = zones.filter(({ standbyFor }) => standbyFor === undefined);
  const unproven = served.filter(({ egress }) => egress !== 'passes').map(({ zone }) => `zone ${zone}`);
  if (unproven.length === 0) {
    return '';
  }
  return `, ${unproven.length === served.length ? '' : `${unproven.join(', ')} `}as far as EC2 can tell`;
}

/** A report of another version may lack what this command shows, or have what it does not. */
function otherVersion({ report, version, stack }: Status, paint: Paint): string[] {
  if (report.version === version) {
    return [];
  }
  const deployed =
    report.version === undefined
      ? `${stack} does not report its version, so it is older than this command (${version})`
      : `${stack} is deployed with version ${report.version}, and this command is ${version}`;
  return [paint('wait', `${deployed}: use the project at the deployed version, or deploy this one`)];
}

function cellsOf(zone: ZoneReport, { past, at }: Status, paint: Paint): string[] {
  return [
    zone.zone,
    healthCell(zone, at, paint),
    instanceCell(zone, at, paint),
    zone.address === undefined ? paint('bad', 'unknown') : addressCell(zone.address, paint),
    routesCell(zone, paint),
    lastMove(zone, past, at),
    breakerCell(zone, paint),
  ];
}

function healthCell(zone: ZoneReport, at: EpochMs, paint: Paint): string {
  const { health, egress, paused, primary, standIn, standbyFor, standsInFor = [] } = zone;
  const tone = toneOf(health);
  const mark = { good: '✔', wait: '…', bad: '✘', dim: '', strong: '' }[tone];
  // A primary whose requests fail is not ready either: that is no news of EC2's checks.
  const requestsFail = egress === 'fails' || hasJustFailed(zone);
  const more = [
    ...(paused ? [paint('wait', 'paused')] : []),
    ...(standIn === undefined ? [] : [`by zone ${standIn.zone ?? '?'}${lasted(standIn.since, at)}`]),
    ...(standbyFor === undefined ? [] : [`stands by for ${standbyFor}`]),
    ...(standsInFor.length === 0 ? [] : [`carries zone ${standsInFor.join(', ')}`]),
    ...(health === 'healthy' && primary?.ready === false && !requestsFail ? ['checks pending'] : []),
  ];
  const words =
    egress === 'fails' && tone !== 'bad'
      ? [paint('bad', '✘ no egress'), paint('dim', `${health} to EC2`)]
      : hasJustFailed(zone) && tone !== 'bad'
        ? [paint('wait', '… a request failed'), paint('dim', `${health} to EC2`)]
        : [paint(tone, `${mark} ${health}`)];
  return [...words, ...more].join('\n');
}

function lasted(since: string | undefined, at: EpochMs): string {
  return since === undefined ? '' : `, ${ago(at - Date.parse(since))}`;
}

/** Without a primary, the other instances: a person must not believe that there are none. */
function instanceCell({ primary, others = [], health }: ZoneReport, at: EpochMs, paint: Paint): string {
  if (health === 'unknown') {
    return paint('bad', 'could not be read');
  }
  const shown = primary === undefined ? others.slice(0, 1) : [primary];
  const candidate = candidateOf({ others });
  return [
    ...(primary === undefined && health !== 'violation' ? [paint('bad', 'none that works')] : []),
    ...shown.map((instance) => instanceLines(instance, at)),
    ...(candidate === undefined ? [] : [`next: ${candidate.instanceId}`, `${stateOf(candidate, at)}`]),
    ...(primary === undefined && shown.length === 0 && health === 'violation' ? ['none'] : []),
  ].join('\n');
}

function instanceLines(instance: InstanceReport, at: EpochMs): string {
  return [instance.instanceId, stateOf(instance, at), instance.imageId].join('\n');
}

function stateOf({ instanceType, market, state, launchedAt }: InstanceReport, at: EpochMs): string {
  return `${instanceType}${market === 'spot' ? ' (Spot)' : ''}, ${state}, ${ago(at - Date.parse(launchedAt))}`;
}

function addressCell({ publicIp, on }: ZoneReport['address'] & {}, paint: Paint): string {
  return on === undefined ? `${publicIp}\n${paint('bad', 'on nothing')}` : publicIp;
}

/** "active" is EC2's word for a route whose target exists, not for one behind which anything forwards. */
function routesCell(zone: ZoneReport, paint: Paint): string {
  const { routes, standbyFor } = zone;
  if (standbyFor !== undefined) {
    return 'none of its own';
  }
  const groups = [...Map.groupBy(routes, ({ target, state }) => `${target} ${state}`).values()];
  const lines = groups.map(([first, ...more]) =>
    first === undefined ? '' : routeLine(first, `${more.length + 1} of ${routes.length}`, zone, paint),
  );
  return lines.length === 0 ? '?' : lines.join('\n');
}

function routeLine(
  { target, state }: ZoneReport['routes'][number],
  count: string,
  zone: ZoneReport,
  paint: Paint,
): string {
  const { primary, health } = zone;
  const isOwn = primary !== undefined && [primary.interfaceId, primary.instanceId].includes(target);
  const where = isOwn ? 'to it' : toWhat(target, zone);
  if (state !== 'active') {
    return paint('bad', `${count} ${where}${state === 'missing' ? '' : `, ${state}`}`);
  }
  const text = `${count} ${where}`;
  if (isOwn) {
    return health === 'healthy' ? text : paint(toneOf(health), text);
  }
  return paint(health === 'served-by-other' ? 'wait' : 'bad', text);
}

/** "it" is the instance that the zone's row shows. */
function toWhat(target: string, { primary, others = [] }: ZoneReport): string {
  if (target === 'none') {
    return 'without default route';
  }
  const owner = others.find(({ instanceId, interfaceId }) => [instanceId, interfaceId].includes(target));
  if (owner === undefined) {
    return `to ${target}`;
  }
  const name = primary === undefined && owner === others[0] ? 'it' : owner.instanceId;
  return owner.state === 'running' ? `to ${name}` : `to ${name}, which is ${owner.state}`;
}

function lastMove({ zone }: ZoneReport, past: Past, at: EpochMs): string {
  if (past.kind === 'unread') {
    return '?';
  }
  const moved = past.moves.get(zone);
  return moved === undefined ? `none in ${past.sinceDays} d` : `${ago(at - moved)} ago`;
}

function breakerCell({ breaker }: ZoneReport, paint: Paint): string {
  if (breaker === undefined) {
    return '?';
  }
  const text = `${breaker.launchesInLastHour} of ${breaker.mostPerHour}`;
  return breaker.open ? paint('bad', `open: ${text}`) : text;
}

function notesOf(zone: ZoneReport, { past, at, self }: Status, paint: Paint): string[] {
  const { zone: name, findings, waitsFor } = zone;
  const isCalm = zone.health === 'healthy' && zone.egress !== 'fails' && findings.length === 0;
  const failure = past.kind === 'read' && !isCalm ? past.failures.get(name) : undefined;
  const next = nextCommand(zone, failure !== undefined);
  return [
    readingsLine(zone, at, paint),
    ...bootLines(zone, paint),
    ...findings.map(({ detail }) => inZone(name, detail)),
    ...waitsFor.map((what) => paint('dim', `zone ${name}: waits for ${what}`)),
    ...(failure === undefined ? [] : [paint('bad', failureLine(name, failure, at))]),
    ...(next === undefined ? [] : [`zone ${name}: next: ${paint('strong', `${self} ${next}`)}`]),
  ];
}

function bootLines({ zone, boot }: ZoneReport, paint: Paint): string[] {
  const text = boot && bootText(boot);
  return text === undefined ? [] : [paint('dim', `zone ${zone}: ${text}`)];
}

function failureLine(zone: string, { at: failedAt, step, times }: PastFailure, at: EpochMs): string {
  const often = times === 1 ? '' : `, ${times} failures within the hour`;
  if (step.result.kind !== 'failed') {
    return '';
  }
  const { code, message, advice } = step.result.failure;
  return `zone ${zone}: ${ago(at - failedAt)} ago it could not ${step.step}: ${code}: ${message} (${advice})${often}`;
}

/** The schedule's period is a minute; what is late by more is late for a reason. */
const silentAfterMs: DurationMs = 5 * minuteMs;

/** As long as its alarm: after the first deployment the schedule's first invocations are minutes away. */
const mayBeginWithinMs: DurationMs = 30 * minuteMs;

/** Without the schedule nothing is repaired automatically, however healthy the zones look. */
function silence({ past, at, self, createdAt = 0 }: Status, paint: Paint): string[] {
  if (past.kind === 'unread') {
    return [];
  }
  const { scheduledAt } = past;
  if (scheduledAt !== undefined && at - scheduledAt < silentAfterMs) {
    return [];
  }
  const age = at - createdAt;
  if (scheduledAt === undefined && age < mayBeginWithinMs) {
    return [];
  }
  const since = ago(scheduledAt === undefined ? Math.min(hourMs, age) : at - scheduledAt);
  return [
    paint(
      'bad',
      `✘ the schedule has not invoked the controller for ${since}${scheduledAt === undefined && age >= hourMs ? ' or more' : ''}: nothing is repaired automatically (docs/operations.md, controller-silent); what it did before: ${self} logs --since 2h`,
    ),
  ];
}
