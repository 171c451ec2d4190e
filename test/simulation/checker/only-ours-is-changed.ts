import { tagKeys } from '../../../shared/core/model/tags.ts';
import type {
  AddressRecord,
  InterfaceRecord,
  RouteTableRecord,
  Tags,
} from '../../../simulator/ec2/records.ts';
import { firstOf, type Moment, writtenIsSeenMs } from './moment.ts';
import { type Change, changesBetween } from './picture.ts';

/**
 * Nothing that is not tagged as this stack's, or named in its configuration, is ever changed. Routes other than the
 * default route, public route tables and foreign Elastic IPs are never touched.
 */
export function onlyOursIsChanged(moment: Moment): string | undefined {
  const { before, after } = moment;
  return firstOf([
    ...changesBetween(before.instances, after.instances).map((change) => foreignChange(change, moment)),
    ...changesBetween(before.interfaces, after.interfaces).map((change) => foreignInterface(change, moment)),
    ...changesBetween(before.addresses, after.addresses).map((change) => foreignAddress(change, moment)),
    ...changesBetween(before.routeTables, after.routeTables).map((change) => foreignRoutes(change, moment)),
    ...changesBetween(before.rest, after.rest).map(({ id }) => `${id} is nobody's to change`),
  ]);
}

function foreignChange(
  { id, before, after }: Change<{ readonly tags: Tags }>,
  { stack }: Moment,
): string | undefined {
  const isOurs = (before ?? after)?.tags[tagKeys.stack] === stack;
  return isOurs ? undefined : `${id} is not tagged ${tagKeys.stack}=${stack}`;
}

/**
 * An interface without our tag is ours as well while an instance of ours was launched on it, which a second one that
 * somebody has attached is not; a new one must have the tag.
 */
function foreignInterface(change: Change<InterfaceRecord>, moment: Moment): string | undefined {
  const attachment = change.before?.attachment;
  const owner = moment.before.instances.get(attachment?.instanceId ?? '');
  const isOfOurs = owner?.tags[tagKeys.stack] === moment.stack && attachment?.deviceIndex === 0;
  return isOfOurs ? undefined : foreignChange(change, moment);
}

/** Also one of ours is not taken away from whoever has put it on an interface of theirs. */
function foreignAddress(
  { id, before, after }: Change<AddressRecord>,
  { zones, run }: Moment,
): string | undefined {
  const zone = zones.find(({ allocationId }) => allocationId === id);
  if (zone === undefined) return `${id} is not an Elastic IP of this stack`;
  const { abroadSince } = zone;
  const isMoved = before?.association?.interfaceId !== after?.association?.interfaceId;
  const isKnown =
    run !== undefined && abroadSince !== undefined && run.startedAt - abroadSince > writtenIsSeenMs;
  return isMoved && isKnown
    ? `${id} was taken from ${before?.association?.interfaceId}, which is not ours`
    : undefined;
}

function foreignRoutes(
  { id, before, after }: Change<RouteTableRecord>,
  { servedUntil, untouchableSince, run }: Moment,
): string | undefined {
  const until = servedUntil.get(id);
  const isKnownToServeNobody = run !== undefined && run.startedAt - (until ?? 0) > writtenIsSeenMs;
  if (until === undefined || isKnownToServeNobody) return `${id} serves no private subnet of this stack`;
  if (before === undefined || after === undefined) return `${id} came or went`;
  const isKnownUntouchable =
    run !== undefined && run.startedAt - (untouchableSince.get(id) ?? run.startedAt) > writtenIsSeenMs;
  if (isKnownUntouchable && JSON.stringify(before.routes) !== JSON.stringify(after.routes))
    return `${id} leads to an internet or transit gateway`;
  return JSON.stringify(otherRoutes(before)) === JSON.stringify(otherRoutes(after)) &&
    before.associations === after.associations
    ? undefined
    : `more of ${id} was changed than its default route`;
}

const defaultRoute = '0.0.0.0/0';

function otherRoutes({ routes }: RouteTableRecord) {
  return routes.filter(({ destination }) => destination !== defaultRoute);
}
