// Written by npm run cdk:options from the stack's parameters. Change scripts/cdk-options.ts or template.yaml, not this.

import * as values from './values';

/** The stack's parameters, without those of VPC and zones. What is absent is as the template has it. */
export interface PhoenatOptions {
  /**
   * IPv4 CIDR ranges whose traffic the NAT instances accept. Up to 5. If empty, only the traffic of client
   * security groups is accepted. PhoenatProvider takes the VPC's primary range if this is absent.
   */
  readonly clientCidrs?: readonly string[];
  /**
   * IDs of security groups whose members' traffic the NAT instances accept too. Up to 3. The group that this stack
   * creates (output clientSecurityGroupId) is always accepted. If clientCidrs is not empty, the address of a
   * member must also be in one of those ranges.
   */
  readonly clientSecurityGroups?: readonly string[];
  /**
   * What clients may send to the internet. https: TCP port 443. web: TCP ports 80 and 443. all: every protocol and
   * port, as through a NAT gateway.
   *
   * @default 'web'
   */
  readonly traffic?: 'https' | 'web' | 'all';
  /**
   * IPv4 CIDR ranges that clients may reach: 203.0.113.0/24 (TCP port 443), 203.0.113.7/32:5432 (TCP port 5432),
   * 198.51.100.0/24:123/udp (UDP port 123). Clients then reach nothing else, whatever traffic says, except
   * allowedDomains. If empty, destinations are not restricted by address.
   */
  readonly egressAllowList?: readonly string[];
  /**
   * Domain names that clients may reach over HTTP and HTTPS: example.com, or .example.com for it and all its
   * subdomains. Clients then reach nothing else, whatever traffic says, except egressAllowList. If empty,
   * destinations are not restricted by name.
   */
  readonly allowedDomains?: readonly string[];
  /**
   * IPv4 CIDR range from which SSH to the NAT instances is allowed. They have no key pair; EC2 Instance Connect
   * can send a key, if the AMI supports it. If empty, SSH is closed: Session Manager needs no open port.
   */
  readonly adminCidr?: string;
  /**
   * The AMI of the NAT instances: al2023 (Amazon Linux 2023), fck-nat, amzn-ami-vpc-nat (x86_64 only, end of
   * life), an AMI ID (ami-…), or an owner and a name pattern, such as self:my-nat-*. The newest match is taken at
   * each launch.
   *
   * @default 'al2023'
   */
  readonly amiSelector?: string;
  /**
   * EC2 instance types in the order in which they are tried. Name more than one: if EC2 has no capacity for the
   * first, the next one is launched.
   *
   * @default ['t4g.nano', 't4g.micro']
   */
  readonly instanceTypes?: readonly string[];
  /**
   * spot: launches ask for Spot capacity first, which costs a fraction, and are on demand where EC2 refuses it,
   * where a neighbouring zone depends on a new Spot Instance or is in trouble, or where one did not last an hour
   * or got a warning in it. EC2 may take a Spot Instance back two minutes after a warning, and Phoenat replaces it
   * then. The account needs Spot's service-linked role (docs/security.md). What runs stays as it is until its next
   * launch. on-demand: no launch asks for Spot.
   *
   * @default 'on-demand'
   */
  readonly marketType?: 'on-demand' | 'spot';
  /**
   * Size of the encrypted root volume in GiB, 8 to 100.
   *
   * @default 8
   */
  readonly volumeGiB?: number;
  /**
   * ARN of the customer managed KMS key that is the default for EBS encryption in this account and Region. Without
   * it, Phoenat may not launch instances with that key. Leave empty if the default is the AWS managed key
   * (aws/ebs).
   */
  readonly volumeKeyArn?: string;
  /**
   * Days after which an instance is replaced by one from the newest AMI, 1 to 365. 0 means never.
   *
   * @default 0
   */
  readonly maxInstanceAgeDays?: number;
  /**
   * Seconds in which a new instance must be ready, 120 to 3600. After that it is terminated and another is
   * launched.
   *
   * @default 600
   */
  readonly readyTimeoutSeconds?: number;
  /**
   * Seconds for which an instance that is stopped or terminated (with standIn: true and several zones, or a
   * standby, also one that is rebooted) holds its shutdown at most, 0 to 180. It goes on forwarding until its
   * public address has moved. Needs probe: true: without probes the zone is healed as if the instance were gone.
   * How long EC2 lets it hold is not known: it may switch the instance off sooner. 0: it does not hold it.
   *
   * @default 60
   */
  readonly handOverSeconds?: number;
  /**
   * Instances that may be launched in a zone within an hour, 1 to 20. At this number the zone's circuit breaker
   * opens: nothing is launched there until the first of them is an hour old.
   *
   * @default 5
   */
  readonly maxLaunchesPerHour?: number;
  /**
   * true: with several zones, each NAT instance gets a secondary private address and translates what comes from
   * other zones to it. A zone whose instance fails is then carried by the instance of the next zone, at its own
   * Elastic IP, until an instance of its own is ready. What a route leads to a neighbour without the zone's
   * Elastic IP is lost. Has no effect with one zone, allowedDomains or amzn-ami-vpc-nat. false: a zone without an
   * instance waits for a launch.
   *
   * @default true
   */
  readonly standIn?: boolean;
  /**
   * true: with one zone, a second NAT instance runs beside its own, in the same public subnet and with an Elastic
   * IP of its own. When the zone's instance fails, it carries the zone at the zone's own Elastic IP until there is
   * another. It costs as much as another zone. Refused with several zones, which stand in for one another
   * (standIn), with allowedDomains and with amzn-ami-vpc-nat. false: a zone without an instance waits for a
   * launch.
   *
   * @default false
   */
  readonly standby?: boolean;
  /**
   * true: each zone keeps a free network interface in its public subnet, so that a failover need not make one
   * first, which saves one round trip to EC2 (some 0.1 s) and works in a subnet that is full by then. It costs
   * nothing, and takes a private address of the subnet, or two where zones stand in for one another. false:
   * interfaces that nothing uses are deleted.
   *
   * @default true
   */
  readonly spareInterface?: boolean;
  /**
   * true: packets of TCP and UDP connections that are let through take the kernel's flow table, a short way past
   * most of its work, where the kernel has one: each costs less of the CPU then. Where it has none, the instance
   * forwards without, and its health answer says so. Its counters of what it lets through then stand still, and
   * are left out. The gain is not measured on EC2. false: every packet takes the usual way.
   *
   * @default false
   */
  readonly flowTable?: boolean;
  /**
   * Which TCP connections outlive a NAT instance that dies without a word, where no copy of them is known.
   * senders: those whose client sends something. all: those whose client only listens, too. For five minutes after
   * a boot, and after a public address has come to an instance, it copies each packet from a permitted server that
   * belongs to no known connection to the clients of its zone, or of all other zones where it stands in for one,
   * and only the owner answers. Such packets must reach the instance first, so its security group then lets TCP
   * 32768-65535 in from anywhere, and out to anywhere; the instance's own rules drop all else. Clients get copies
   * of packets that are not theirs. UDP, QUIC too, and connections through allowedDomains are not kept.
   *
   * @default 'senders'
   */
  readonly keepConnections?: 'senders' | 'all';
  /**
   * true: a Lambda function in the first private subnet of each zone sends requests through the NAT instance, at
   * least once a minute, and Phoenat acts on what it sees. false: there are no such functions, and Phoenat relies
   * on EC2's status checks, which pass for an instance that forwards nothing.
   *
   * @default true
   */
  readonly probe?: boolean;
  /**
   * Up to 5 HTTPS URLs that the probes request, best of several independent operators: a zone counts as cut off
   * only if none answers. egressAllowList and allowedDomains must allow them. If empty:
   * https://checkip.amazonaws.com/, https://www.gstatic.com/generate_204 and https://1.1.1.1/, as far as they are
   * allowed, and up to 5 in all of allowedDomains.
   */
  readonly probeTargets?: readonly string[];
  /**
   * auto: on where instances stand in for one another (standIn with two or more zones, or a standby), with probe:
   * true, and where the keys of tags have letters, digits and + - = . , _ : @ only; otherwise off, and the report
   * says why if it is the keys. on: with two or more zones, or a standby, each NAT instance pings that of another
   * zone five times a second, and 0.8 s of silence wakes Phoenat, which looks and asks the probes of both zones.
   * An instance that hangs is then found within seconds. Without probes it costs something and finds nothing;
   * other keys of tags are refused. off: nobody watches.
   *
   * @default 'auto'
   */
  readonly watch?: 'auto' | 'on' | 'off';
  /**
   * Tags of the NAT instances, their volumes and network interfaces. Up to 40; a value cannot contain a comma.
   * Tags.of(…) of the CDK reaches the other resources, and not these, which the controller launches.
   */
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * ARN of the IAM policy to set as permissions boundary of the roles that this stack creates, if your
   * organisation requires one. It must allow what docs/security.md lists. If empty, the roles have none.
   */
  readonly permissionsBoundary?: string;
  /**
   * Processor of the functions. Their code is the same on both. x86_64, for an organisation that asks for it,
   * costs a quarter more. The NAT instances' own is that of instanceTypes.
   *
   * @default 'arm64'
   */
  readonly architecture?: 'arm64' | 'x86_64';
  /**
   * CloudWatch namespace of Phoenat's metrics.
   *
   * @default 'Phoenat'
   */
  readonly metricNamespace?: string;
  /**
   * Days for which the logs of the Lambda functions are kept.
   *
   * @default 30
   */
  readonly logRetentionDays?: 1 | 3 | 5 | 7 | 14 | 30 | 60 | 90 | 180 | 365;
  /**
   * Email address for alarms that are worth waking somebody for and, if morningEmail is empty, for all others. AWS
   * mails a confirmation link for each of the two SNS topics; no alarm arrives before it is opened. If empty,
   * subscribe to the topic of the output alarmTopicArn yourself.
   */
  readonly alarmEmail?: string;
  /**
   * Email address for alarms that can wait until morning. AWS mails a confirmation link; no alarm arrives before
   * it is opened. If empty, they go to alarmEmail.
   */
  readonly morningEmail?: string;
  /**
   * Address of the page that the text of each alarm ends with, followed by its section (…#phoenat-zone-down). By
   * default it is the page in a checkout of Phoenat. Give the URL of a copy that whoever is woken can open, such
   * as in your wiki.
   *
   * @default 'docs/operations'
   */
  readonly runbookUrl?: string;
}

