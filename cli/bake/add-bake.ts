import { type Command, InvalidArgumentError, Option } from 'commander';
import { idShape, parseId } from '../../shared/core/model/ids.ts';
import { minuteMs } from '../../shared/core/model/time.ts';
import { parseMinutes } from '../command/parse-minutes.ts';
import { readStack } from '../doctor/reading/read-stack.ts';
import type { ExitCode, Session, WithSession } from '../session.ts';
import { agree, type BakeOptions, refuseUnasked } from './bake-options.ts';
import { componentDocument } from './component.ts';
import { dryRun } from './dry-run.ts';
import { makeOrders } from './make-orders.ts';
import { observeBake } from './observe-bake.ts';
import { removeBaked } from './remove-baked.ts';
import { costSentence, orderLines, renderResults, resultsJson } from './render-bake.ts';
import { runBake } from './run-bake.ts';

/** Adds `phoenat bake`. It uses the caller's credentials: the controller has no permission for any of it. */
export function addBake(program: Command, withSession: WithSession): void {
  program
    .command('bake')
    .description('make an image of your own, from which a NAT instance forwards without installing anything')
    .option(
      '--base <selector>',
      'what to make it from, as AmiSelector takes it (default: as the stack launches, otherwise Amazon Linux)',
    )
    .option('--zone <name>', 'build in the public subnet of this zone (default: the stack’s first)')
    .option('--subnet <id>', 'build in this public subnet instead', (raw) => parseOption('subnet', raw))
    .option(
      '--security-group <id>',
      'of the builder; it must let HTTPS out (default: that of the stack’s NAT instances)',
      (raw) => parseOption('securityGroup', raw),
    )
    .option(
      '--instance-type <type>',
      'of the builder (default: a small burstable type, then the types of the stack)',
    )
    .option('--force', 'make another image although there is one from the same')
    .option('--component', 'print the same as a component of EC2 Image Builder, and do nothing')
    .option('--remove', 'remove what this command has made: builders, and images that nothing needs')
    .option('--dry-run', 'say what would be done, and whether you may; changes nothing')
    .option('-y, --yes', 'do not ask for confirmation')
    .addOption(
      new Option('--timeout <minutes>', 'how long to wait; another call goes on')
        .argParser(parseMinutes)
        .default(60 * minuteMs, '60'),
    )
    .addHelpText('after', examples)
    .action((options: BakeOptions) => withSession((session) => bake(session, options)));
}

const examples = `
Examples:
  phoenat bake --dry-run      what would be done, and whether you may
  phoenat bake                asks, then follows until the image is there
  phoenat bake --remove       what was made, except for what is in use

Exits with 1 where there is no image at the end.`;

/** @throws InvalidArgumentError where it is no id of that kind. */
function parseOption<K extends 'subnet' | 'securityGroup'>(kind: K, raw: string) {
  const id = parseId(kind, raw);
  if (id === undefined) {
    throw new InvalidArgumentError(`This is no id like ${idShape(kind)}.`);
  }
  return id;
}

async function bake(session: Session, options: BakeOptions): Promise<ExitCode> {
  if (options.component) {
    session.terminal.out(componentDocument(session.version));
    return 0;
  }
  if (!options.dryRun) {
    refuseUnasked(session, options);
  }
  const stack = await session.spinner.during(`looking for the stack ${session.stack}`, readStack(session));
  const images = stack === undefined ? {} : { amiSelector: stack.amiSelector };
  const found = await session.spinner.during(
    'looking for what was made before',
    observeBake({ ...session, ...images }),
  );
  if (options.remove) {
    return await removeBaked(session, found, options);
  }
  const orders = await makeOrders(session, options, stack, found.images);
  if (options.dryRun) {
    return await dryRun(session, orders, found, options);
  }
  const question = `In ${session.aws.region}, for the stack ${session.stack}:\n${orderLines(orders).join('\n')}\n${costSentence(session, orders.length)}\nMake ${orders.length === 1 ? 'the image' : 'the images'}?`;
  await agree(session, options, question);
  const force = options.force === true;
  const results = await runBake(session, { orders, force, timeoutMs: options.timeout, ...images });
  session.terminal.out(
    session.json
      ? `${JSON.stringify(resultsJson(session, results, images), null, 2)}\n`
      : renderResults(session, results, images),
  );
  return results.every(({ kind }) => kind === 'done') ? 0 : 1;
}
