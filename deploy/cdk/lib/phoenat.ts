import { CfnStack, Fn, Lazy } from 'aws-cdk-lib';
import { type ISecurityGroup, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { findArtifacts } from './artifacts';
import { type PhoenatOptions, parametersOf } from './options';
import { list } from './values';

const letters = ['A', 'B', 'C', 'D', 'E', 'F'] as const;

/** One NAT instance, and whom it serves. */
export interface PhoenatZone {
  /** The public subnet that the instance is launched in. Its default route leads to an internet gateway. */
  readonly publicSubnetId: string;
  /** The subnets whose default route leads to it. Their route tables may serve no other zone and no public subnet. */
  readonly privateSubnetIds: readonly string[];
  /**
   * Allocation ID of an unused Elastic IP.
   *
   * @default - the stack allocates one
   */
  readonly allocationId?: string;
}

export interface PhoenatProps extends PhoenatOptions {
  readonly vpcId: string;
  /** One to six. The order counts: the first is zone a. The list is read at synthesis. */
  readonly zones: readonly PhoenatZone[];
  readonly clientCidrs: readonly string[];
  /**
   * Folder with the packaged template and the functions' archives.
   *
   * @default - the folder `artifacts` of this package
   */
  readonly artifactsDirectory?: string;
}

/**
 * Phoenat for the subnets of a VPC, as a nested stack.
 *
 * A nested stack, and not the template's resources among the app's own (`CfnInclude`): its conditions and rules ask for
 * the values of parameters, and CloudFormation lets no condition refer to a subnet or a VPC that the same stack makes.
 * And the functions tell what is theirs by the name of their stack.
 */
export class Phoenat extends Construct {
  /** The nested stack. What needs the internet in a private subnet depends on it. */
  public readonly stack: CfnStack;
  /** Allows what the NAT instances let through; for private instances that should send no more than that. */
  public readonly clientSecurityGroup: ISecurityGroup;
  /** Alarms that are worth waking somebody for. */
  public readonly alarmTopic: ITopic;
  /** Alarms that can wait until morning. */
  public readonly morningTopic: ITopic;

  private readonly zones: readonly PhoenatZone[];

  constructor(scope: Construct, id: string, props: PhoenatProps) {
    super(scope, id);
    this.zones = props.zones;
    const files = findArtifacts(props.artifactsDirectory);
    const asset = (name: string, path: string) => new Asset(this, name, { path });
    const template = asset('Template', files.template);
    const controller = asset('ControllerCode', files.controller);
    const lifecycle = asset('LifecycleCode', files.lifecycle);
    const probe = asset('ProbeCode', files.probe);
    this.stack = new CfnStack(this, 'Stack', {
      templateUrl: template.httpUrl,
      parameters: {
        VpcId: props.vpcId,
        ...this.zoneParameters(),
        ...parametersOf(props),
        CodeBucket: controller.s3BucketName,
        ControllerCodeKey: controller.s3ObjectKey,
        LifecycleCodeKey: lifecycle.s3ObjectKey,
        ProbeCodeKey: probe.s3ObjectKey,
      },
    });
    this.clientSecurityGroup = SecurityGroup.fromSecurityGroupId(
      this,
      'ClientSecurityGroup',
      this.output('ClientSecurityGroupId'),
      { mutable: false },
    );
    this.alarmTopic = Topic.fromTopicArn(this, 'AlarmTopic', this.output('AlarmTopicArn'));
    this.morningTopic = Topic.fromTopicArn(this, 'MorningTopic', this.output('MorningTopicArn'));
    this.node.addValidation({ validate: () => [...problemsOf(this.zones, props)] });
  }

  /** An output of the nested stack, by its name in the template. */
  public output(name: string): string {
    return this.stack.getAtt(`Outputs.${name}`).toString();
  }

  /** The public IPv4 address of a zone's NAT instance, which stays when the instance is replaced. */
  public publicAddress(zone: number): string {
    return Fn.select(zone, Fn.split(', ', this.output('PublicAddresses')));
  }

  /** Those of absent zones are left to the template's defaults, which are empty. */
  private zoneParameters(): Record<string, string> {
    const parameters: Record<string, string> = {};
    letters.forEach((letter, index) => {
      const lazily = (read: (zone: PhoenatZone) => string) =>
        Lazy.uncachedString({
          produce: () => {
            const zone = this.zones[index];
            return zone === undefined ? undefined : read(zone);
          },
        });
      parameters[`Zone${letter}PublicSubnet`] = lazily((zone) => zone.publicSubnetId);
      parameters[`Zone${letter}PrivateSubnets`] = lazily((zone) => list(zone.privateSubnetIds) ?? '');
      parameters[`Zone${letter}AllocationId`] = lazily((zone) => zone.allocationId ?? '');
    });
    return parameters;
  }
}

function* problemsOf(zones: readonly PhoenatZone[], { standby }: PhoenatOptions): Iterable<string> {
  if (zones.length < 1 || zones.length > letters.length) {
    yield `Phoenat: there are ${zones.length} zones, and must be one to ${letters.length}.`;
  }
  if (standby === true && zones.length > 1) {
    yield 'Phoenat: a standby is for a single zone. Several zones stand in for one another; leave standby out.';
  }
  for (const { publicSubnetId, privateSubnetIds } of zones) {
    if (privateSubnetIds.length === 0) {
      yield `Phoenat: the zone of the public subnet ${publicSubnetId} has no private subnets to serve. With PhoenatProvider: lower natGateways.`;
    }
  }
}
