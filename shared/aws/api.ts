import {
  AssignPrivateIpAddressesCommand,
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
  DisassociateAddressCommand,
  type EC2Client,
  GetConsoleOutputCommand,
  ModifyNetworkInterfaceAttributeCommand,
  ReplaceRouteCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';

/**
 * Every EC2 call that the controller makes, in one place: its caller can make no other, the simulator implements exactly
 * these, and the controller's IAM policy names exactly these.
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
  AssignPrivateIpAddresses: AssignPrivateIpAddressesCommand,
  AssociateAddress: AssociateAddressCommand,
  CreateRoute: CreateRouteCommand,
  ReplaceRoute: ReplaceRouteCommand,
  CreateTags: CreateTagsCommand,
  DeleteTags: DeleteTagsCommand,
} as const;

/** What only the lifecycle function calls: its policy names these besides. Separate, so that no other bundle contains them. */
export const lifecycleEc2Commands = {
  DeleteRoute: DeleteRouteCommand,
  DescribeInstanceTypeOfferings: DescribeInstanceTypeOfferingsCommand,
  DisassociateAddress: DisassociateAddressCommand,
} as const;

/** All of them. */
export type Ec2Commands = typeof ec2Commands & typeof lifecycleEc2Commands;
export type Ec2CallName = keyof Ec2Commands;

type CommandOf<N extends Ec2CallName> = InstanceType<Ec2Commands[N]>;
type Inputs = { readonly [N in Ec2CallName]: CommandOf<N>['input'] };
type OutputOf<N extends Ec2CallName> = Awaited<
  ReturnType<ReturnType<CommandOf<N>['resolveMiddleware']>>
>['output'];
type Outputs = { readonly [N in Ec2CallName]: Omit<OutputOf<N>, '$metadata'> };

/** What a call is made with. */
export type Ec2Input<N extends Ec2CallName> = Inputs[N];
/** The body of its answer; the client adds `$metadata`. */
export type Ec2Output<N extends Ec2CallName> = Outputs[N];

/** The part of the SDK's client that is used, so that a simulated EC2 can stand in its place. */
export type Ec2Api = Pick<EC2Client, 'send'> & {
  /** By how much this machine's clock is behind AWS's: the SDK learns it from the answers' Date header, to sign rightly. */
  readonly config?: { readonly systemClockOffset: number };
};
