import { Command, InvalidArgumentError, Option } from 'commander';
import { listBreakages } from '../../simulator/serve/breakages.ts';
import { type DemoImage, demoImages } from '../scenario-result.ts';

export type ServeOptions = {
  readonly port: number;
  readonly zones: number;
  readonly standby?: true;
  readonly natGateways?: true;
  readonly image: DemoImage;
  readonly seed: number;
  readonly speed: number;
  readonly json?: true;
  readonly color: boolean;
};

export type BreakOptions = {
  readonly zone: string;
  readonly port: number;
};

export const defaultPort = 5600;

/** `npm run demo -- --serve`. */
export function serveCommand(): Command {
  return new Command('npm run demo -- --serve')
    .description(
      `Serves a simulated account with one deployed stack on this machine, behind the endpoints of CloudFormation, Lambda, CloudWatch Logs, EventBridge, EC2, SNS, IAM and STS: for the real phoenat command, the aws command, and any SDK. The controller is the real one and lives in real time; break the account, and see it heal. It listens on 127.0.0.1 alone, and answers no web page. Nothing is sent to AWS.`,
    )
    .addOption(new Option('--serve').hideHelp())
    .addOption(portOption())
    .addOption(
      new Option('--zones <number>', 'zones, 1 to 6, each with a NAT instance')
        .argParser(within(1, 6))
        .default(2),
    )
    .addOption(new Option('--standby', 'one zone with a second instance that stands by (Standby=on)'))
    .addOption(
      new Option(
        '--nat-gateways',
        'there are NAT gateways, from which the zones are taken over; "restore" leads back to them',
      ),
    )
    .addOption(
      new Option(
        '--image <preset>',
        'what instances are launched from: al2023 takes some 30 to 90 s longer to boot',
      )
        .choices(demoImages)
        .default('al2023'),
    )
    .addOption(
      new Option('--speed <number>', 'seconds that pass in the account in each second here, 1 to 60')
        .argParser(within(1, 60))
        .default(1),
    )
    .addOption(
      new Option('--seed <number>', 'another account: other ids and delays')
        .argParser(within(0, 2 ** 31))
        .default(1),
    )
    .option('--json', 'print a line of JSON for each thing that happens')
    .option('--no-color', 'no colours; NO_COLOR does the same, FORCE_COLOR the opposite')
    .addHelpText(
      'after',
      `
It prints what to export in another terminal. Break it there with the aws command, as you would on AWS, or with
  npm run demo -- --break terminate --zone a       npm run demo -- --break --help lists what there is
  curl -X POST '127.0.0.1:${defaultPort}/break/terminate?zone=a'   does the same

What a machine in a private subnet of zone a would see of itself from the internet:
  curl -sS --max-time 2 127.0.0.1:${defaultPort}/from/a`,
    );
}

/** `npm run demo -- --break WHAT`. */
export function breakCommand(): Command {
  return new Command('npm run demo -- --break')
    .description('Breaks something in the account that "npm run demo -- --serve" serves.')
    .usage('[what] [options]')
    .addOption(new Option('--break').hideHelp())
    .argument('[what]', 'one of those below; none: lists them')
    .option('--zone <name>', 'the zone, where it happens in one', 'a')
    .addOption(portOption())
    .addHelpText('after', `\nWhat there is to break:\n${listBreakages().trimEnd()}`);
}

function portOption(): Option {
  return new Option('--port <number>', 'the port on 127.0.0.1')
    .argParser(within(0, 65_535))
    .default(defaultPort);
}

function within(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}
