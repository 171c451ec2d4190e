import type { InstanceId } from '../../shared/core/model/ids.ts';
import { type DurationMs, secondMs } from '../../shared/core/model/time.ts';
import { explainAwsError } from '../explain-aws-error.ts';
import { ago, paintFor } from '../format.ts';
import { CliError, type Session } from '../session.ts';
import { isTransient, oneLine } from '../transient-error.ts';
import { tailOf } from './bake-word.ts';
import type { BakedImage, Found } from './found.ts';
import { observeBake, readConsoleText } from './observe-bake.ts';
import { createImage, deregisterImage, launchBuilder, type Place, terminateBuilder } from './perform-bake.ts';
import { type BakeMemory, type BakeStep, isThere, nextStep } from './plan-bake.ts';
import type { Recipe } from './recipe.ts';

/** One image that is to be made, and where. */
export type Order = { readonly recipe: Recipe; readonly place: Place };

export type Result =
  | { readonly kind: 'done'; readonly recipe: Recipe; readonly image: BakedImage; readonly isNew: boolean }
  | { readonly kind: 'failed'; readonly recipe: Recipe; readonly why: string };

export type Baking = {
  readonly orders: readonly Order[];
  readonly force: boolean;
  readonly amiSelector?: string;
  readonly timeoutMs: DurationMs;
};

const betweenLooksMs: DurationMs = 10 * secondMs;

type Work = { readonly order: Order; memory: BakeMemory; result?: Result };

/**
 * Looks, does the next step for each image, and waits, until each is made or has failed. What is done follows from what
 * EC2 lists, so that another call goes on where this one was ended.
 * @throws CliError when the time is over, or AWS refuses; what there is then stays, and the message says how to go on.
 */
export async function runBake(session: Session, baking: Baking): Promise<readonly Result[]> {
  const works: Work[] = baking.orders.map((order) => ({ order, memory: {} }));
  const begunAt = session.clock.now();
  const left = new Set<string>();
  try {
    while (works.some(({ result }) => result === undefined)) {
      const waits = await round(session, works, left, baking);
      const tookMs = session.clock.now() - begunAt;
      if (waits.length > 0 && tookMs >= baking.timeoutMs) {
        throw new CliError(`not done within ${ago(tookMs)}: waiting for ${waits.join(', and for ')}`);
      }
      if (waits.length > 0) {
        session.spinner.show(`waiting for ${waits.join(', and for ')}, ${ago(tookMs)} so far`);
        await session.clock.sleep(betweenLooksMs);
      }
    }
  } catch (error) {
    throw withAdvice(explainAwsError(error, { region: session.aws.region }), howToGoOn(session, left));
  } finally {
    session.spinner.stop();
  }
  return works.flatMap(({ result }) => result ?? []);
}

/** A look, and a step of each; gives what is waited for. `left`: the builders that are there, for who ends it. */
async function round(
  session: Session,
  works: readonly Work[],
  left: Set<string>,
  baking: Baking,
): Promise<readonly string[]> {
  const found = await lookAgain(session, baking);
  if (found === undefined) {
    return ['AWS to answer'];
  }
  left.clear();
  for (const { id } of found.builders.filter(isThere)) {
    left.add(id);
  }
  try {
    return await stepAll(session, works, found, baking);
  } finally {
    for (const builderId of works.flatMap(launchedOf)) {
      left.add(builderId);
    }
    session.onInterrupt(`ended by Ctrl-C; ${howToGoOn(session, left)}`);
  }
}

function launchedOf({ memory }: Work): InstanceId[] {
  const { builderId, failure, madeImageId } = memory;
  return builderId === undefined || failure !== undefined || madeImageId !== undefined ? [] : [builderId];
}

function withAdvice(error: unknown, advice: string): CliError {
  return error instanceof CliError
    ? new CliError(`${error.message}; ${advice}`, error.exitCode)
    : new CliError(`${oneLine(error)}; ${advice}`);
}

/** What a person must know who leaves something behind. */
function howToGoOn({ self, aws }: Pick<Session, 'self' | 'aws'>, builderIds: ReadonlySet<string>): string {
  const ids = [...builderIds];
  return ids.length === 0
    ? `"${self} bake" goes on where this ended`
    : `${ids.join(' ')} stays and is billed: "${self} bake" goes on with it, and "aws ec2 terminate-instances --region ${aws.region} --instance-ids ${ids.join(' ')}" ends it`;
}

