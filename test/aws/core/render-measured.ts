import { markdownTable } from 'markdown-table';
import type { Measured, MeasuredEvent, Outcome, PermissionsFound } from './measured.ts';
import type { Connections } from './reckon.ts';

export const marks = {
  begin: '<!-- measured: written by `npm run test:aws` -->',
  end: '<!-- /measured -->',
};

/** The page with this run's figures between its marks. @throws Error where it has no marks. */
export function withMeasured(page: string, measured: Measured): string {
  const begin = page.indexOf(marks.begin);
  const end = page.indexOf(marks.end);
  if (begin < 0 || end < begin) {
    throw new Error(`the page has no marks ${marks.begin} and ${marks.end}`);
  }
  return `${page.slice(0, begin + marks.begin.length)}\n\n${renderMeasured(measured)}\n${page.slice(end)}`;
}

export function renderMeasured(measured: Measured): string {
  const { date, region, endpoint, version, commit, zones, parameters, deployedAfterMs } = measured;
  const where =
    endpoint === undefined ? `in ${region}` : `**not on AWS, but in an emulated cloud at ${endpoint}**`;
  const build = commit === undefined ? version : `${version} (${commit})`;
  const set = Object.entries(parameters).map(([name, value]) => `\`${name}=${value}\``);
  return [
    ...(measured.brokenOff === undefined
      ? []
      : [
          `**This run was broken off (${measured.brokenOff}).** Here is only what was measured until then; events that are not in the table were not begun.`,
          '',
        ]),
    `Measured on ${date} ${where}, with Phoenat ${build}.`,
    '',
    markdownTable([
      ['zone', 'Availability Zone', 'instance', 'image'],
      ...zones.map(({ zone, availabilityZone, type, image }) => [zone, availabilityZone, type, image]),
    ]),
    '',
    `Parameters apart from the defaults: ${set.join(', ') || 'none'}. The stack was deployed in ${minutes(deployedAfterMs)}.`,
    '',
    markdownTable(
      [
        [
          'event in zone a',
          'lost',
          'first',
          'last',
          'longest gap',
          'connections',
          'seen from',
          'healthy again',
        ],
        ...measured.events.map(row),
      ],
      { align: ['l', 'r', 'r', 'r', 'r', 'l', 'l', 'l'] },
    ),
    '',
    permissionsSentence(measured.permissions),
    refusedSentence(measured.refusedCalls),
    '',
  ].join('\n');
}

function row({ what, outcome, seen }: MeasuredEvent): string[] {
  if (seen === undefined) return [what, '?', '?', '?', '?', 'not known', 'not known', outcomeText(outcome)];
  return [
    what,
    `${seen.lost} of ${seen.requests}`,
    after(seen.firstLostAfterMs),
    after(seen.lastLostAfterMs),
    `${seconds(seen.longestGapMs)}${seen.isOver ? '' : ', not over'}`,
    connectionsText(seen.connections),
    seen.addresses.join(', ') || 'nowhere',
    outcomeText(outcome),
  ];
}

function connectionsText({ open, survived, ended, silent }: Connections): string {
  return `${survived} of ${open} survived${ended > 0 ? `, ${ended} ended` : ''}${silent > 0 ? `, ${silent} silent` : ''}`;
}

function outcomeText(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'healed':
      return `after ${minutes(outcome.afterMs)}`;
    case 'not-healed':
      return `**no: ${outcome.why}**`;
    case 'not-done':
      return `not done: ${outcome.why}`;
    case 'broken-off':
      return '**not known: broken off before**';
  }
}

function permissionsSentence(found: PermissionsFound): string {
  switch (found.kind) {
    case 'not-asked':
      return `IAM was not asked about the calls that the tests record: ${found.why}.`;
    case 'asked':
      return found.denied.length === 0
        ? `IAM allows each of the ${found.asked} decisions on the calls that the tests record (SimulatePrincipalPolicy, with the deployed roles).`
        : `Of ${found.asked} decisions on the calls that the tests record, IAM denies ${found.denied.length}: ${few(found.denied)}.`;
  }
}

function refusedSentence(refused: Measured['refusedCalls']): string {
  if (refused === undefined)
    return 'Whether the functions were refused a call is not known: their logs were not looked through.';
  return refused.length === 0
    ? 'The functions’ logs tell of no call that was refused for want of a permission.'
    : `Refused for want of a permission, by the functions’ logs: ${refused.join('; ')}.`;
}

const maxNamed = 10;

function few(texts: readonly string[]): string {
  const more = texts.length - maxNamed;
  return `${texts.slice(0, maxNamed).join('; ')}${more > 0 ? `; and ${more} more (--json has them)` : ''}`;
}

function after(ms: number | undefined): string {
  return ms === undefined ? 'none' : `+${seconds(ms)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function minutes(ms: number): string {
  const whole = Math.round(ms / 1_000);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
