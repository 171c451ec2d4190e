import { Fn, Token } from 'aws-cdk-lib';
import {
  type ConfigureNatOptions,
  type GatewayConfig,
  NatProvider,
  type PrivateSubnet,
} from 'aws-cdk-lib/aws-ec2';
import { Dependable, DependencyGroup, type IDependable } from 'constructs';
import type { PhoenatOptions } from './options';
import { Phoenat } from './phoenat';

export interface PhoenatProviderProps extends PhoenatOptions {
  /**
   * Allocation IDs of unused Elastic IPs, one for each NAT instance, in the order of the public subnets. A list that is known
   * at the deployment only, such as a parameter or `Fn.split`, is taken too: CloudFormation refuses one that is too short.
   *
   * @default - the stack allocates them
   */
  readonly eipAllocationIds?: readonly string[];
  /**
   * Folder with the packaged template and the functions' archives.
   *
   * @default - the folder `artifacts` of this package
   */
  readonly artifactsDirectory?: string;
}

/** A zone whose private subnets are still being told. */
type OpenZone = {
  readonly availabilityZone: string;
  readonly publicSubnetId: string;
  readonly privateSubnetIds: string[];
  readonly allocationId?: string;
};

/**
 * Self-healing NAT instances instead of NAT gateways: `new Vpc(this, 'Vpc', { natGatewayProvider: new PhoenatProvider() })`.
 *
 * The default routes of the private subnets are not in the app's template. Phoenat makes them at the deployment, once the
 * instance forwards, moves them at each failover, and takes them away when the stack goes.
 */
export class PhoenatProvider extends NatProvider {
  private readonly props: PhoenatProviderProps;
  private readonly zones: OpenZone[] = [];
  private configured?: Phoenat;

  constructor(props: PhoenatProviderProps = {}) {
    super();
    this.props = props;
  }

  /** What has been made for the VPC: outputs, topics, the nested stack. */
  public get phoenat(): Phoenat {
    if (this.configured === undefined) {
      throw new Error(
        'Phoenat: give the provider to a Vpc, as natGatewayProvider, before you ask it for anything',
      );
    }
    return this.configured;
  }

  /** By public address: instances and interfaces are replaced, and the address stays. */
  public get configuredGateways(): GatewayConfig[] {
    return this.zones.map(({ availabilityZone }, index) => ({
      az: availabilityZone,
      gatewayId: this.phoenat.publicAddress(index),
    }));
  }

  public configureNat({ vpc, natSubnets, privateSubnets }: ConfigureNatOptions): void {
    if (this.configured !== undefined) {
      throw new Error('Phoenat: a provider serves one VPC; make another one for the other');
    }
    const allocationIds = allocationIdsFor(natSubnets.length, this.props.eipAllocationIds);
    natSubnets.forEach(({ availabilityZone, subnetId: publicSubnetId }, index) => {
      const allocationId = allocationIds?.[index];
      const address = allocationId === undefined ? {} : { allocationId };
      this.zones.push({ availabilityZone, publicSubnetId, privateSubnetIds: [], ...address });
    });
    this.configured = new Phoenat(vpc, 'Phoenat', {
      ...this.props,
      clientCidrs: this.props.clientCidrs ?? [vpc.vpcCidrBlock],
      vpcId: vpc.vpcId,
      zones: this.zones,
    });
    // Internet gateway, its attachment, the public default route: without them no instance could become ready.
    for (const subnet of natSubnets) {
      this.configured.stack.node.addDependency(subnet.internetConnectivityEstablished);
    }
    for (const subnet of privateSubnets) {
      this.configureSubnet(subnet);
    }
  }

  public configureSubnet(subnet: PrivateSubnet): void {
    const { stack } = this.phoenat;
    zoneFor(subnet.availabilityZone, this.zones).privateSubnetIds.push(subnet.subnetId);
    const established = groupOf(subnet.internetConnectivityEstablished);
    // The association with its route table, so far. The stack comes after these, and with it the subnet is connected.
    stack.node.addDependency(...Dependable.of(established).dependencyRoots);
    established.add(stack);
  }
}

/** One for each NAT instance, where any are given. Of a list that is a token, only CloudFormation will know how long it is. */
function allocationIdsFor(instances: number, given?: readonly string[]): readonly string[] | undefined {
  if (given === undefined) {
    return undefined;
  }
  if (Token.isUnresolved(given)) {
    return Array.from({ length: instances }, (_, index) => Fn.select(index, [...given]));
  }
  if (given.length < instances) {
    throw new Error(`Phoenat: there are ${instances} NAT instances and ${given.length} eipAllocationIds`);
  }
  return given;
}

/**
 * The zone in the subnet's own Availability Zone that has the fewest subnets so far; where there is none, of all zones:
 * with `natGateways: 1`, that one serves them all.
 */
function zoneFor(availabilityZone: string, zones: readonly OpenZone[]): OpenZone {
  const own = zones.filter((zone) => zone.availabilityZone === availabilityZone);
  const [zone] = (own.length > 0 ? own : zones).toSorted(
    (a, b) => a.privateSubnetIds.length - b.privateSubnetIds.length,
  );
  if (zone === undefined) {
    throw new Error('Phoenat: there is no public subnet for a NAT instance');
  }
  return zone;
}

/** The CDK's subnets have a group; what waits for a private subnet's connection waits for all that is in it. */
function groupOf(established: IDependable): DependencyGroup {
  if (!(established instanceof DependencyGroup)) {
    throw new Error(
      'Phoenat: the VPC comes from another copy of the package constructs than @phoenat/cdk; install one version of it',
    );
  }
  return established;
}
