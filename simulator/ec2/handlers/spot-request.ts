import type { Ec2Input } from '../../../shared/aws/api.ts';
import { awsError, NotSimulated } from '../aws-error.ts';

/** A one-time request for an instance that is terminated when Spot takes it back: others outlive it, or start it again. */
export function isSpot({
  InstanceMarketOptions: options,
  TagSpecifications = [],
}: Ec2Input<'RunInstances'>): boolean {
  const isTagged = TagSpecifications.some(({ ResourceType }) => ResourceType === 'spot-instances-request');
  if (options === undefined) {
    if (isTagged) {
      throw awsError(
        'InvalidParameterValue',
        'spot-instances-request is not a valid taggable resource type for this request.',
      );
    }
    return false;
  }
  const {
    SpotInstanceType: kind = 'one-time',
    InstanceInterruptionBehavior: then = 'terminate',
    ...others
  } = options.SpotOptions ?? {};
  if (options.MarketType !== 'spot' || kind !== 'one-time' || Object.keys(others).length > 0) {
    throw new NotSimulated(
      'RunInstances: of other markets, only one-time Spot requests without a price are simulated',
    );
  }
  if (then !== 'terminate') {
    throw awsError(
      'InvalidParameterCombination',
      `The request with type 'one-time' is not supported when instanceInterruptionBehavior is set to '${then}'.`,
    );
  }
  return true;
}
