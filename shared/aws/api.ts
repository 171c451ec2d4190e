import {
  AssociateAddressCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteCommand,
  CreateTagsCommand,
  DeleteNetworkInterfaceCommand,
  DeleteRouteCommand,
  DeleteTagsCommand,
  DescribeAddressesCommand,
  DescribeImagesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  GetConsoleOutputCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ReplaceRouteCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';

/**
 * Every EC2 call that the controller makes, in one place: the adapters use nothing else, the simulator implements
 * exactly these, and the controller's IAM policy names exactly these.
 */
export const ec2Commands = {
  DescribeInstances: DescribeInstancesCommand,
  DescribeInstanceStatus: DescribeInstanceStatusCommand,
  DescribeNetworkInterfaces: DescribeNetworkInterfacesCommand,
  DescribeAddresses: DescribeAddressesCommand,
  DescribeRouteTables: DescribeRouteTablesCommand,
  DescribeSubnets: DescribeSubnetsCommand,
  DescribeImages: DescribeImagesCommand,
  GetConsoleOutput: GetConsoleOutputCommand,
  RunInstances: RunInstancesCommand,
  TerminateInstances: TerminateInstancesCommand,
  CreateNetworkInterface: CreateNetworkInterfaceCommand,
  DeleteNetworkInterface: DeleteNetworkInterfaceCommand,
  ModifyNetworkInterfaceAttribute: ModifyNetworkInterfaceAttributeCommand,
  AssociateAddress: AssociateAddressCommand,
  CreateRoute: CreateRouteCommand,
  ReplaceRoute: ReplaceRouteCommand,
  CreateTags: CreateTagsCommand,
  DeleteTags: DeleteTagsCommand,
} as const;

/** What only the lifecycle function calls: its policy names these besides. */
export const lifecycleEc2Commands = {
  DeleteRoute: DeleteRouteCommand,
  DescribeInstanceTypeOfferings: DescribeInstanceTypeOfferingsCommand,
} as const;

/** All of them. */
export const everyEc2Command = { ...ec2Commands, ...lifecycleEc2Commands } as const;

export type Ec2CallName = keyof typeof everyEc2Command;

/** The part of the SDK's client that is used, so that a simulated EC2 can stand in its place. */
export type Ec2Api = Pick<EC2Client, 'send'> & {
  /** By how much this machine's clock is behind AWS's: the SDK learns it from the answers' Date header, to sign rightly. */
  readonly config?: { readonly systemClockOffset: number };
};
