import { pricesFor } from '../cost/prices.ts';
import { shellLines } from '../doctor/printing/deploy-command.ts';
import { paintFor } from '../format.ts';
import type { Session } from '../session.ts';
import { ownSelector } from './recipe.ts';
import type { Order, Result } from './run-bake.ts';

/** The stack as far as its owner must know what to do about its images. */
export type StackImages = { readonly amiSelector?: string };

/** Standard EBS snapshots, by the GB-month (EBS pricing, us-east-1, as the other prices). */
const snapshotGbMonth = 0.05;
/** What Amazon Linux 2023 takes on its volume with all that is installed; a snapshot holds no more. */
const usedGb = 2;

/** What it costs, for a person to agree to. */
export function costSentence({ aws }: Pick<Session, 'aws'>, images: number): string {
  const prices = pricesFor(aws.region);
  const hour = prices.instanceHour['t4g.small'] + prices.publicIpv4Hour;
  const month = (usedGb * snapshotGbMonth).toFixed(2);
  return `${images === 1 ? 'A builder' : `${images} builders`} for some 10 minutes (about ${hour.toFixed(3)} USD an hour for a t4g.small with its address, us-east-1), and then each image's snapshot, some ${month} USD a month.`;
}

export function orderLines(orders: readonly Order[]): string[] {
  return orders.map(
    ({ recipe, place }) =>
      `  ${recipe.architecture}: from ${recipe.base.id} (${recipe.base.name}, ${recipe.base.selector}), on a ${place.instanceTypes[0]} in ${place.subnetId}`,
  );
}

/** What was made, and how the stack takes it. */
export function renderResults(
  session: Session,
  results: readonly Result[],
  { amiSelector }: StackImages,
): string {
  const paint = paintFor(session.terminal);
  const lines = results.map((result) => {
    const { architecture, hash } = result.recipe;
    if (result.kind === 'failed') {
      return paint('bad', `✘ there is no new image for ${architecture}: ${result.why}`);
    }
    const { image } = result;
    return result.isNew
      ? paint('good', `✔ ${image.id} is made for ${architecture}: ${image.name}`)
      : `${image.id} (${image.name}, ${architecture}) was made from the same already (${hash}); nothing was done. --force makes another.`;
  });
  const allDone = results.every(({ kind }) => kind === 'done');
  return `${[...lines, ...(allDone ? ['', ...howToUse(session, amiSelector)] : [])].join('\n')}\n`;
}

function howToUse({ stack, aws, self }: Session, amiSelector: string | undefined): string[] {
  const selector = ownSelector(stack);
  const parameter = `AmiSelector=${selector}`;
  if (amiSelector === selector) {
    return [
      `${parameter} is set: each launch takes the newest of these images. "${self} rebuild" replaces the instances now.`,
    ];
  }
  const change = [
    ...['sam', 'deploy', '--stack-name', stack, '--capabilities', 'CAPABILITY_IAM', '--resolve-s3'],
    ...['--region', aws.region, '--parameter-overrides', parameter],
  ];
  return amiSelector === undefined
    ? [`Deploy with the parameter ${parameter}: each launch then takes the newest of these images.`]
    : [
        `The stack has AmiSelector=${amiSelector}. With ${parameter} each launch takes the newest of these images.`,
        'This changes it, and replaces the instances zone by zone, make before break; if samconfig.toml names',
        'parameters, set it there, since these take their place:',
        '',
        shellLines(change),
      ];
}

/** The same for machines. */
export function resultsJson(session: Session, results: readonly Result[], images: StackImages): object {
  return {
    stack: session.stack,
    region: session.aws.region,
    amiSelector: ownSelector(session.stack),
    isSet: images.amiSelector === ownSelector(session.stack),
    images: results.map((result) => {
      const { architecture, hash, base } = result.recipe;
      const from = { architecture, hash, base: base.id };
      return result.kind === 'failed'
        ? { ...from, failed: result.why }
        : { ...from, imageId: result.image.id, name: result.image.name, isNew: result.isNew };
    }),
  };
}
