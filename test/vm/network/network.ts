import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { attempt, type Outcome, run } from '../../lab/commands.ts';
import { service } from '../../lab/network/address-plan.ts';
import type { ConnectionsArgument, ConnectionsResult } from '../../lab/programs/protocol.ts';
import { Worker } from '../../lab/programs/worker.ts';
import { internet, names, natMac, publicIp, vpc } from './addresses.ts';

export type Place = 'router' | 'client' | 'internet' | 'nat';

export type Metadata = {
  readonly userData: Buffer;
  readonly instanceId: string;
  /** Of the metadata service: 2 alone, as the launch asks for, or 1 besides. */
  readonly version: '1 and 2' | '2';
};

/** On the router: one end of the cable to the NAT instance, whatever the other end is. */
export const natDevice = 'nat';
export const bridge = 'public';

/**
 * A VPC with one NAT instance, in network namespaces: a router that is DHCP server, resolver, metadata service and internet
 * gateway, a client whose default route goes through the instance, and an internet.
 */
export class Network {
  readonly #name: string;
  readonly #folder: string;
  readonly #programs: ChildProcess[] = [];
  #packages: ChildProcess | undefined;

  private constructor(name: string, folder: string) {
    this.#name = name;
    this.#folder = folder;
  }

  /** `folder` is its own, for small files. Needs a /run/netns of this process's own. */
  static async build(name: string, folder: string): Promise<Network> {
    const network = new Network(name, folder);
    for (const place of ['router', 'client', 'internet'] as const) await network.addPlace(place);
    await network.#connect();
    await network.#serveInternet();
    await network.#serveAddresses();
    return network;
  }

  namespace(place: Place): string {
    return `${this.#name}-${place}`;
  }

  async addPlace(place: Place): Promise<void> {
    await run('ip', ['netns', 'add', this.namespace(place)]);
    await this.#ip(place, ['link set lo up']);
  }

  /** With every process and device in it. */
  async removePlace(place: Place): Promise<void> {
    const { stdout } = await attempt('ip', ['netns', 'pids', this.namespace(place)]);
    for (const pid of stdout.split('\n').filter((line) => line !== '')) end(Number(pid));
    await attempt('ip', ['netns', 'delete', this.namespace(place)]);
  }

