import { paginateDescribeImages } from '@aws-sdk/client-ec2';
import { imagesRequest } from '../../shared/aws/observe.ts';
import { parseImage } from '../../shared/aws/parse-image.ts';
import { listing } from '../../shared/aws/parse-listing.ts';
import { parseImageChoice } from '../../shared/config/parse-image-choice.ts';
import { chooseImage, selectorFor } from '../../shared/core/launch/choose-image.ts';
import type { ImageId } from '../../shared/core/model/ids.ts';
import type { Architecture, Image } from '../../shared/core/model/snapshot.ts';
import { defaultImage } from '../doctor/reading/read-images.ts';
import { everyItem } from '../doctor/reading/read-listing.ts';
import { CliError, type Session } from '../session.ts';
import type { BakedImage } from './found.ts';
import { ownSelector, type Recipe } from './recipe.ts';

/** The image that a launch would take now, by the rules of the controller; undefined where there is none. */
export async function newestImage(
  { aws, clock }: Pick<Session, 'aws' | 'clock'>,
  amiSelector: string,
  architecture: Architecture,
): Promise<{ readonly image: Image } | { readonly problem: string }> {
  const choice = parseImageChoice(amiSelector);
  if (choice === undefined) {
    return { problem: `${amiSelector} names no image: give a preset, an image's id, or owner:name-pattern` };
  }
  const type = architecture === 'arm64' ? 't4g.nano' : 't3.nano';
  const selector = selectorFor(choice, [type]);
  const found = await everyItem(
    paginateDescribeImages({ client: aws.ec2 }, imagesRequest(selector)),
    ({ Images }) => Images,
  );
  const images = listing(found.map(parseImage)).items;
  const chosen = chooseImage(images, selector, architecture, { nowMs: clock.now(), refused: new Set() });
  return chosen.ok ? { image: chosen.image } : { problem: chosen.lack };
}

export type BaseChoice = {
  readonly stack: string;
  /** As it was given; otherwise the stack's own, and where that takes baked images, what those were made from. */
  readonly given?: string;
  /** Of the deployed stack, if there is one. */
  readonly amiSelector?: string;
  readonly images: readonly BakedImage[];
};

/** What chooses the base. An image is never made from one that this command has made: what is old would be kept for ever. */
export function baseSelector({ stack, given, amiSelector, images }: BaseChoice): string {
  if (given !== undefined) {
    return given;
  }
  const selector = amiSelector ?? defaultImage.amiSelector;
  const takesOwn = selector === ownSelector(stack) || images.some(({ id }) => id === selector);
  if (!takesOwn) {
    return selector;
  }
  const newestFirst = images.toSorted((a, b) => b.createdAt - a.createdAt);
  return newestFirst.find((image) => image.selector !== undefined)?.selector ?? defaultImage.amiSelector;
}

/** @throws CliError where nothing can be made from what the selector chooses. */
export async function chooseBase(
  session: Session,
  selector: string,
  architecture: Architecture,
  images: readonly BakedImage[],
): Promise<Recipe['base']> {
  if (selector === 'amzn-ami-vpc-nat') {
    throw new CliError(
      'amzn-ami-vpc-nat has neither dnf nor systemd: nothing can be installed into it; choose another with --base, such as --base al2023',
      2,
    );
  }
  const found = await newestImage(session, selector, architecture);
  if ('problem' in found) {
    throw new CliError(
      `there is nothing to make an image from in ${session.aws.region}: ${found.problem}; choose another with --base, such as --base al2023`,
      1,
    );
  }
  const { id, name, rootDeviceName } = found.image;
  if (images.some((image) => image.id === (id satisfies ImageId))) {
    throw new CliError(
      `${selector} chooses ${id}, which "phoenat bake" has made itself: choose what to make it from with --base, such as --base al2023`,
      2,
    );
  }
  return { id, name, selector, rootDeviceName };
}
