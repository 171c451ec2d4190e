import {
  CreateImageCommand,
  DeregisterImageCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { explainAwsError } from '../explain-aws-error.ts';
import { paintFor } from '../format.ts';
import type { ExitCode, Session } from '../session.ts';
import { oneLine } from '../transient-error.ts';
import type { BakeOptions } from './bake-options.ts';
import type { Found } from './found.ts';
import { launchInput } from './perform-bake.ts';
import { isThere, nextStep } from './plan-bake.ts';
import { costSentence } from './render-bake.ts';
import type { Order } from './run-bake.ts';

/** `allowed` is absent where EC2 cannot be asked: there is nothing yet that the call would be about. */
type Check = { readonly call: string; readonly allowed?: boolean; readonly detail: string };

/** What would be done first, what would follow, and whether EC2 would allow it. Changes nothing. */
export async function dryRun(
  session: Session,
  orders: readonly Order[],
  found: Found,
  options: BakeOptions,
): Promise<ExitCode> {
  const force = options.force === true;
  const plans = orders.map(({ recipe, place }) => {
    const step = nextStep(found, recipe, { now: session.clock.now(), force, memory: {} });
    return {
      recipe,
      place,
      would: sentenceOf(step, recipe.base.id, place.subnetId),
      isDone: step.kind === 'done',
    };
  });
  const isDone = plans.every((plan) => plan.isDone);
  const checks = isDone
    ? []
    : await session.spinner.during('asking EC2 what you may do', check(session, orders, found));
  const isAllowed = checks.every(({ allowed }) => allowed !== false);
  if (session.json) {
    const answer = {
      images: plans.map(({ recipe, place, would }) => ({
        architecture: recipe.architecture,
        hash: recipe.hash,
        base: recipe.base,
        subnetId: place.subnetId,
        instanceTypes: place.instanceTypes,
        would,
      })),
      checks,
    };
    session.terminal.out(`${JSON.stringify(answer, null, 2)}\n`);
  } else {
    const paint = paintFor(session.terminal);
    const lines = [
      ...plans.map(({ recipe, would }) => `${recipe.architecture} (${recipe.hash}): would ${would}`),
      ...(isDone ? [] : [costSentence(session, orders.length), '']),
      ...checks.map((one) => checkLine(one, paint)),
    ];
    session.terminal.out(`${lines.join('\n')}\n`);
  }
  return isAllowed ? 0 : 1;
}

function checkLine({ call, allowed, detail }: Check, paint: ReturnType<typeof paintFor>): string {
  if (allowed === undefined) {
    return `${paint('dim', '·')} ${call}: not known, ${detail}`;
  }
  return allowed ? `${paint('good', '✔')} ${call}: ${detail}` : `${paint('bad', '✘')} ${call}: ${detail}`;
}

const follows =
  'then wait until it has powered itself off, make the image, terminate it, and keep two images';

function sentenceOf(step: ReturnType<typeof nextStep>, baseId: string, subnetId: string): string {
  switch (step.kind) {
    case 'launch':
      return `launch a builder from ${baseId} in ${subnetId}, ${follows}`;
    case 'create-image':
      return `go on with ${step.builder.id}: make an image of it, terminate it, and keep two images`;
    case 'terminate':
      return `terminate ${step.builderId} (${step.because}), and then go on`;
    case 'abandon':
      return `terminate ${step.builder.id}: ${step.why}`;
    case 'deregister':
      return `deregister ${step.image.id} and delete its snapshots (${step.because})`;
    case 'wait':
      return `wait for ${step.what}, and then go on`;
    case 'done':
      return `do nothing: ${step.image.id} was made from the same`;
    case 'failed':
      return `fail: ${step.why}`;
  }
}

async function check(session: Session, orders: readonly Order[], found: Found): Promise<Check[]> {
  const { ec2 } = session.aws;
  const builder = found.builders.find(isThere);
  const image = found.images.find(({ id }) => !found.needed.has(id));
  const DryRun = true;
  const launches = orders.map(async ({ recipe, place }) => {
    const [type = ''] = place.instanceTypes;
    const input = launchInput(recipe, place, type);
    const ask = () => ec2.send(new RunInstancesCommand({ ...input, DryRun }));
    return await allowance(session, `launch a ${type} from ${recipe.base.id}, with tags`, ask);
  });
  const nothing = (call: string, of: string): Check => ({
    call,
    detail: `EC2 tells only about ${of} that is there`,
  });
  return await Promise.all([
    ...launches,
    builder === undefined
      ? nothing('make an image of a builder', 'one')
      : allowance(session, `make an image of ${builder.id}`, () =>
          ec2.send(new CreateImageCommand({ InstanceId: builder.id, Name: 'phoenat/dry-run', DryRun })),
        ),
    builder === undefined
      ? nothing('terminate a builder', 'one')
      : allowance(session, `terminate ${builder.id}`, () =>
          ec2.send(new TerminateInstancesCommand({ InstanceIds: [builder.id], DryRun })),
        ),
    image === undefined
      ? nothing('deregister an old image and delete its snapshots', 'one')
      : allowance(session, `deregister ${image.id} and delete its snapshots`, () =>
          ec2.send(
            new DeregisterImageCommand({ ImageId: image.id, DeleteAssociatedSnapshots: true, DryRun }),
          ),
        ),
  ]);
}

/** A dry run is always answered with an error: this one means that it would be done. */
async function allowance(session: Session, call: string, ask: () => Promise<unknown>): Promise<Check> {
  try {
    await ask();
    return { call, detail: 'EC2 did not say' };
  } catch (error) {
    if (error instanceof Error && error.name === 'DryRunOperation') {
      return { call, allowed: true, detail: 'you may' };
    }
    return { call, allowed: false, detail: oneLine(explainAwsError(error, { region: session.aws.region })) };
  }
}