  #ip(place: Place, lines: readonly string[]): Promise<string> {
    return run('ip', ['-n', this.namespace(place), '-batch', '-'], `${lines.join('\n')}\n`);
  }

  attemptIn(place: Place, command: readonly string[], input = ''): Promise<Outcome> {
    return attempt('ip', ['netns', 'exec', this.namespace(place), ...command], input);
  }

  async #runIn(place: Place, command: readonly string[], input = ''): Promise<void> {
    await run('ip', ['netns', 'exec', this.namespace(place), ...command], input);
  }

  async #connect(): Promise<void> {
    const forwarding = ['all.rp_filter=0', 'default.rp_filter=0', 'all.send_redirects=0'];
    await this.#runIn('router', [
      'sysctl',
      '--quiet',
      '--write',
      'net.ipv4.ip_forward=1',
      ...['default.send_redirects=0', ...forwarding].map((setting) => `net.ipv4.conf.${setting}`),
    ]);
    await this.#ip('router', [
      `link add ${bridge} address 02:00:0a:00:00:01 type bridge`,
      `link set ${bridge} mtu 9001 up`,
      ...[`${vpc.router}/24`, `${vpc.resolver}/32`, `${vpc.metadata}/32`].map(
        (address) => `addr add ${address} dev ${bridge}`,
      ),
      // A VPC delivers by interface: no instance is asked for its address, and none is given up as unreachable.
      `neigh replace ${vpc.nat} lladdr ${natMac} dev ${bridge} nud permanent`,
      `link add client mtu 9001 type veth peer name eth0 mtu 9001 netns ${this.namespace('client')}`,
      `addr add ${vpc.clientRouter}/24 dev client`,
      'link set client up',
      `link add inet type veth peer name eth0 netns ${this.namespace('internet')}`,
      `addr add ${internet.gateway}/24 dev inet`,
      'link set inet up',
      `rule add pref 100 to ${vpc.cidr} lookup main`,
      'rule add pref 200 iif client lookup 100',
      `route add default via ${vpc.nat} dev ${bridge} table 100`,
    ]);
    await this.#runIn('router', ['nft', '-f', '-'], gatewayRules);
    await this.#ip('client', [
      `addr add ${vpc.client}/24 dev eth0`,
      'link set eth0 up',
      `route add default via ${vpc.clientRouter}`,
    ]);
    await this.#ip('internet', [
      ...Object.values(internet)
        .filter((address) => address !== internet.gateway)
        .map((address) => `addr add ${address}/24 dev eth0`),
      'link set eth0 up',
      `route add 203.0.113.0/24 via ${internet.gateway}`,
    ]);
  }

  /** A cable to a namespace in which the instance is process 1. */
  async plugIn(): Promise<void> {
    await this.addPlace('nat');
    // The end of an earlier cable goes some time after the namespace of the other end.
    await attempt('ip', ['-n', this.namespace('router'), 'link', 'delete', natDevice]);
    await this.#ip('router', [
      `link add ${natDevice} mtu 9001 type veth peer name ens5 mtu 9001 address ${natMac} netns ${this.namespace('nat')}`,
      `link set ${natDevice} master ${bridge} up`,
    ]);
  }

  /** A cable to a virtual machine. */
  async plugInTap(): Promise<void> {
    await this.#ip('router', [`tuntap add ${natDevice} mode tap`]);
    await this.#ip('router', [
      `link set ${natDevice} mtu 9001 master ${bridge} up`,
      `link set ${bridge} mtu 9001`,
    ]);
  }

  async #serveInternet(): Promise<void> {
    const [key, certificate] = [join(this.#folder, 'key.pem'), join(this.#folder, 'certificate.pem')];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    await run('openssl', ['req', '-x509', ...kind, '-subj', '/CN=web', '-keyout', key, '-out', certificate]);
    await this.#start('internet', 'web', [key, certificate]);
  }

  async #serveAddresses(): Promise<void> {
    const file = join(this.#folder, 'dnsmasq.conf');
    writeFileSync(file, `${dnsmasq(join(this.#folder, 'leases')).join('\n')}\n`);
    const command = ['netns', 'exec', this.namespace('router'), 'dnsmasq', '--keep-in-foreground'];
    this.#programs.push(spawn('ip', [...command, `--conf-file=${file}`, '--user=root'], { stdio: 'ignore' }));
  }

  /** The metadata service tells this user data from now on, as EC2 hands it out. */
  async serveMetadata({ userData, instanceId, version }: Metadata): Promise<void> {
    this.handOut(userData);
    await this.#start('router', 'metadata', [this.#userDataFile, instanceId, version]);
  }

  get #userDataFile(): string {
    return join(this.#folder, 'user-data');
  }

  /** Other user data, as of another launch. */
  handOut(userData: Buffer): void {
    writeFileSync(this.#userDataFile, userData);
  }

  /** Packets come from the client without end, to be forwarded or not. */
  async startMeter(): Promise<void> {
    await this.#start('client', 'meter', []);
  }

  async openRepositories(folder: string): Promise<void> {
    this.#packages = await this.#start('internet', 'packages', [folder]);
  }

  closeRepositories(): void {
    this.#packages?.kill();
    this.#packages = undefined;
  }

  /** One of ./programs, until the network is taken down; resolves when it serves. */
  async #start(place: Place, program: string, args: readonly string[]): Promise<ChildProcess> {
    const file = fileURLToPath(new URL(`../programs/${program}.ts`, import.meta.url));
    const command = ['netns', 'exec', this.namespace(place), process.execPath, file, ...args];
    const child = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#programs.push(child);
    for await (const _ of createInterface({ input: child.stdout })) return child;
    throw new Error(`${program} ended before it served`);
  }

  /** The lab's servers of connections that last. */
  async serveConnections(): Promise<void> {
    const { echo, upload, download } = service;
    await this.#ip(
      'internet',
      [echo, upload, download].map((address) => `addr add ${address}/24 dev eth0`),
    );
    await Worker.start({ name: this.namespace('internet') }, 'internet-server', {});
  }

  /** Whatever comes to this address of the internet's is dropped, or no longer. */
  async silence(address: string, isSilent: boolean): Promise<void> {
    const chain = 'type filter hook prerouting priority raw; policy accept;';
    const rules = isSilent
      ? `table ip silent { chain arriving { ${chain} ip daddr ${address} drop; }; }\n`
      : 'delete table ip silent\n';
    await this.#runIn('internet', ['nft', '-f', '-'], rules);
  }

  /** A client holds connections to those servers until it is asked what became of them. */
  holdConnections(argument: ConnectionsArgument): Promise<Worker<ConnectionsResult>> {
    return Worker.start({ name: this.namespace('client') }, 'connections', argument);
  }

  /** What a client sees of a page, waiting some seconds at most. */
  async get(url: string, more: readonly string[] = []): Promise<{ status: number; body: string }> {
    const quiet = ['--silent', '--insecure', '--max-time', '4', '--write-out', '\n%{http_code}'];
    const { stdout } = await this.attemptIn('client', ['curl', ...quiet, ...more, url]);
    const lines = stdout.trimEnd().split('\n');
    return { status: Number(lines.at(-1) ?? 0), body: lines.slice(0, -1).join('\n').trim() };
  }

  async takeDown(): Promise<void> {
    for (const program of this.#programs.splice(0)) program.kill('SIGKILL');
    for (const place of ['nat', 'router', 'client', 'internet'] as const) await this.removePlace(place);
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}

/** One public address to one private address, without state. The router speaks no ICMP: EC2 drops in silence. */
const gatewayRules = `table ip vpc {
  chain arriving {
    type filter hook prerouting priority -310; policy accept;
    notrack
    iifname "inet" ip daddr ${publicIp} ip daddr set ${vpc.nat}
    iifname "inet" ip daddr 203.0.113.0/24 drop
  }
  chain leaving {
    type filter hook postrouting priority 300; policy accept;
    oifname "inet" ip saddr ${vpc.nat} ip saddr set ${publicIp}
    oifname "inet" ip saddr != 203.0.113.0/24 drop
  }
  chain own_words {
    type filter hook output priority 0; policy accept;
    meta l4proto icmp drop
  }
}
`;

function dnsmasq(leases: string): string[] {
  return [
    `interface=${bridge}`,
    'bind-interfaces',
    `listen-address=${vpc.resolver}`,
    'no-resolv',
    'no-hosts',
    'no-ping',
    'dhcp-authoritative',
    'dhcp-range=10.0.0.3,static,255.255.255.0,1h',
    `dhcp-host=${natMac},${vpc.nat}`,
    `dhcp-option=option:router,${vpc.router}`,
    `dhcp-option=option:dns-server,${vpc.resolver}`,
    'dhcp-option=option:mtu,9001',
    'dhcp-option=option:domain-name,ec2.internal',
    ...Object.entries(names).map(([suffix, address]) => `address=/${suffix}/${address}`),
    // All others: there is no server to ask.
    'address=/#/',
    'local-ttl=5',
    'pid-file',
    `dhcp-leasefile=${leases}`,
  ];
}
