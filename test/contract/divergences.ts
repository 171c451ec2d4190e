/** A value that a check observes; plain, so that it can be compared. */
export type Outcome = string | boolean | undefined | readonly Outcome[] | { readonly [key: string]: Outcome };

type Behaviour = {
  /** In words; it ends the title of the test. */
  readonly does: string;
  readonly outcome: Outcome;
};

export type Divergence = {
  /** What is looked at. */
  readonly behaviour: string;
  readonly aws: Behaviour & {
    /** The AWS document that says so. */
    readonly source: string;
  };
  readonly simulator: 'as-aws' | Behaviour;
  readonly moto: 'as-aws' | Behaviour;
};

const apiReference = (call: string) => `EC2 API Reference, ${call}`;
const idempotency = 'EC2 Developer Guide, "Ensuring idempotency in Amazon EC2 API requests"';
const enis = 'EC2 User Guide, "Elastic network interfaces"';
const statusChecks = 'EC2 User Guide, "Status checks for Amazon EC2 instances"';

/** Where an implementation departs from AWS, and how. Whoever mends one finds a failing check, and strikes it out. */
export const divergences = {
  'fresh-status-check': {
    behaviour: 'the status check of an instance that has just begun to run',
    aws: { does: 'is initializing', source: statusChecks, outcome: 'initializing' },
    simulator: 'as-aws',
    moto: { does: 'is ok', outcome: 'ok' },
  },
  'fresh-console': {
    behaviour: 'the console of an instance that was launched a moment ago',
    aws: { does: 'has nothing on it', source: apiReference('GetConsoleOutput'), outcome: '' },
    simulator: 'as-aws',
    moto: { does: 'has a text of its own on it', outcome: 'Linux version' },
  },
  'attached-ebs-check': {
    behaviour: 'the status check of the attached volumes',
    aws: { does: 'is told for a Nitro instance', source: statusChecks, outcome: 'ok' },
    simulator: 'as-aws',
    moto: { does: 'is not told', outcome: undefined },
  },
  'launch-tags-interface': {
    behaviour: 'the tags that a launch has for the interface it makes',
    aws: { does: 'are on it', source: apiReference('RunInstances, TagSpecifications'), outcome: 'a' },
    simulator: 'as-aws',
    moto: { does: 'are dropped', outcome: 'no tag' },
  },
  'launch-interface-deleted-by-default': {
    behaviour: 'an interface that a launch makes, with nothing said about its end',
    aws: { does: 'is deleted on termination', source: enis, outcome: true },
    simulator: 'as-aws',
    moto: { does: 'is not', outcome: false },
  },
  'auto-recovery-kept': {
    behaviour: 'automatic recovery that a launch disables',
    aws: { does: 'is shown as disabled', source: 'EC2 User Guide, "Instance recovery"', outcome: 'disabled' },
    simulator: 'as-aws',
    moto: { does: 'is not shown', outcome: 'not told' },
  },
  'boot-takes-time': {
    behaviour: 'an instance right after its launch',
    aws: { does: 'is pending', source: 'EC2 User Guide, "Instance lifecycle"', outcome: 'pending' },
    simulator: 'as-aws',
    moto: { does: 'is running', outcome: 'running' },
  },
  'launch-on-interface-in-use': {
    behaviour: 'a launch on an interface that another instance has',
    aws: {
      does: 'is refused',
      source: 'EC2 API Reference, "Error codes"',
      outcome: 'InvalidNetworkInterface.InUse',
    },
    simulator: 'as-aws',
    moto: { does: 'is accepted', outcome: 'accepted' },
  },
  'delete-given-interface-on-termination': {
    behaviour: 'a launch that would have a given interface deleted on termination',
    aws: {
      does: 'is refused',
      source: apiReference('InstanceNetworkInterfaceSpecification, DeleteOnTermination'),
      outcome: 'InvalidParameterCombination',
    },
    simulator: 'as-aws',
    moto: { does: 'is accepted', outcome: 'accepted' },
  },
  'user-data-too-long': {
    behaviour: 'user data of more than 16 KB',
    aws: {
      does: 'is refused',
      source: 'EC2 User Guide, "Run commands when you launch an EC2 instance with user data input"',
      outcome: 'InvalidParameterValue',
    },
    simulator: 'as-aws',
    moto: { does: 'is accepted', outcome: 'accepted' },
  },
  'instance-shows-groups': {
    behaviour: 'the security groups of an instance on an interface that was there before it',
    aws: { does: 'are shown', source: apiReference('DescribeInstances'), outcome: 'those of the interface' },
    simulator: 'as-aws',
    moto: { does: 'are not shown', outcome: 'none' },
  },
  'launch-token-replayed': {
    behaviour: 'a launch sent again with its client token',
    aws: { does: 'gives the first instance', source: idempotency, outcome: 'the same instance' },
    simulator: 'as-aws',
    moto: { does: 'makes another instance', outcome: 'another instance' },
  },
  'launch-token-mismatch': {
    behaviour: 'another launch with a client token that is taken',
    aws: { does: 'is refused', source: idempotency, outcome: 'IdempotentParameterMismatch' },
    simulator: 'as-aws',
    moto: { does: 'is accepted', outcome: 'accepted' },
  },
  'spot-request-named': {
    behaviour: 'the Spot request of an instance from Spot capacity',
    aws: { does: 'is named', source: apiReference('Instance, spotInstanceRequestId'), outcome: 'named' },
    simulator: { does: 'is not named: nobody reads it', outcome: 'not named' },
    moto: { does: 'is not named', outcome: 'not named' },
  },
  'spot-once-and-stopped': {
    behaviour: 'a one-time Spot launch whose instance is to be stopped when Spot takes it back',
    aws: {
      does: 'is refused',
      source: apiReference('SpotMarketOptions, InstanceInterruptionBehavior'),
      outcome: 'InvalidParameterCombination',
    },
    simulator: 'as-aws',
    moto: { does: 'is accepted', outcome: 'accepted' },
  },
  'spot-tags-without-spot': {
    behaviour: 'tags for a Spot request of a launch that asks for none',
    aws: {
      does: 'are refused',
      source: 'no document: met by users (aws/aws-sdk-ruby#1718)',
      outcome: 'InvalidParameterValue',
    },
    simulator: 'as-aws',
    moto: { does: 'are accepted', outcome: 'accepted' },
  },
  'spot-token-mismatch': {
    behaviour: 'a launch on demand with the client token of one from Spot capacity',
    aws: { does: 'is refused', source: idempotency, outcome: 'IdempotentParameterMismatch' },
    simulator: 'as-aws',
    moto: { does: 'is accepted', outcome: 'accepted' },
  },
  'termination-frees-given-interface': {
    behaviour: 'an interface that was there before its instance, after the termination',
    aws: { does: 'is available', source: enis, outcome: 'available' },
    simulator: 'as-aws',
    moto: { does: 'stays in use', outcome: 'in-use' },
  },
  'termination-deletes-own-interface': {
    behaviour: 'an interface that the launch made, after the termination',
    aws: { does: 'is gone', source: enis, outcome: 'InvalidNetworkInterfaceID.NotFound' },
    simulator: 'as-aws',
    moto: { does: 'stays in use', outcome: 'in-use' },
  },
  'terminated-names-interface': {
    behaviour: 'the interfaces of a terminated instance',
    aws: { does: 'are not named', source: apiReference('DescribeInstances'), outcome: 'none' },
    simulator: 'as-aws',
    moto: { does: 'are named', outcome: 'as before' },
  },
  'termination-frees-address': {
    behaviour: 'the Elastic IP of a terminated instance',
    aws: { does: 'is on nothing', source: 'EC2 User Guide, "Elastic IP addresses"', outcome: 'on nothing' },
    simulator: 'as-aws',
    moto: { does: 'stays on the interface', outcome: 'still on the interface' },
  },
  'termination-blackholes-route': {
    behaviour: 'the route to the interface of a terminated instance',
    aws: {
      does: 'stays, as a blackhole',
      source: apiReference('Route, State'),
      outcome: { points: true, state: 'blackhole' },
    },
    simulator: 'as-aws',
    moto: { does: 'stays active', outcome: { points: true, state: 'active' } },
  },
  'interface-token-replayed': {
    behaviour: 'CreateNetworkInterface sent again with its client token',
    aws: { does: 'gives the first interface', source: idempotency, outcome: 'the same interface' },
    simulator: 'as-aws',
    moto: { does: 'makes another interface', outcome: 'another interface' },
  },
  'check-of-instance-and-interface': {
    behaviour: 'the source/destination check switched off on the interface',
    aws: { does: 'is off on its instance too', source: enis, outcome: [false, false] },
    simulator: 'as-aws',
    moto: { does: 'stays on on its instance', outcome: [true, false] },
  },
  'own-address-given-up': {
    behaviour: 'AssociatePublicIpAddress false on a running instance with an address of its own',
    aws: {
      does: 'takes the address off',
      source: apiReference('ModifyNetworkInterfaceAttribute'),
      outcome: ['accepted', 'no address'],
    },
    simulator: 'as-aws',
    moto: { does: 'does nothing', outcome: ['accepted', 'an address'] },
  },
  'two-attributes-at-once': {
    behaviour: 'two attributes of an interface in one call',
    aws: {
      does: 'are refused',
      source: apiReference('ModifyNetworkInterfaceAttribute'),
      outcome: 'InvalidParameterCombination',
    },
    simulator: 'as-aws',
    moto: { does: 'are accepted', outcome: 'accepted' },
  },
  'assigned-addresses-are-told': {
    behaviour: 'the addresses that AssignPrivateIpAddresses says it has assigned',
    aws: {
      does: 'are the new ones',
      source: apiReference('AssignPrivateIpAddresses'),
      outcome: 'the new ones',
    },
    simulator: 'as-aws',
    moto: { does: 'are all that the interface has', outcome: 'others too' },
  },
  'launch-with-secondary-address': {
    behaviour: 'the secondary private addresses that a launch wants for its interface',
    aws: { does: 'are there', source: apiReference('InstanceNetworkInterfaceSpecification'), outcome: '1' },
    simulator: 'as-aws',
    moto: { does: 'are not', outcome: '0' },
  },
  'more-addresses-than-the-type-has-room-for': {
    behaviour: 'a third private address for the interface of a t4g.nano',
    aws: {
      does: 'is refused',
      source: 'EC2 User Guide, "IP addresses per network interface per instance type"',
      outcome: 'PrivateIpAddressLimitExceeded',
    },
    simulator: 'as-aws',
    moto: { does: 'is assigned', outcome: 'accepted' },
  },
  'delete-interface-in-use': {
    behaviour: 'deleting the interface of a running instance',
    aws: {
      does: 'is refused',
      source: apiReference('DeleteNetworkInterface'),
      outcome: 'InvalidParameterValue',
    },
    simulator: 'as-aws',
    moto: { does: 'is accepted', outcome: 'accepted' },
  },
  'reassociation-by-default': {
    behaviour: 'an Elastic IP moved without a word about reassociation',
    aws: { does: 'moves', source: apiReference('AssociateAddress, AllowReassociation'), outcome: 'accepted' },
    simulator: 'as-aws',
    moto: { does: 'is refused', outcome: 'Resource.AlreadyAssociated' },
  },
  'address-displaced': {
    behaviour: 'the Elastic IP of an interface that is given another one',
    aws: { does: 'is set free', source: apiReference('AssociateAddress'), outcome: 'set free' },
    simulator: 'as-aws',
    moto: { does: 'says that it is still there', outcome: 'still on the interface' },
  },
  'address-on-secondary-private-address': {
    behaviour: 'an Elastic IP put on a secondary private address',
    aws: {
      does: 'is on that one',
      source: apiReference('AssociateAddress, PrivateIpAddress'),
      outcome: 'the secondary one',
    },
    simulator: 'as-aws',
    moto: { does: 'is on the primary one', outcome: 'the primary one' },
  },
  'private-address-of-no-interface': {
    behaviour: 'an Elastic IP for a private address that the interface does not have',
    aws: {
      does: 'is refused; with which code is assumed',
      source: apiReference('AssociateAddress, PrivateIpAddress'),
      outcome: 'InvalidParameterValue',
    },
    simulator: 'as-aws',
    moto: { does: 'is put on the primary one', outcome: 'accepted' },
  },
  'address-names-instance': {
    behaviour: "the instance of an Elastic IP on the instance's interface",
    aws: { does: 'is named', source: apiReference('DescribeAddresses'), outcome: 'the instance' },
    simulator: 'as-aws',
    moto: { does: 'is not', outcome: '' },
  },
  'address-leaves-former-interface': {
    behaviour: 'an interface whose Elastic IP has moved away',
    aws: {
      does: 'has none',
      source: apiReference('DescribeNetworkInterfaces'),
      outcome: 'no association',
    },
    simulator: 'as-aws',
    moto: { does: 'says that it still has it', outcome: 'an association' },
  },
  'address-for-pending-instance': {
    behaviour: 'an Elastic IP for the interface of a pending instance',
    aws: {
      does: 'is refused',
      source: 'EC2 API Reference, "Error codes"',
      outcome: 'IncorrectInstanceState',
    },
    simulator: 'as-aws',
    moto: { does: 'is accepted', outcome: 'accepted' },
  },
  'interface-route-names-instance': {
    behaviour: "a route to a running instance's interface names",
    aws: { does: 'both', source: apiReference('DescribeRouteTables'), outcome: 'both' },
    simulator: 'as-aws',
    moto: { does: 'the interface only', outcome: 'the interface only' },
  },
  'instance-route-names-interface': {
    behaviour: 'a route to an instance names',
    aws: { does: 'both', source: apiReference('DescribeRouteTables'), outcome: 'both' },
    simulator: 'as-aws',
    moto: { does: 'the instance only', outcome: 'the instance only' },
  },
  'create-route-twice': {
    behaviour: 'CreateRoute for a destination that has a route',
    aws: {
      does: 'is refused',
      source: 'EC2 API Reference, "Error codes"',
      outcome: { outcome: 'RouteAlreadyExists', route: 'as before' },
    },
    simulator: 'as-aws',
    moto: { does: 'writes over it', outcome: { outcome: 'accepted', route: 'overwritten' } },
  },
  'route-to-unknown-nat-gateway': {
    behaviour: 'a route to a NAT gateway that does not exist',
    aws: {
      does: 'is refused',
      source: 'EC2 API Reference, "Error codes"',
      outcome: 'InvalidNatGatewayID.NotFound',
    },
    simulator: 'as-aws',
    moto: { does: 'is accepted', outcome: 'accepted' },
  },
  'deprecated-images-hidden': {
    behaviour: 'deprecated images',
    aws: {
      does: 'are listed only when they are asked for',
      source: 'EC2 User Guide, "Deprecate an Amazon EC2 AMI"',
      outcome: { unasked: false, asked: true },
    },
    simulator: 'as-aws',
    moto: { does: 'are always listed', outcome: { unasked: true, asked: true } },
  },
  'image-creation-date': {
    behaviour: 'the creation date of an Amazon Linux image',
    aws: { does: 'is the one in its name', source: apiReference('Image'), outcome: 'as in its name' },
    simulator: 'as-aws',
    moto: { does: 'is now', outcome: 'another' },
  },
  'image-details': {
    behaviour: 'ENA, IMDS and deprecation of an Amazon Linux 2023 image',
    aws: {
      does: 'are told',
      source: apiReference('Image'),
      outcome: { EnaSupport: true, ImdsSupport: 'v2.0', deprecation: 'told' },
    },
    simulator: 'as-aws',
    moto: {
      does: 'are not',
      outcome: { EnaSupport: undefined, ImdsSupport: undefined, deprecation: 'not told' },
    },
  },
  'tags-on-nothing': {
    behaviour: 'tags for an instance that does not exist',
    aws: {
      does: 'are refused',
      source: 'EC2 API Reference, "Error codes"',
      outcome: 'InvalidInstanceID.NotFound',
    },
    simulator: 'as-aws',
    moto: { does: 'are accepted', outcome: 'accepted' },
  },
} as const satisfies Readonly<Record<string, Divergence>>;

export type DivergenceId = keyof typeof divergences;

/** The ids of the list above. */
export const divergenceIds = Object.keys(divergences).filter((id): id is DivergenceId => id in divergences);
