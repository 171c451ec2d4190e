import { parseOptions as parseAll } from '../../../scripts/command-line.ts';
import { parseTypes } from './cost.ts';
import { chooseEvents, type GameEvent, gameDay } from './game-day.ts';
import { parseRunName, type RunName } from './names.ts';

export const usage = `Measures Phoenat on AWS, in an account of yours, and removes what it made: npm run test:aws -- [OPTIONS]

  --profile NAME        of the shared AWS configuration (default: AWS_PROFILE)
  --region REGION       where to (default: AWS_REGION, or the profile's)
  --yes                 do not ask; without a terminal nothing is done without it
  --only EVENTS         some of: ${gameDay.map(({ name }) => name).join(', ')}
  --parameter NAME=VALUE  of the Phoenat stack; may be repeated
  --minutes N           for deployment and events, 30 to 360 (default: 120); the removal has 90 more
  --no-permissions      do not ask IAM about the calls that the tests record
  --report FILE         default: docs/measured-on-aws.md, between its marks; of a run that is broken off: beside the journal
  --json                print what was measured as JSON; progress goes to standard error
  --clean-up            remove what earlier runs have left, and nothing else
  --run NAME            with --clean-up: this run's, also without its journal
  --journals DIR        where the journals are (default: .test-aws)
  --help                this text

It asks before it begins, and says in which account it is and what it may cost. Ctrl-C ends the events and begins the
removal; a process that was killed leaves a journal, and --clean-up removes what that names. Needs credentials that may
make stacks with roles, instances and buckets, and nothing on this machine but Node.js.

Exit codes: 0 measured, or cleaned up, and nothing is left; 1 something failed, or is left; 2 the command line is wrong;
3 AWS could not be asked; 130 ended with Ctrl-C, and nothing is left.`;

export type Options = {
  readonly profile?: string;
  readonly region?: string;
  readonly yes: boolean;
  readonly json: boolean;
  readonly events: readonly GameEvent[];
  readonly parameters: ReadonlyMap<string, string>;
  readonly limitMinutes: number;
  readonly asksPermissions: boolean;
  readonly report?: string;
  readonly cleanUp: boolean;
  readonly run?: RunName;
  readonly journals: string;
};

/** What the run itself sets: the parameters that make the stack this run's. */
const ownParameters =
  /^(VpcId|ClientCidrs|Tags|Zone\w+|MaxLaunchesPerHour|CodeBucket|\w+CodeKey|Standby|Alarm\w*|MorningEmail)$/;

/** 'help', or the options. @throws Error in one sentence, for a person. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const { values } = parseAll({
    args: [...args],
    options: {
      profile: { type: 'string' },
      region: { type: 'string' },
      yes: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string' },
      parameter: { type: 'string', multiple: true, default: [] },
      minutes: { type: 'string', default: '120' },
      'no-permissions': { type: 'boolean', default: false },
      report: { type: 'string' },
      'clean-up': { type: 'boolean', default: false },
      run: { type: 'string' },
      journals: { type: 'string', default: '.test-aws' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  if (values.run !== undefined && !values['clean-up'])
    throw new Error('--run goes with --clean-up: a new run names itself');
  const run = values.run === undefined ? undefined : parseRunName(values.run);
  if (values.run !== undefined && run === undefined) {
    throw new Error(
      `--run ${JSON.stringify(values.run)}: a run's name is phoenat-test- and six letters or digits`,
    );
  }
  return {
    ...given('profile', values.profile),
    ...given('region', values.region),
    ...given('report', values.report),
    ...given('run', run),
    yes: values.yes,
    json: values.json,
    events: values.only === undefined ? gameDay : chooseEvents(values.only),
    parameters: new Map(values.parameter.map(parseParameter)),
    limitMinutes: parseMinutes(values.minutes),
    asksPermissions: !values['no-permissions'],
    cleanUp: values['clean-up'],
    journals: values.journals,
  };
}

/** A member that is there only where it has a value. */
function given<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]: V });
}

function parseParameter(text: string): [string, string] {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) {
    throw new Error(`--parameter ${JSON.stringify(text)}: expected NAME=VALUE`);
  }
  if (ownParameters.test(name)) {
    throw new Error(`--parameter ${name}: this run sets it itself`);
  }
  if (name === 'InstanceTypes') parseTypes(value);
  return [name, value];
}

function parseMinutes(text: string): number {
  const minutes = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (minutes < 30 || minutes > 360) {
    throw new Error(`--minutes ${JSON.stringify(text)}: expected a whole number from 30 to 360`);
  }
  return minutes;
}
