import { isAddress, isPublicAddress } from '../config/cidr.ts';
import { type InstanceId, parseId } from '../core/model/ids.ts';
import { quote } from '../core/model/quote.ts';
import {
  allowances,
  type HandOver,
  type InstanceAnswer,
  milestones,
  type NatHealth,
  type NatLoad,
  type NatProblem,
  type ProbeOutcome,
  type TargetAnswer,
} from '../core/model/reading.ts';
import { dayMs, secondMs } from '../core/model/time.ts';
import { field, isObject, textField } from '../events/fields.ts';

const longestText = 200;
const longestReason = 120;
/** More than a probe asks; and more problems than the health endpoint can have. */
const maxTargets = 10;
const maxInstances = 20;
const maxProblems = 10;
/** A petabyte, a table of connections, the seconds since the kernel started: all are far below. */
const maxCounted = 1e15;

/**
 * What a probe answered. An answer that cannot be understood is unknown, and so is one with a target that cannot: as if
 * it had not been asked, it would be missing among those that failed.
 */
export function parseProbeAnswer(raw: unknown): ProbeOutcome {
  const [rawTargets, rawInstances] = [field(raw, 'targets'), field(raw, 'instances')];
  if (!Array.isArray(rawTargets) || !Array.isArray(rawInstances)) {
    return odd(raw, 'no targets and instances');
  }
  const targets = rawTargets.slice(0, maxTargets).map(parseTarget);
  if (targets.some((target) => target === undefined)) {
    return odd(rawTargets, 'a target without its result');
  }
  const publicIp = textField(raw, 'publicIp');
  return {
    kind: 'answered',
    answer: {
      targets: targets.flatMap((target) => target ?? []),
      ...(publicIp !== undefined && isPublicAddress(publicIp) ? { publicIp } : {}),
      instances: rawInstances.slice(0, maxInstances).flatMap(parseInstance),
    },
  };
}

function odd(raw: unknown, lacking: string): ProbeOutcome {
  return {
    kind: 'unknown',
    why: `it answered with ${lacking}: ${quote(JSON.stringify(raw) ?? String(raw), longestText)}`,
  };
}

function parseTarget(raw: unknown): TargetAnswer | undefined {
  const target = textField(raw, 'target');
  const tookMs = count(field(raw, 'tookMs'));
  const rawResult = field(raw, 'result');
  const status = count(field(rawResult, 'status'));
  const result: TargetAnswer['result'] | undefined =
    textField(rawResult, 'kind') === 'failed'
      ? { kind: 'failed', why: whyOf(rawResult) }
      : textField(rawResult, 'kind') === 'answered' && status !== undefined && status >= 100 && status < 600
        ? { kind: 'answered', status }
        : undefined;
  return target === undefined || tookMs === undefined || result === undefined
    ? undefined
    : { target: quote(target, longestText), tookMs, result };
}

function whyOf(result: unknown): string {
  return quote(textField(result, 'why') ?? 'no reason given', longestText);
}

function parseInstance(raw: unknown): InstanceAnswer[] {
  const instanceId = parseId('instance', field(raw, 'instanceId'));
  return instanceId === undefined ? [] : [answerOf(instanceId, raw)];
}

function answerOf(instanceId: InstanceId, raw: unknown): InstanceAnswer {
  const tookMs = count(field(raw, 'tookMs')) ?? 0;
  const result = field(raw, 'result');
  switch (textField(result, 'kind')) {
    case 'answered':
      return { instanceId, tookMs, result: healthOf(field(result, 'health')) };
    case 'no-answer':
      return { instanceId, tookMs, result: { kind: 'no-answer', why: whyOf(result) } };
    default:
      return { instanceId, tookMs, result: { kind: 'odd', why: whyOf(result) } };
  }
}

/** As infra/nat-instance/health.sh writes it. What is not always there may be missing or odd; the rest may not. */
function healthOf(raw: unknown): InstanceAnswer['result'] {
  const [ready, forwarding] = [flag(raw, 'ready'), flag(raw, 'forwarding')];
  const [masquerade, filter] = [flag(raw, 'masquerade'), flag(raw, 'filter')];
  const [problems, uptime] = [field(raw, 'problems'), count(field(raw, 'uptimeSeconds'))];
  if (
    ready === undefined ||
    forwarding === undefined ||
    masquerade === undefined ||
    filter === undefined ||
    !Array.isArray(problems) ||
    uptime === undefined
  ) {
    const shown = quote(JSON.stringify(raw) ?? 'nothing', longestText);
    return { kind: 'odd', why: `a health answer without all that it must say: ${shown}` };
  }
  const health: NatHealth = {
    ready,
    forwarding,
    masquerade,
    filter,
    ...optional('nameFilter', flag(raw, 'nameFilter')),
    ...optional('egress', flag(raw, 'egress')),
    problems: problems.slice(0, maxProblems).flatMap(parseProblem),
    ...optional('specHash', specOf(raw)),
    uptimeMs: uptime * secondMs,
    ...optional('load', parseLoad(raw)),
    ...optional('repairs', count(field(field(raw, 'guard'), 'repairs'))),
    ...optional('standInIp', parseAddress(textField(raw, 'standIn'))),
    ...optional('handOver', parseHandOver(raw)),
    milestones: parseMilestones(field(raw, 'boot')),
    ...optional('early', parseReason(textField(raw, 'early'))),
    ...optional('flowTable', flag(raw, 'flowTable')),
    ...optional('cannotAsk', parseReason(textField(field(raw, 'paging'), 'cannot'))),
    ...optional('lacksInUse', lacksInUse(field(raw, 'paging'), uptime)),
    ...optional('tellsOfAsking', isSaid(field(raw, 'paging'))),
  };
  return { kind: 'answered', health };
}

