import type { AddressOfPlace } from '../../../shared/core/diagnose/place.ts';
import type { Inventory, ProposedZone } from '../inventory.ts';

/** The Elastic IP that a stack allocates for a zone without one: CloudFormation's is of the Region. */
export function ofStack({ region }: Pick<Inventory, 'region'>): AddressOfPlace {
  return { name: 'the Elastic IP that the stack allocates', networkBorderGroup: region };
}

/** The Elastic IP of a zone that is deployed or proposed. */
export function addressOfZone(
  { allocationId }: ProposedZone,
  { region, elasticIps }: Pick<Inventory, 'region' | 'elasticIps'>,
): AddressOfPlace {
  if (allocationId === undefined) {
    return ofStack({ region });
  }
  const networkBorderGroup = elasticIps.borderGroups?.[allocationId];
  return {
    name: `Elastic IP ${allocationId}`,
    ...(networkBorderGroup === undefined ? {} : { networkBorderGroup }),
  };
}
