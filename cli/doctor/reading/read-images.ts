import { paginateDescribeImages } from '@aws-sdk/client-ec2';
import { imagesRequest } from '../../../shared/aws/observe.ts';
import { parseImage } from '../../../shared/aws/parse-image.ts';
import { listing } from '../../../shared/aws/parse-listing.ts';
import { parameterGroups } from '../../../shared/config/parameters.ts';
import { parseImageChoice } from '../../../shared/config/parse-image-choice.ts';
import { chooseImage, selectorFor } from '../../../shared/core/launch/choose-image.ts';
import { errorMessage } from '../../../shared/core/model/error-message.ts';
import type { ImageSelector } from '../../../shared/core/model/settings.ts';
import type { Image } from '../../../shared/core/model/snapshot.ts';
import { explainAwsError } from '../../explain-aws-error.ts';
import type { Session } from '../../session.ts';
import type { DeployedStack, FoundImages } from '../inventory.ts';
import { everyItem } from './read-listing.ts';

const defaults = new Map(
  parameterGroups().flatMap(({ parameters }) => parameters.map((one) => [one.name, one.default])),
);

/** The template's defaults, for a stack that is yet to be deployed. */
export const defaultImage = {
  amiSelector: defaults.get('AmiSelector') ?? '',
  instanceTypes: defaults.get('InstanceTypes')?.split(',') ?? [],
};

/** The images that the stack would launch from now. If they cannot be listed, everything else is still reported. */
export async function readImages(session: Session, stack: DeployedStack | undefined): Promise<FoundImages> {
  const { amiSelector, instanceTypes } = stack ?? defaultImage;
  const choice = parseImageChoice(amiSelector);
  if (choice === undefined) {
    return { known: false, detail: `AmiSelector is ${amiSelector}, which names no image` };
  }
  const selector = selectorFor(choice, instanceTypes);
  try {
    return choose(await listImages(session, selector), selector, session.clock.now());
  } catch (error) {
    const explained = explainAwsError(error, { region: session.aws.region });
    return { known: false, detail: errorMessage(explained) };
  }
}

async function listImages({ aws }: Session, selector: ImageSelector): Promise<readonly Image[]> {
  const found = await everyItem(
    paginateDescribeImages({ client: aws.ec2 }, imagesRequest(selector)),
    ({ Images }) => Images,
  );
  return listing(found.map(parseImage)).items;
}

function choose(images: readonly Image[], selector: ImageSelector, nowMs: number): FoundImages {
  const choices = selector.architectures.map((architecture) => ({
    architecture,
    choice: chooseImage(images, selector, architecture, { nowMs, refused: new Set() }),
  }));
  return {
    known: true,
    chosen: choices.flatMap(({ architecture, choice }) => {
      if (!choice.ok) {
        return [];
      }
      const { id, name, deprecatedAt = Number.POSITIVE_INFINITY } = choice.image;
      return [{ architecture, id, name, isDeprecated: deprecatedAt <= nowMs }];
    }),
    problems: choices.flatMap(({ choice }) => (choice.ok ? [] : [{ lack: choice.lack, fix: choice.fix }])),
  };
}
