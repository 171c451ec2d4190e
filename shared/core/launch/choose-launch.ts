import { hasFailedToBoot } from '../diagnose/readiness.ts';
import { failsByRequestsAlone } from '../diagnose/replacement-reasons.ts';
import { isImpaired } from '../diagnose/status-checks.ts';
import { maxUndone, tookInVain, undoneCutoverFinding, undoneOf } from '../diagnose/tried-in-vain.ts';
import { type Finding, finding } from '../model/finding.ts';
import type { ImageId, ZoneName } from '../model/ids.ts';
import { isDenied, type Unknown } from '../model/observed.ts';
import { type Architecture, type Image, isAlive, type NatInstance, wasTakenBack } from '../model/snapshot.ts';
import type { LaunchImage, Wait } from '../model/step.ts';
import { type DurationMs, type EpochMs, hourMs, minuteMs, secondMs } from '../model/time.ts';
import { architectureOfType } from './architecture-of-type.ts';
import { backOff } from './back-off.ts';
import { breakerOf, openFinding } from './breaker.ts';
import { type ChosenImage, chooseImage, selectorFor } from './choose-image.ts';
import type { LaunchContext, LaunchSite } from './launch-context.ts';

/** What to launch, or why nothing may be launched now. */
export type LaunchChoice =
  | {
      readonly kind: 'launch';
      readonly instanceType: string;
      readonly image: LaunchImage;
      readonly findings: readonly Finding[];
    }
  | { readonly kind: 'needs-images' }
  /** Without a wait: for the next run. */
  | { readonly kind: 'wait'; readonly wait?: Wait; readonly finding: Finding }
  | { readonly kind: 'refused'; readonly finding: Finding };

export type ChoiceContext = Pick<
  LaunchContext,
  'settings' | 'now' | 'images' | 'memory' | 'specHash' | 'deployingSince'
>;

/** Amazon's Linux images, and those made from them, name their root device so. */
const usualRootDevice = '/dev/xvda';

export function chooseLaunch(diagnosis: LaunchSite, context: ChoiceContext): LaunchChoice {
  const { images, now, settings } = context;
  // Where requests fail for a reason that lies with no instance, the primary works.
  const cause = failsByRequestsAlone(diagnosis) ? 'due' : diagnosis.replacement?.cause;
  const breaker = breakerOf(diagnosis.view, now, settings.maxLaunchesPerHour, cause);
  if (breaker.isOpen) {
    return { kind: 'refused', finding: openFinding(breaker, diagnosis.zone.name) };
  }
  const pause = backOff(breaker.launches, now);
  if (pause !== undefined) {
    return { kind: 'wait', ...pause };
  }
  if (!images.known) {
    return images.cause === 'not-read' ? { kind: 'needs-images' } : withoutImages(images);
  }
  const refused = context.memory.refusedTypes.get(diagnosis.zone.name);
  const instanceType = settings.instanceTypes.find((type) => refused?.has(type) !== true);
  if (instanceType === undefined) {
    const types = settings.instanceTypes.join(', ');
    const detail = `EC2 offers none of ${types} in zone ${diagnosis.zone.name} now; add instance types to the list`;
    return { kind: 'refused', finding: finding('no-instance-type-left', detail) };
  }
  const choice = withImage(instanceType, images.value.items, diagnosis, context);
  const vain = choice.kind === 'launch' ? inVain(choice.image.id, diagnosis, context) : undefined;
  return vain === undefined ? choice : { kind: 'refused', finding: vain };
}

/** The same image with the same settings is tried twice within a day, not one right after the other. */
const maxTrials = 2;
const betweenTrialsMs: DurationMs = 10 * minuteMs;
/**
 * With the same settings, whatever the image, since each trial is an outage of some seconds: settings may be what keeps
 * packets from passing, and there is always another image. No more are noted.
 */
const maxTrialsOfSpec = maxUndone;

/**
 * Why what works is not replaced now: an instance of that image, launched with these settings, or several of any, have
 * had the traffic, and nothing passed through them. A person may ask for another trial, by a rebuild or a deployment.
 */