/** Undefined: not now. */
async function lookAgain(session: Session, { amiSelector }: Baking): Promise<Found | undefined> {
  try {
    return await observeBake({ ...session, ...(amiSelector === undefined ? {} : { amiSelector }) });
  } catch (error) {
    if (isTransient(error)) {
      return undefined;
    }
    throw error;
  }
}

/** One step of each; gives what is waited for. */
async function stepAll(
  session: Session,
  works: readonly Work[],
  found: Found,
  { force }: Baking,
): Promise<string[]> {
  const waits: string[] = [];
  for (const work of works) {
    if (work.result !== undefined) {
      continue;
    }
    const context = { now: session.clock.now(), force, memory: work.memory };
    const step = nextStep(found, work.order.recipe, context);
    if (step.kind === 'wait') {
      waits.push(step.what);
    } else {
      await perform(session, work, step, found);
    }
  }
  return waits;
}

type Deed = Exclude<BakeStep, { kind: 'wait' }>;

async function perform(session: Session, work: Work, step: Deed, found: Found): Promise<void> {
  const { recipe, place } = work.order;
  const now = session.clock.now();
  switch (step.kind) {
    case 'launch': {
      const attempt = found.builders.filter(({ hash }) => hash === recipe.hash).length;
      const what = `launch a builder from ${recipe.base.id} (${recipe.base.name}) in ${place.subnetId}`;
      const { id, type } = await session.spinner.during(what, launchBuilder(session, recipe, place, attempt));
      work.memory = { ...work.memory, builderId: id, madeAt: now };
      say(session, `${what}: ${id}, ${type}`);
      return;
    }
    case 'create-image': {
      const id = await createImage(session, recipe, place, step.builder);
      const memory = { ...work.memory, builderId: step.builder.id, madeAt: now };
      work.memory = id === undefined ? memory : { ...memory, imageId: id };
      say(session, `make an image of ${step.builder.id}${id === undefined ? '' : `: ${id}`}`);
      return;
    }
    case 'terminate':
      await terminateBuilder(session, step.builderId);
      if (step.madeImageId !== undefined) {
        work.memory = { ...work.memory, madeImageId: step.madeImageId };
      }
      say(session, `terminate ${step.builderId}: ${step.because}`);
      return;
    case 'abandon':
      await showConsole(session, step.builder.id);
      await terminateBuilder(session, step.builder.id);
      work.memory = { ...work.memory, failure: step.why };
      say(session, `terminate ${step.builder.id}: ${step.why}`);
      return;
    case 'deregister':
      await removeImage(session, step.image, step.because);
      return;
    case 'done':
      work.result = { kind: 'done', recipe, image: step.image, isNew: step.isNew };
      return;
    case 'failed':
      work.result = { kind: 'failed', recipe, why: step.why };
      return;
  }
}

export async function removeImage(session: Session, image: BakedImage, because: string): Promise<void> {
  const left = await deregisterImage(session, image);
  say(session, `deregister ${image.id} (${image.name}) and delete its snapshots: ${because}`);
  for (const sentence of left) {
    session.terminal.err(`phoenat: ${sentence}\n`);
  }
}

/** A step that was taken; beside JSON nothing but the answer is printed. */
export function say({ json, terminal, spinner }: Session, what: string): void {
  if (!json) {
    spinner.stop();
    terminal.out(`${paintFor(terminal)('good', '✔')} ${what}\n`);
  }
}

const shownLines = 12;

/** Why a builder has failed is on its console, which goes with it. */
async function showConsole(session: Session, id: string): Promise<void> {
  const { terminal, spinner } = session;
  spinner.stop();
  try {
    const lines = tailOf(await readConsoleText(session, id), shownLines);
    terminal.err(`phoenat: the console of ${id} ends with:\n${lines.map((line) => `  ${line}\n`).join('')}`);
  } catch (error) {
    terminal.err(`phoenat: the console of ${id} cannot be read: ${oneLine(error)}\n`);
  }
}
