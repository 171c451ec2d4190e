import type { LivingAccount } from '../../simulator/serve/living-account.ts';
import type { Paint } from '../palette.ts';
import { renderTopology } from '../topology-view.ts';
import { zoneStates } from '../zone-state.ts';

/** What to export, so that every client of AWS's asks the server, and none asks AWS. */
export function environmentFor(port: number, region: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'simulated',
    AWS_SECRET_ACCESS_KEY: 'simulated',
  };
}

export type Guided = {
  readonly account: LivingAccount;
  readonly port: number;
  readonly speed: number;
  readonly paint: Paint;
  readonly width: number;
};

/** What is printed first: what is there, how to reach it, what to try, how to break it. */
export function renderGuide({ account, port, speed, paint, width }: Guided): string[] {
  const { harness } = account;
  const exports = Object.entries(environmentFor(port, harness.sim.region.name));
  const own = port === 5600 ? '' : ` --port ${port}`;
  return [
    '',
    paint('strong', `A simulated account, on 127.0.0.1:${port}, with the stack phoenat`),
    'The controller is the real one. EC2 and all else of AWS is simulated; nothing is sent to AWS.',
    ...(speed === 1 ? [] : [`Time passes ${speed} times as fast as here: the account's clock runs ahead.`]),
    ...clockLine(account),
    '',
    ...renderTopology(zoneStates(harness), paint, width),
    '',
    paint('strong', 'In another terminal, in this folder:'),
    '',
    '  unset AWS_PROFILE AWS_SESSION_TOKEN',
    `  export ${exports.slice(0, 3).map(assign).join(' ')}`,
    `  export ${exports.slice(3).map(assign).join(' ')}`,
    '',
    '  npx --no-install phoenat status --watch     also: doctor, logs, rebuild --zone a, pause, resume',
    `  while sleep 1; do echo "$(date +%T) $(curl -sS --max-time 2 127.0.0.1:${port}/from/a 2>&1)"; done`,
    paint('dim', '    what a machine in a private subnet of zone a gets from https://checkip.amazonaws.com'),
    '',
    paint('strong', 'Break it, as on AWS or more easily:'),
    '',
    `  aws ec2 terminate-instances --instance-ids ${firstInstance(account)}`,
    `  npm run demo -- --break terminate --zone a${own}     npm run demo -- --break --help lists what there is`,
    `  curl -X POST '127.0.0.1:${port}/break/terminate?zone=a'`,
    '',
    `docs/operations.md#game-day goes through it all. Ctrl-C ends it, and forgets the account.`,
    '',
  ];
}

function assign([name, value]: readonly [string, string]): string {
  return `${name}=${value}`;
}

function firstInstance({ harness }: LivingAccount): string {
  return zoneStates(harness)[0]?.instance?.id ?? 'i-…';
}

/** Where the images of the simulation's catalogue do not fit this machine's day. */
function clockLine({ harness }: LivingAccount): string[] {
  const day = new Date(harness.clock.now()).toISOString().slice(0, 10);
  return day === new Date().toISOString().slice(0, 10) ? [] : [`In the account it is ${day}.`];
}