function inVain(
  imageId: ImageId,
  { view, zone, primary, replacement }: LaunchSite,
  { now, specHash, settings, deployingSince }: ChoiceContext,
): Finding | undefined {
  const isForWorking =
    replacement !== undefined && (replacement.cause !== 'suspect' || replacement.urgent !== true);
  const ofSpec = undoneOf(view, now, { specHash });
  const isExhausted = ofSpec.length >= maxTrialsOfSpec;
  const undone = isExhausted ? ofSpec : undoneOf(view, now, { imageId, specHash });
  const [latest] = undone;
  const mark = primary?.replaceMark;
  const askedAt = Math.max(mark?.reason === 'rebuild' ? mark.at : 0, deployingSince ?? 0);
  const isDue = !isExhausted && undone.length < maxTrials && now - (latest?.at ?? 0) >= betweenTrialsMs;
  return latest === undefined || !isForWorking || replacement.urgent === true || isDue || askedAt > latest.at
    ? undefined
    : undoneCutoverFinding(latest, zone.name, settings.stack);
}

/** Nothing is launched from a list that could not be read; it is asked for again, by the next run where EC2 denies it. */
function withoutImages(images: Unknown): LaunchChoice {
  const unread = finding('images-unread', images.detail);
  const wait = { detail: 'EC2 to list the images', pollMs: 5 * secondMs };
  return { kind: 'wait', finding: unread, ...(isDenied(images) ? {} : { wait }) };
}

function withImage(
  instanceType: string,
  images: readonly Image[],
  diagnosis: LaunchSite,
  context: ChoiceContext,
): LaunchChoice {
  const architecture = architectureOfType(instanceType);
  const selector = selectorFor(context.settings.image, context.settings.instanceTypes);
  const { now: nowMs } = context;
  const { name } = diagnosis.zone;
  const refusedHere = context.memory.refusedImages.get(name) ?? noImages;
  const newestBut = (refused: ReadonlySet<ImageId>) =>
    chooseImage(images, selector, architecture, { nowMs, refused });
  const tried = images.filter((image) => image.architecture === architecture && refusedHere.has(image.id));
  const chosen = tried.length < maxRefusals ? newestBut(refusedHere) : enough(tried, name);
  const lastGood = lastGoodImage(architecture, images, diagnosis, context);
  if (!chosen.ok) {
    const problem = finding('image-not-found', chosen.problem);
    return lastGood === undefined
      ? { kind: 'refused', finding: problem }
      : { kind: 'launch', instanceType, image: lastGood, findings: [problem, fallback(lastGood)] };
  }
  const failures = (image: Image) => failuresOf(image, diagnosis, context);
  if (lastGood !== undefined && failures(chosen.image) > 0) {
    return { kind: 'launch', instanceType, image: lastGood, findings: [fallback(lastGood)] };
  }
  const but = (without: (image: Image) => boolean) =>
    newestBut(new Set([...refusedHere, ...images.filter(without).map(({ id }) => id)]));
  const provenAt = launchOfLastGood(diagnosis);
  const asOld =
    provenAt !== undefined && failures(chosen.image) > 0
      ? but((image) => failures(image) > 0 || image.createdAt > provenAt)
      : undefined;
  const other = asOld?.ok === true ? asOld : leastFailed(chosen.image, images, failures, but);
  const image = other.ok ? other.image : chosen.image;
  return {
    kind: 'launch',
    instanceType,
    image: { id: image.id, architecture, rootDeviceName: image.rootDeviceName },
    findings: image.id === chosen.image.id ? [] : [insteadOf(chosen.image, image)],
  };
}

/**
 * Nothing is known to work. Once may be chance: the newest is tried again, unless another has failed since. Then each next
 * newest is tried once, for the launches of an hour are few; and where all have failed, the one that did so least.
 */
function leastFailed(
  newest: Image,
  images: readonly Image[],
  failures: (image: Image) => number,
  but: (without: (image: Image) => boolean) => ChosenImage,
): ChosenImage {
  const hasOtherFailed = images.some((image) => image.id !== newest.id && failures(image) > 0);
  if (failures(newest) === 1 && !hasOtherFailed) {
    return { ok: true, image: newest };
  }
  const counts = [...new Set(images.map(failures))].toSorted((a, b) => a - b);
  const choices = counts.map((most) => but((image) => failures(image) > most));
  return choices.find(({ ok }) => ok) ?? { ok: true, image: newest };
}

