import type { ImageId } from '../model/ids.ts';
import type { ImageChoice, ImagePreset, ImageSelector } from '../model/settings.ts';
import type { Architecture, Image } from '../model/snapshot.ts';
import type { EpochMs } from '../model/time.ts';
import { architectureOfType } from './architecture-of-type.ts';

type PresetRule = {
  /** Who publishes it, in words. */
  readonly by: string;
  readonly owners: readonly string[];
  readonly patterns: (architecture: Architecture) => readonly string[];
  /** What the name must be: EC2's wildcards alone let minimal, ECS, preview and pre-release images through. */
  readonly name: RegExp;
  readonly architectures: readonly Architecture[];
  /** What to do in a Region whose images have an owner that is not known here. */
  readonly inNewRegion?: (architecture: Architecture) => string;
};

/**
 * Amazon's own accounts for Linux images. The alias `amazon` would let Marketplace partners in. In the Regions that are
 * not on by default the owner is another, one for each (DescribeImages answers of 30 Regions, as moto 5.2.1 has them;
 * GovCloud and China: awslabs/amazon-eks-ami, Makefile).
 */
const amazonLinux: readonly string[] = [
  '137112412989', // the Regions that are on by default
  '210953353124', // af-south-1
  '910595266909', // ap-east-1
  '140264529686', // ap-south-2
  '785737495101', // ap-southeast-3
  '212415852945', // ap-southeast-4
  '860882034098', // ap-southeast-5
  '499701242899', // ca-west-1
  '084269151793', // eu-central-2
  '071630900071', // eu-south-1
  '061882349855', // eu-south-2
  '659248058490', // il-central-1
  '541802698383', // me-central-1
  '656109587541', // me-south-1
  '045324592363', // GovCloud
  '141808717104', // China
];

const presets: Readonly<Record<ImagePreset, PresetRule>> = {
  // One kernel line, by name: AL2023's default kernel changes every year since June 2026 (Amazon Linux 2023 User Guide,
  // "The Amazon Linux Kernel"). Names: al2023-ami-2023.11.20260427.1-kernel-6.1-arm64
  al2023: {
    by: 'Amazon',
    owners: amazonLinux,
    patterns: (architecture) => [`al2023-ami-2023.*-kernel-6.1-${architecture}`],
    name: /^al2023-ami-2023\.[\d.]+-kernel-6\.1-(arm64|x86_64)$/,
    architectures: ['arm64', 'x86_64'],
    inNewRegion: (architecture) =>
      `in a Region that is newer than this version of Phoenat, Amazon's images may have an owner that it does not know: aws ssm get-parameter --name /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-${architecture} gives the image's id, aws ec2 describe-images its OwnerId, and AmiSelector takes OWNER:al2023-ami-2023.*-kernel-6.1-*`,
  },
  // Names: fck-nat-al2023-hvm-1.4.0-20260701-arm64-ebs; -pre- and -nat64- images are other products.
  'fck-nat': {
    by: '568608671756',
    owners: ['568608671756'],
    patterns: (architecture) => [`fck-nat-al2023-hvm-*-${architecture}-ebs`],
    name: /^fck-nat-al2023-hvm-[\d.]+-\d{8}-(arm64|x86_64)-ebs$/,
    architectures: ['arm64', 'x86_64'],
  },
  // Until 2018 the name said hvm or pv, since 2020 it says neither; all are x86_64, none is maintained. Release
  // candidates have rc where the others have a number: amzn-ami-vpc-nat-hvm-2017.03.rc-0.20170320-x86_64-ebs
  'amzn-ami-vpc-nat': {
    by: 'Amazon',
    owners: amazonLinux,
    patterns: () => ['amzn-ami-vpc-nat-*'],
    name: /^amzn-ami-vpc-nat-(hvm-)?\d{4}\.\d{2}\.\d+\.[\w.-]+$/,
    architectures: ['x86_64'],
  },
};

/** The architectures that a preset has images for. */
export function architecturesOfPreset(preset: ImagePreset): readonly Architecture[] {
  return presets[preset].architectures;
}

