import { attempt } from '../commands.ts';
import type { Metadata } from '../programs/protocol.ts';
import { type HostPlan, hostIp, hostPlans, service, servicePort, webNames } from './address-plan.ts';
import { Internet } from './internet.ts';
import { addNamespace, attemptIn, configure, type Namespace, removeOwn, runIn } from './namespaces.ts';
import { NatInstance } from './nat-instance.ts';
import { hostDevice, type Policy, Router } from './router.ts';

export type Host = { readonly plan: HostPlan; readonly namespace: Namespace };

/** What `curl --head` of the web server came to. */
export type HeadAnswer =
  | { readonly ok: true; readonly status: number; readonly seenAddress: string }
  | { readonly ok: false; readonly why: string };

/** A VPC with its private hosts and the internet around it; NAT instances come and go. */
export class Lab {
  readonly router: Router;
  readonly internet: Internet;
  readonly hosts: readonly Host[];
  readonly filesDir: string;
  readonly #clients = new Map<string, readonly string[]>();

  private constructor(router: Router, internet: Internet, hosts: readonly Host[], filesDir: string) {
    this.router = router;
    this.internet = internet;
    this.hosts = hosts;
    this.filesDir = filesDir;
  }

  static async build(filesDir: string): Promise<Lab> {
    await widenBacklog();
    const router = await Router.create();
    const internet = await Internet.create(router);
    const hosts = await Promise.all(
      hostPlans.map(async (plan) => ({ plan, namespace: await addNamespace(`host-${plan.name}`) })),
    );
    for (const { plan, namespace } of hosts) await router.connectHost(plan, namespace);
    const lab = new Lab(router, internet, hosts, filesDir);
    await lab.setPolicy({ elastic: new Map(), checked: new Map(), dead: new Set() });
    return lab;
  }

  async dispose(): Promise<void> {
    await removeOwn();
  }

  host(name: string): Host {
    const found = this.hosts.find(({ plan }) => plan.name === name);
    if (found === undefined) throw new Error(`the lab has no host ${name}`);
    return found;
  }

  /**
   * So many clients in the subnet of a host, each an address of that host's interface. To the router, to TCP and to what
   * tracks connections they are as good as hosts of their own, and 40 of them take one process. Before `setPolicy`.
   */
  async addClients(name: string, count: number): Promise<readonly string[]> {
    const { plan, namespace } = this.host(name);
    const clients = Array.from({ length: count }, (_, index) => `10.0.${plan.third}.${11 + index}`);
    await configure(
      namespace,
      clients.map((client) => `addr add ${client}/24 dev eth0`),
    );
    this.#clients.set(name, clients);
    return clients;
  }

  /** Stateful security groups of a host's clients without an inbound rule: only answers to what they sent come in. */
  async closeSecurityGroup(name: string): Promise<void> {
    await runIn(this.host(name).namespace, ['nft', '-f', '-'], closedGroup);
  }

  async bootNat(
    addresses: readonly string[],
    env: Readonly<Record<string, string>> = {},
    metadata?: Metadata,
  ): Promise<NatInstance> {
    const { router, filesDir } = this;
    return NatInstance.boot(router, { addresses, env, filesDir, ...(metadata && { metadata }) });
  }

  /** The policy of the NAT interfaces; private hosts are checked as EC2 checks every interface, but for those named. */
  async setPolicy(policy: Policy, uncheckedHosts: readonly string[] = []): Promise<void> {
    const checkedHosts = hostPlans
      .filter(({ name }) => !uncheckedHosts.includes(name))
      .map((plan) => [hostDevice(plan), [hostIp(plan), ...(this.#clients.get(plan.name) ?? [])]] as const);
    await this.router.setPolicy({ ...policy, checked: new Map([...policy.checked, ...checkedHosts]) });
  }

  /** What a private host sees of the web server, waiting two seconds at most. */
  async head(host: Host, name: string = webNames[0] ?? ''): Promise<HeadAnswer> {
    const where = [
      '--resolve',
      `${name}:${servicePort}:${service.web}`,
      '--cacert',
      this.internet.certificateFile,
    ];
    const command = [
      'curl',
      '--silent',
      '--show-error',
      '--head',
      '--max-time',
      '2',
      ...where,
      `https://${name}/`,
    ];
    const { code, stdout, stderr } = await attemptIn(host.namespace, command);
    if (code !== 0) return { ok: false, why: stderr.trim() };
    const status = Number(/^HTTP\/\S+ (\d+)/.exec(stdout)?.[1]);
    return { ok: true, status, seenAddress: /^x-seen-address: (.*)$/im.exec(stdout)?.[1]?.trim() ?? '' };
  }

  /** The same, asked again while there is no answer, for half a minute. */
  async headInTheEnd(host: Host): Promise<HeadAnswer> {
    let answer = await this.head(host);
    for (let tries = 1; tries < 15 && !answer.ok; tries += 1) answer = await this.head(host);
    return answer;
  }
}

/** What an instance has (nat-settings.conf) no namespace has of its own: all of them share the machine's. */
async function widenBacklog(): Promise<void> {
  const key = 'net.core.netdev_max_backlog';
  const { stdout } = await attempt('sysctl', ['--values', key]);
  if (Number(stdout) < 4_096) await attempt('sysctl', ['--quiet', '--write', `${key}=4096`]);
}

const closedGroup = `table ip security_group {
  chain input {
    type filter hook input priority filter; policy drop;
    iif lo accept
    ct state established accept
  }
}
`;
