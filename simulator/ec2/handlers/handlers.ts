import type { Ec2CallName } from '../../../shared/aws/api.ts';
import type { Answering, Ec2Call } from '../calls.ts';
import type { Region } from '../region.ts';
import { associateAddress, describeAddresses, disassociateAddress } from './addresses.ts';
import { getConsoleOutput } from './console.ts';
import { describeImages } from './images.ts';
import { describeInstanceStatus } from './instance-status.ts';
import { describeInstanceTypeOfferings } from './instance-types.ts';
import { describeInstances, terminateInstances } from './instances.ts';
import {
  assignPrivateIpAddresses,
  createNetworkInterface,
  deleteNetworkInterface,
  describeNetworkInterfaces,
  modifyNetworkInterfaceAttribute,
} from './network-interfaces.ts';
import { createRoute, deleteRoute, describeRouteTables, replaceRoute } from './routes.ts';
import { runInstances } from './run-instances.ts';
import { describeSubnets } from './subnets.ts';
import { createTags, deleteTags } from './tags.ts';

/** A call that is added to shared/aws/api.ts does not compile until it is simulated here. */
const handlers: Answering<Region> = {
  DescribeInstances: describeInstances,
  DescribeInstanceStatus: describeInstanceStatus,
  DescribeNetworkInterfaces: describeNetworkInterfaces,
  DescribeAddresses: describeAddresses,
  DescribeRouteTables: describeRouteTables,
  DescribeSubnets: describeSubnets,
  DescribeImages: describeImages,
  GetConsoleOutput: getConsoleOutput,
  RunInstances: runInstances,
  TerminateInstances: terminateInstances,
  CreateNetworkInterface: createNetworkInterface,
  DeleteNetworkInterface: deleteNetworkInterface,
  ModifyNetworkInterfaceAttribute: modifyNetworkInterfaceAttribute,
  AssignPrivateIpAddresses: assignPrivateIpAddresses,
  AssociateAddress: associateAddress,
  CreateRoute: createRoute,
  ReplaceRoute: replaceRoute,
  CreateTags: createTags,
  DeleteTags: deleteTags,
  DeleteRoute: deleteRoute,
  DisassociateAddress: disassociateAddress,
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
};

/** Reads or changes the account at this moment. @throws what EC2 would throw, or NotSimulated. */
export function perform<N extends Ec2CallName>(region: Region, call: Ec2Call<N>): object {
  return handlers[call.name](region, call.input);
}
