import { tagList } from '../../shared/config/parse-tags.ts';
import { Problems } from '../../shared/config/problems.ts';
import { architectureOfType } from '../../shared/core/launch/architecture-of-type.ts';
import type { Tag } from '../../shared/core/model/settings.ts';
import type { Architecture } from '../../shared/core/model/snapshot.ts';
import type { DeployedStack } from '../doctor/inventory.ts';
import { defaultImage } from '../doctor/reading/read-images.ts';
import { CliError, type Session } from '../session.ts';
import type { BakeOptions } from './bake-options.ts';
import { builderScript } from './builder-script.ts';
import { baseSelector, chooseBase } from './choose-base.ts';
import type { BakedImage } from './found.ts';
import type { Place } from './perform-bake.ts';
import { makeRecipe, type Recipe } from './recipe.ts';
import type { Order } from './run-bake.ts';

/** Enough memory for a package manager, which a t4g.nano has not. */
const builderTypes: Readonly<Record<Architecture, string>> = { arm64: 't4g.small', x86_64: 't3.small' };

/**
 * One image for each architecture of the stack's instance types: a launch takes the first type that is to be had, with an
 * image of its architecture.
 * @throws CliError where it is not clear what to make, or where.
 */
export async function makeOrders(
  session: Session,
  options: BakeOptions,
  stack: DeployedStack | undefined,
  images: readonly BakedImage[],
): Promise<readonly Order[]> {
  const types = stack?.instanceTypes ?? defaultImage.instanceTypes;
  const place = placeOf(session, options, stack);
  const selector = baseSelector({
    stack: session.stack,
    images,
    ...(options.base === undefined ? {} : { given: options.base }),
    ...(stack === undefined ? {} : { amiSelector: stack.amiSelector }),
  });
  const wanted = [...new Set(types.map(architectureOfType))];
  return await Promise.all(
    wanted.map(async (architecture): Promise<Order> => {
      const base: Recipe['base'] = await chooseBase(session, selector, architecture, images);
      const recipe = makeRecipe({ stack: session.stack, architecture, base }, builderScript());
      return { recipe, place: { ...place, instanceTypes: typesFor(architecture, types, options) } };
    }),
  );
}

function typesFor(
  architecture: Architecture,
  types: readonly string[],
  { instanceType }: BakeOptions,
): readonly string[] {
  if (instanceType === undefined) {
    const own = types.filter((type) => architectureOfType(type) === architecture);
    return [...new Set([builderTypes[architecture], ...own])];
  }
  if (architectureOfType(instanceType) !== architecture) {
    throw new CliError(
      `--instance-type ${instanceType} is for ${architectureOfType(instanceType)}, and an image for ${architecture} is to be made: leave the option out, or name a type for ${architecture}`,
      2,
    );
  }
  return [instanceType];
}

/** Where the stack's own instances live: they would have to install the same, by the same way out. */
function placeOf(
  { stack: name, aws }: Session,
  { zone, subnet, securityGroup }: BakeOptions,
  stack: DeployedStack | undefined,
): Omit<Place, 'instanceTypes'> {
  const tags = readTags(stack);
  if (subnet !== undefined) {
    const group = securityGroup ?? stack?.natSecurityGroupId;
    return { subnetId: subnet, tags, ...(group === undefined ? {} : { securityGroupId: group }) };
  }
  if (stack === undefined) {
    throw new CliError(
      `there is no stack ${name} in ${aws.region}, so it is not known where to build: give a public subnet with --subnet, or check --stack and --region`,
      2,
    );
  }
  const found = stack.zones.find(({ letter }) => zone === undefined || letter === zone);
  if (found === undefined) {
    const names = stack.zones.map(({ letter }) => letter).join(', ');
    throw new CliError(`the stack ${name} has no zone ${zone}; it has ${names}`, 2);
  }
  const group = securityGroup ?? stack.natSecurityGroupId;
  return {
    subnetId: found.publicSubnetId,
    tags,
    ...(group === undefined ? {} : { securityGroupId: group }),
  };
}

/** Those of the parameter, which the stack has been deployed with: they were checked then. */
function readTags(stack: DeployedStack | undefined): readonly Tag[] {
  return tagList.read(stack?.tags ?? '', 'Tags', new Problems()) ?? [];
}
