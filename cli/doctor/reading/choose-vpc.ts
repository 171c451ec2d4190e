import { paginateDescribeVpcs, type Vpc as SdkVpc } from '@aws-sdk/client-ec2';
import { parseId, type VpcId } from '../../../shared/core/model/ids.ts';
import { CliError, type Session } from '../../session.ts';
import type { Vpc } from '../inventory.ts';
import { nameOf } from './name-of.ts';
import { parseControl } from './read-encryption.ts';
import { everyItem, required } from './read-listing.ts';

/**
 * The VPC that is meant: the one that was named, else the one that the stack serves, else the only one there is.
 * @throws CliError where it does not exist in the Region, or where there are several to choose from; AWS's errors as
 * they are.
 */
export async function chooseVpc(
  { aws }: Session,
  named: VpcId | undefined,
  ofStack: string | undefined,
): Promise<Vpc> {
  const wanted = named ?? ofStack;
  // By filter, not by id: a VPC that is not there is then an empty list and no error.
  const Filters = wanted === undefined ? undefined : [{ Name: 'vpc-id', Values: [wanted] }];
  const raw = await everyItem(paginateDescribeVpcs({ client: aws.ec2 }, { Filters }), ({ Vpcs }) => Vpcs);
  const vpcs = raw.map(parseVpc);
  const [vpc] = vpcs;
  if (vpc === undefined) {
    throw new CliError(
      wanted === undefined
        ? `${aws.region} has no VPC: choose another Region with --region`
        : `there is no VPC ${wanted} in ${aws.region}: correct the id, or choose another Region with --region`,
      3,
    );
  }
  if (vpcs.length > 1) {
    throw new CliError(`${aws.region} has ${vpcs.length} VPCs: choose one with --vpc\n${listVpcs(vpcs)}`, 2);
  }
  return vpc;
}

function listVpcs(vpcs: readonly Vpc[]): string {
  return vpcs
    .map(({ id, name, cidrs, isDefault }) =>
      ['', id, name ?? '(no name)', cidrs.join(','), ...(isDefault ? ['default'] : [])].join('  '),
    )
    .join('\n');
}

function parseVpc(raw: SdkVpc): Vpc {
  const id = required(parseId('vpc', raw.VpcId), 'DescribeVpcs', 'a VPC’s id');
  const name = nameOf(raw.Tags);
  const associated = (raw.CidrBlockAssociationSet ?? [])
    .filter(({ CidrBlockState }) => CidrBlockState?.State === 'associated')
    .flatMap(({ CidrBlock }) => CidrBlock ?? []);
  const encryption = raw.EncryptionControl && parseControl(raw.EncryptionControl);
  const cidrs = new Set([required(raw.CidrBlock, 'DescribeVpcs', `the range of ${id}`), ...associated]);
  return {
    id,
    cidrs: [...cidrs],
    isDefault: raw.IsDefault === true,
    ...(name === undefined ? {} : { name }),
    ...(encryption === undefined ? {} : { encryption }),
  };
}