/** One that is older than the word, or whose window is over, takes no addresses. */
function lacksInUse(paging: unknown, uptimeSeconds: number): true | undefined {
  const until = count(field(paging, 'until')) ?? 0;
  return until > uptimeSeconds && field(paging, 'inUse') === null ? true : undefined;
}

/** `null` where nothing is said. */
function isSaid(raw: unknown): boolean | undefined {
  return raw === undefined ? undefined : raw !== null;
}

function specOf(raw: unknown): string | undefined {
  const spec = textField(raw, 'spec');
  return spec === undefined || spec === '' ? undefined : quote(spec, longestText);
}

function parseProblem(raw: unknown): NatProblem[] {
  const what = textField(raw, 'what');
  return what === undefined
    ? []
    : [{ what: quote(what, longestText), forMs: (count(field(raw, 'forSeconds')) ?? 0) * secondMs }];
}

function parseAddress(text = ''): string | undefined {
  return isAddress(text) ? text : undefined;
}

/** Absent where it would not hold a shutdown, and where it does not say. */
function parseHandOver(raw: unknown): HandOver | undefined {
  const said = field(raw, 'handOver');
  const [most, held] = [count(field(said, 'atMostSeconds')), count(field(said, 'heldForSeconds'))];
  return most === undefined
    ? undefined
    : { atMostMs: most * secondMs, ...(held === undefined ? {} : { heldForMs: held * secondMs }) };
}

/** A boot takes a minute, and none a day: an instance that has not forwarded within nine minutes ends itself. */
function parseMilestones(raw: unknown): NatHealth['milestones'] {
  const read = Object.entries(numbersIn(raw, milestones, secondMs));
  return Object.fromEntries(read.filter(([, afterMs]) => afterMs <= dayMs));
}

/** Its own script sends nothing that a terminal would obey: a text with that is left out, as an odd one. */
function parseReason(text = ''): string | undefined {
  const shown = text.slice(0, longestReason);
  return shown === '' || quote(shown) !== shown ? undefined : quote(text, longestReason);
}

const countsOfLoad = ['bytes', 'packets', 'insertFailed', 'dropped', 'stealPercent'] as const;

function parseLoad(raw: unknown): NatLoad | undefined {
  const [connections, lastMinute] = [field(raw, 'connections'), field(raw, 'lastMinute')];
  const [used, most] = [count(field(connections, 'used')), count(field(connections, 'most'))];
  const exceeded = field(lastMinute, 'exceeded');
  const load: NatLoad = {
    ...numbersIn(lastMinute, countsOfLoad),
    ...(used === undefined || most === undefined || most < 1 ? {} : { connections: { used, most } }),
    ...(isObject(exceeded) ? { exceeded: numbersIn(exceeded, allowances) } : {}),
  };
  return Object.keys(load).length === 0 ? undefined : load;
}

/** Of these fields those that are numbers, each times the unit. */
function numbersIn<K extends string>(
  raw: unknown,
  keys: readonly K[],
  unit = 1,
): Readonly<Partial<Record<K, number>>> {
  const found: Partial<Record<K, number>> = {};
  for (const key of keys) {
    const value = count(field(raw, key));
    if (value !== undefined) found[key] = Math.round(value * unit);
  }
  return found;
}

/**
 * A number that something can have been counted or measured to. CloudWatch takes no metric of a run in which one is beyond
 * its range (2 to the 360th; CloudWatch API Reference, "MetricDatum"): one instance could silence the alarms of all zones.
 */
function count(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= maxCounted ? value : undefined;
}

function flag(raw: unknown, key: string): boolean | undefined {
  const value = field(raw, key);
  return typeof value === 'boolean' ? value : undefined;
}

/** The field, or nothing where there is no value: an absent field is not the same as one that is undefined. */
function optional<K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } {
  // TypeScript widens a computed key to any text.
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: T };
}