/** What to ask AWS for, and what to accept from its answer, for these instance types. */
export function selectorFor(choice: ImageChoice, instanceTypes: readonly string[]): ImageSelector {
  const architectures = [...new Set(instanceTypes.map(architectureOfType))];
  switch (choice.kind) {
    case 'preset': {
      const { by, owners, patterns, name, inNewRegion } = presets[choice.preset];
      return {
        describe: `preset ${choice.preset} (of ${by}, ${architectures.flatMap(patterns).join(' or ')})`,
        owners,
        namePatterns: [...new Set(architectures.flatMap(patterns))],
        imageIds: [],
        accepts: (imageName) => name.test(imageName),
        architectures,
        ...(inNewRegion === undefined ? {} : { whereNoneIsListed: inNewRegion }),
      };
    }
    case 'custom':
      return {
        describe: `owner ${choice.owner}, name ${choice.namePattern}`,
        owners: [choice.owner],
        namePatterns: [choice.namePattern],
        imageIds: [],
        accepts: () => true,
        architectures,
      };
    case 'fixed':
      return {
        describe: `image ${choice.imageId}`,
        owners: [],
        namePatterns: [],
        imageIds: [choice.imageId],
        accepts: () => true,
        architectures,
      };
  }
}

export type ImageContext = {
  readonly nowMs: EpochMs;
  /** Images that RunInstances said are gone. */
  readonly refused: ReadonlySet<ImageId>;
};

export type ChosenImage =
  | { readonly ok: true; readonly image: Image }
  /** `problem`: one sentence that names the selector, why each candidate fell out, and the fix; the two parts beside it. */
  | { readonly ok: false; readonly problem: string; readonly lack: string; readonly fix: string };

/**
 * The newest image that matches. Deprecated images still launch, so they count, after those that are not deprecated.
 * Where nothing matches, nothing is chosen: another family is never taken in silence.
 */
export function chooseImage(
  images: readonly Image[],
  selector: ImageSelector,
  architecture: Architecture,
  context: ImageContext,
): ChosenImage {
  // EC2 leaves the field out for images without ENA. Only where no image at all has it does it say nothing.
  const needsEna = images.some(({ enaSupport }) => enaSupport !== undefined);
  const compared = images.map((image) => ({
    image,
    against: objection(image, selector, architecture, { refused: context.refused, needsEna }),
  }));
  const matching = compared.filter(({ against }) => against === undefined).map(({ image }) => image);
  const [newest] = matching.toSorted(
    (a, b) =>
      Number(isDeprecated(a, context)) - Number(isDeprecated(b, context)) ||
      b.createdAt - a.createdAt ||
      (a.id < b.id ? -1 : 1),
  );
  if (newest !== undefined) {
    return { ok: true, image: newest };
  }
  const reasons = compared.flatMap(({ against }) => against ?? []);
  return nothingMatches(selector, architecture, reasons);
}

function isDeprecated(image: Image, { nowMs }: ImageContext): boolean {
  return image.deprecatedAt !== undefined && image.deprecatedAt <= nowMs;
}

/** Why an image cannot be used, if it cannot. */
function objection(
  image: Image,
  selector: ImageSelector,
  architecture: Architecture,
  { refused, needsEna }: { readonly refused: ReadonlySet<ImageId>; readonly needsEna: boolean },
): string | undefined {
  if (!selector.accepts(image.name)) {
    return 'of another kind by name';
  }
  if (image.architecture !== architecture) {
    return `for ${image.architecture}`;
  }
  if (image.virtualization === 'paravirtual') {
    return 'paravirtual';
  }
  if (needsEna && image.enaSupport !== true) {
    return 'without ENA support';
  }
  if (image.rootDevice !== 'ebs') {
    return `with a root device of type ${image.rootDevice}`;
  }
  if (image.state !== 'available') {
    return image.state;
  }
  return refused.has(image.id) ? 'no longer launchable' : undefined;
}

const correct = 'correct AmiSelector';

function nothingMatches(
  selector: ImageSelector,
  architecture: Architecture,
  reasons: readonly string[],
): Extract<ChosenImage, { ok: false }> {
  const counts = [...new Set(reasons)].map(
    (reason) => `${reasons.filter((other) => other === reason).length} ${reason}`,
  );
  const found = counts.length === 0 ? 'AWS lists none' : `of ${reasons.length} listed: ${counts.join(', ')}`;
  const fix = (reasons.length === 0 ? selector.whereNoneIsListed?.(architecture) : undefined) ?? correct;
  const lack = `no ${architecture} image matches ${selector.describe}: ${found}`;
  return { ok: false, problem: `${lack}; ${fix}`, lack, fix };
}
