import {
  type HostPlan,
  hostIp,
  internetGatewayIp,
  publicPools,
  routerIpFor,
  vpcCidr,
} from './address-plan.ts';
import { addNamespace, configure, type Namespace, runIn, setSysctl } from './namespaces.ts';

/** What the VPC holds for its interfaces at one moment, apart from routes. */
export type Policy = {
  /** Public address to private address. */
  readonly elastic: ReadonlyMap<string, string>;
  /** Devices of the router whose source/destination check is on, with the addresses behind them. */
  readonly checked: ReadonlyMap<string, readonly string[]>;
  /** Devices behind which nothing lives any more, although the interface exists. */
  readonly dead: ReadonlySet<string>;
};

export type AddressMove = {
  readonly publicIp: string;
  readonly from: string;
  readonly to: string;
  /** The public address that `to` had before. */
  readonly givenUp?: string;
};

export const internetDevice = 'inet';

/**
 * The VPC's router with its internet gateway. A packet from a private subnet goes by the route table of that subnet; the
 * gateway translates one public address to one private address, keeps no state, and drops what has no public address.
 */
export class Router {
  readonly namespace: Namespace;

  private constructor(namespace: Namespace) {
    this.namespace = namespace;
  }

  static async create(): Promise<Router> {
    const router = new Router(await addNamespace('router'));
    await setSysctl(router.namespace, {
      'net.ipv4.ip_forward': 1,
      'net.ipv4.conf.all.send_redirects': 0,
      'net.ipv4.conf.default.send_redirects': 0,
      'net.ipv4.conf.all.rp_filter': 0,
      'net.ipv4.conf.default.rp_filter': 0,
    });
    // The local route of a VPC comes before every other.
    await configure(router.namespace, [`rule add pref 100 to ${vpcCidr} lookup main`]);
    await runIn(router.namespace, ['nft', '-f', '-'], staticRules);
    return router;
  }

  async connectInternet(internet: Namespace): Promise<void> {
    await configure(this.namespace, [
      `link add ${internetDevice} type veth peer name eth0 netns ${internet.name}`,
      `addr add ${internetGatewayIp}/24 dev ${internetDevice}`,
      `link set ${internetDevice} up`,
    ]);
  }

  async connectHost(plan: HostPlan, host: Namespace): Promise<void> {
    const device = hostDevice(plan);
    const gateway = routerIpFor(hostIp(plan));
    await configure(this.namespace, [
      `link add ${device} type veth peer name eth0 netns ${host.name}`,
      `addr add ${gateway}/24 dev ${device}`,
      `link set ${device} up`,
      `rule add pref 200 iif ${device} lookup ${tableOf(plan)}`,
      // Under every default route lies this one: a route whose device has gone must not fall through to another table.
      `route add blackhole default metric 4000 table ${tableOf(plan)}`,
    ]);
    await configure(host, [
      `addr add ${hostIp(plan)}/24 dev eth0`,
      'link set eth0 up',
      `route add default via ${gateway}`,
    ]);
  }

  /** The router's end is down until the instance is set up. */
  async prepareNat(device: string, addresses: readonly string[], nat: Namespace): Promise<void> {
    const [first = ''] = addresses;
    await configure(this.namespace, [
      `link add ${device} type veth peer name eth0 address ${macOf(first)} netns ${nat.name}`,
      `addr add ${routerIpFor(first)}/32 dev ${device}`,
    ]);
    await configure(nat, [
      // Only its primary address: DHCP gives an instance no other.
      `addr add ${first}/24 dev eth0`,
      'link set eth0 up',
      `route add default via ${routerIpFor(first)}`,
    ]);
    // Instances of one subnet reach each other through the VPC's router, which answers for all of them.
    await setSysctl(this.namespace, { [`net.ipv4.conf.${device}.proxy_arp`]: 1 });
  }

  async connectNat(device: string, addresses: readonly string[]): Promise<void> {
    await configure(this.namespace, [
      `link set ${device} up`,
      ...addresses.flatMap((address) => [
        `route add ${address}/32 dev ${device}`,
        // A VPC delivers by interface: no instance is asked for an address of its.
        `neigh replace ${address} lladdr ${macOf(addresses[0] ?? '')} dev ${device} nud permanent`,
      ]),
    ]);
  }

  async disconnectNat(device: string): Promise<void> {
    await configure(this.namespace, [`link delete ${device}`]);
  }

  /** The default routes of private subnets, in one go: through an address behind a device, or into the blackhole. */
  async setRoutes(
    routes: readonly {
      readonly plan: HostPlan;
      readonly via?: { readonly address: string; readonly device: string };
    }[],
  ): Promise<void> {
    const lines = routes.map(({ plan, via }) =>
      via === undefined
        ? `route replace blackhole default table ${tableOf(plan)}`
        : `route replace default via ${via.address} dev ${via.device} onlink table ${tableOf(plan)}`,
    );
    await configure(this.namespace, lines);
  }