const noImages: ReadonlySet<ImageId> = new Set();

/**
 * If EC2 refuses three images of a family, it will refuse the rest for the same reason, "Allowed AMIs" say. Images of
 * another architecture do not count, nor does an image that another zone went back to.
 */
const maxRefusals = 3;

function enough(tried: readonly Image[], zone: ZoneName): { readonly ok: false; readonly problem: string } {
  const ids = tried.map(({ id }) => id).join(', ');
  const problem = `EC2 would launch none of ${ids}, so no more are tried in zone ${zone} in this run; check that "Allowed AMIs" and the organisation's policies let AmiSelector's images through`;
  return { ok: false, problem };
}

/**
 * Amazon releases its images for both architectures on the same day. So where the last good image is of another one, what
 * was released by the time that an instance of it was launched is the best guess: one failure of what came later is
 * enough to try it.
 */
function launchOfLastGood({ view }: LaunchSite): EpochMs | undefined {
  const launches = view.instances
    .filter(({ imageId }) => imageId === view.address?.lastGoodImage?.imageId)
    .map(({ launchedAt }) => launchedAt);
  return launches.length === 0 ? undefined : Math.max(...launches);
}

function insteadOf(newest: Image, image: Image): Finding {
  const detail = `${newest.id} failed within the hour, so ${image.id} is tried, which is older`;
  return finding('image-fallback', detail);
}

function fallback(image: LaunchImage): Finding {
  return finding(
    'image-fallback',
    `going back to ${image.id}, the last image that carried this zone's traffic`,
  );
}

/** Remembered by a tag on the Elastic IP; nothing where it is of another architecture or known to be gone. */
function lastGoodImage(
  architecture: Architecture,
  images: readonly Image[],
  diagnosis: LaunchSite,
  context: ChoiceContext,
): LaunchImage | undefined {
  const lastGood = diagnosis.view.address?.lastGoodImage;
  const isRefused = (imageId: ImageId) =>
    context.memory.refusedImages.get(diagnosis.zone.name)?.has(imageId) === true;
  if (lastGood?.architecture !== architecture || isRefused(lastGood.imageId)) {
    return undefined;
  }
  const listed = images.find((image) => image.id === lastGood.imageId);
  const rootDeviceName = listed?.rootDeviceName ?? usualRootDevice;
  return { id: lastGood.imageId, architecture, rootDeviceName, noted: true };
}

/** Nothing passed through an instance of it: that is no chance, and counts as much as two that are no more. */
const undoneCounts = 2;

/**
 * Of an image that is not the one that last worked: the instances that were launched in this hour and are no more, or
 * run and fail their checks or do not forward, as one that had to take over unchecked may be the primary now; and those
 * whose cutover or takeover was undone.
 */
function failuresOf(image: Image, site: LaunchSite, context: ChoiceContext): number {
  const { view, primary, verdict } = site;
  const isGone = (instance: NatInstance) =>
    !isAlive(instance) && !wasTakenBack(instance) && context.now - instance.launchedAt < hourMs;
  if (view.address?.lastGoodImage?.imageId === image.id) {
    return 0;
  }
  const isProven = ({ id }: NatInstance) => verdict?.kind === 'does-not-forward' && id === primary?.id;
  const failed = view.instances
    .filter(({ imageId }) => imageId === image.id)
    .filter(
      (instance) =>
        isGone(instance) ||
        isImpaired(view, instance) ||
        hasFailedToBoot(view, instance) ||
        instance.replaceMark?.reason === 'requests-failed' ||
        isProven(instance),
    );
  const vain = view.instances.filter(
    (instance) =>
      instance.imageId === image.id && view.privateTables.some(({ table }) => tookInVain(table, instance)),
  );
  return (
    failed.length + undoneCounts * (vain.length + undoneOf(view, context.now, { imageId: image.id }).length)
  );
}
