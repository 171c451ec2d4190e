import {
  DescribeVpcEncryptionControlsCommand,
  paginateDescribeInstanceTypes,
  type VpcEncryptionControl as SdkControl,
} from '@aws-sdk/client-ec2';
import type { Session } from '../../session.ts';
import type { Encryption, EncryptionControl, TypesInTransit, Unread, Vpc } from '../inventory.ts';
import { orUnknown } from './or-unknown.ts';
import { everyItem, pagesOf } from './read-listing.ts';

/**
 * VPC Encryption Controls of the VPC, and where they are on, which of the instance types comply. Whoever asks may not be
 * allowed to know: then what DescribeVpcs has of them is taken, and everything else is still reported.
 */
export async function readEncryption(
  session: Session,
  vpc: Vpc,
  instanceTypes: readonly string[],
): Promise<Encryption> {
  const read = await orUnknown(session.aws.region, () => readControl(session, vpc));
  const control = (read.known ? read.control : undefined) ?? vpc.encryption;
  if (control === undefined) {
    return read.known ? { known: true } : read;
  }
  return { known: true, control: { ...control, types: await readTypes(session, instanceTypes) } };
}

type Read = { readonly known: true; readonly control?: EncryptionControl };

/** Asked for all VPCs: whether one without a control is an empty answer or an error is not documented. */
async function readControl({ aws }: Session, { id }: Vpc): Promise<Read> {
  const pages = pagesOf((NextToken) =>
    aws.ec2.send(new DescribeVpcEncryptionControlsCommand(NextToken === undefined ? {} : { NextToken })),
  );
  try {
    const found = await everyItem(pages, ({ VpcEncryptionControls }) => VpcEncryptionControls);
    const own = found.find(({ VpcId }) => VpcId === id);
    const control = own && parseControl(own);
    return { known: true, ...(control === undefined ? {} : { control }) };
  } catch (error) {
    // A Region that does not have the feature says so ("not supported in this region"): then nothing is controlled there.
    if (error instanceof Error && error.name === 'UnsupportedOperation') {
      return { known: true };
    }
    throw error;
  }
}

/** Undefined where it is gone, or about to be. */
export function parseControl(raw: SdkControl): EncryptionControl | undefined {
  const { Mode, State, StateMessage, VpcEncryptionControlId, ResourceExclusions } = raw;
  if (Mode === undefined || State === 'deleted' || State === 'deleting') {
    return undefined;
  }
  const internetGateway = ResourceExclusions?.InternetGateway?.State;
  const lambda = ResourceExclusions?.Lambda?.State;
  return {
    mode: Mode,
    exclusions: {
      ...(internetGateway === undefined ? {} : { internetGateway }),
      ...(lambda === undefined ? {} : { lambda }),
    },
    ...(VpcEncryptionControlId === undefined ? {} : { id: VpcEncryptionControlId }),
    ...(State === undefined ? {} : { state: State }),
    ...(StateMessage === undefined || StateMessage === '' ? {} : { message: StateMessage }),
  };
}

/** By filter, not by name: a type that the Region does not have is then missing, and fails nothing. */
async function readTypes({ aws }: Session, wanted: readonly string[]): Promise<TypesInTransit> {
  return await orUnknown<TypesInTransit | Unread>(aws.region, async () => {
    const Filters = [{ Name: 'instance-type', Values: [...wanted] }];
    const found = await everyItem(
      paginateDescribeInstanceTypes({ client: aws.ec2 }, { Filters }),
      ({ InstanceTypes }) => InstanceTypes,
    );
    const encrypts = new Map(
      found.map(({ InstanceType, NetworkInfo }): [string, boolean | undefined] => [
        String(InstanceType),
        NetworkInfo?.EncryptionInTransitSupported,
      ]),
    );
    const having = (value: boolean | undefined) => wanted.filter((type) => encrypts.get(type) === value);
    return { known: true, encrypting: having(true), plain: having(false), unlisted: having(undefined) };
  });
}