  /** One public address goes from one private address to another, which gives up what it had, in one transaction. */
  async moveAddress({ publicIp, from, to, givenUp }: AddressMove): Promise<void> {
    const pairs = (outer: string, inner: string) => [
      `element ip vpc inward { ${outer} : ${inner} }`,
      `element ip vpc outward { ${inner} : ${outer} }`,
    ];
    const gone = [...pairs(publicIp, from), ...(givenUp === undefined ? [] : pairs(givenUp, to))];
    const text = [...gone.map((one) => `delete ${one}`), ...pairs(publicIp, to).map((one) => `add ${one}`)];
    await runIn(this.namespace, ['nft', '-f', '-'], `${text.join('\n')}\n`);
  }

  /**
   * Security groups of the NAT instances, from now on: what comes from outside the VPC gets in where it answers what the same
   * interface has sent, or where `inbound` lets it in. TCP only: nothing else is held here.
   */
  async groupNats(inbound?: string): Promise<void> {
    await runIn(this.namespace, ['nft', '-f', '-'], groupRules(inbound));
  }

  /** Elastic IPs, checks and dead interfaces, in one transaction. */
  async setPolicy({ elastic, checked, dead }: Policy): Promise<void> {
    const pairs = [...elastic];
    const own = [...checked].flatMap(([device, addresses]) => addresses.map((one) => `"${device}" . ${one}`));
    const quoted = (devices: Iterable<string>) => [...devices].map((device) => `"${device}"`);
    const text = [
      ...replaceElements(
        'map',
        'inward',
        pairs.map(([outer, inner]) => `${outer} : ${inner}`),
      ),
      ...replaceElements(
        'map',
        'outward',
        pairs.map(([outer, inner]) => `${inner} : ${outer}`),
      ),
      ...replaceElements('set', 'own', own),
      ...replaceElements('set', 'checked', quoted(checked.keys())),
      ...replaceElements('set', 'dead', quoted(dead)),
    ];
    await runIn(this.namespace, ['nft', '-f', '-'], `${text.join('\n')}\n`);
  }
}

function macOf(address: string): string {
  const octets = address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'));
  return ['02', '00', ...octets].join(':');
}

export function hostDevice({ name }: HostPlan): string {
  return `host-${name}`;
}

function tableOf({ third }: HostPlan): number {
  return 1_000 + third;
}

function replaceElements(kind: 'map' | 'set', name: string, elements: readonly string[]): string[] {
  const flush = `flush ${kind} ip vpc ${name}`;
  return elements.length === 0 ? [flush] : [flush, `add element ip vpc ${name} { ${elements.join(', ')} }`];
}

const pools = `{ ${publicPools.join(', ')} }`;

/**
 * The source/destination check and the gateway. No connection is tracked here, as in a VPC. The router never speaks ICMP:
 * EC2 drops in silence what it cannot deliver, and an "unreachable" would end connections that may still go on.
 */
const staticRules = `table ip vpc {
  map inward { type ipv4_addr : ipv4_addr; }
  map outward { type ipv4_addr : ipv4_addr; }
  set checked { type ifname; }
  set own { type ifname . ipv4_addr; }
  set dead { type ifname; }
  chain arriving {
    type filter hook prerouting priority -310; policy accept;
    notrack
    iifname @dead drop
    iifname @checked iifname . ip saddr != @own drop
    iifname "${internetDevice}" ip daddr ${vpcCidr} drop
    iifname "${internetDevice}" ip daddr set ip daddr map @inward
    iifname "${internetDevice}" ip daddr ${pools} drop
  }
  chain leaving {
    type filter hook postrouting priority 300; policy accept;
    oifname @dead drop
    oifname @checked oifname . ip daddr != @own drop
    oifname "${internetDevice}" ip saddr set ip saddr map @outward
    oifname "${internetDevice}" ip saddr != ${pools} drop
  }
  chain own_words {
    type filter hook output priority 0; policy accept;
    meta l4proto icmp drop
  }
}
`;

/**
 * A group tracks flows by interface. That it begins to with a packet from the middle of a connection is taken for granted;
 * AWS does not say. 350 s: what a flow may be silent on newer types (EC2 User Guide, "Security group connection tracking").
 */
function groupRules(inbound?: string): string {
  return `table ip groups {
  set flows {
    typeof iifname . ip saddr . tcp sport . ip daddr . tcp dport
    flags dynamic, timeout; size 65536; timeout 350s
  }
  chain sent {
    type filter hook prerouting priority -305; policy accept;
    iifname "nat*" ip daddr != ${vpcCidr} meta l4proto tcp update @flows { iifname . ip saddr . tcp sport . ip daddr . tcp dport }
  }
  chain received {
    type filter hook postrouting priority 310; policy accept;
    oifname != "nat*" accept
    ip saddr ${vpcCidr} accept
    meta l4proto != tcp accept
    oifname . ip daddr . tcp dport . ip saddr . tcp sport @flows accept
    ${inbound === undefined ? '' : `tcp dport ${inbound} accept`}
    drop
  }
}
`;
}