/** What an option comes to as a parameter of the stack; absent where the option is. */
export function parametersOf(options: PhoenatOptions): Record<string, string> {
  return values.present({
    ClientCidrs: values.list(options.clientCidrs),
    ClientSecurityGroups: values.list(options.clientSecurityGroups),
    Traffic: values.text(options.traffic),
    EgressAllowList: values.list(options.egressAllowList),
    AllowedDomains: values.list(options.allowedDomains),
    AdminCidr: values.text(options.adminCidr),
    AmiSelector: values.text(options.amiSelector),
    InstanceTypes: values.list(options.instanceTypes),
    MarketType: values.text(options.marketType),
    VolumeGiB: values.number(options.volumeGiB),
    VolumeKeyArn: values.text(options.volumeKeyArn),
    MaxInstanceAgeDays: values.number(options.maxInstanceAgeDays),
    ReadyTimeoutSeconds: values.number(options.readyTimeoutSeconds),
    HandOverSeconds: values.number(options.handOverSeconds),
    MaxLaunchesPerHour: values.number(options.maxLaunchesPerHour),
    StandIn: values.onOrOff(options.standIn),
    Standby: values.onOrOff(options.standby),
    SpareInterface: values.onOrOff(options.spareInterface),
    FlowTable: values.onOrOff(options.flowTable),
    KeepConnections: values.text(options.keepConnections),
    Probe: values.onOrOff(options.probe),
    ProbeTargets: values.list(options.probeTargets),
    Watch: values.text(options.watch),
    Tags: values.tags(options.tags),
    PermissionsBoundary: values.text(options.permissionsBoundary),
    Architecture: values.text(options.architecture),
    MetricNamespace: values.text(options.metricNamespace),
    LogRetentionDays: values.number(options.logRetentionDays),
    AlarmEmail: values.text(options.alarmEmail),
    MorningEmail: values.text(options.morningEmail),
    RunbookUrl: values.text(options.runbookUrl),
  });
}
