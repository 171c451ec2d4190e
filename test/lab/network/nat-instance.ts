import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { healthPort } from '../../../infra/nat-env.ts';
import { Worker } from '../programs/worker.ts';
import { service, servicePort, vpcCidr } from './address-plan.ts';
import {
  addNamespace,
  attemptIn,
  configure,
  deleteNamespace,
  type Namespace,
  runIn,
  scratchDir,
} from './namespaces.ts';
import type { Router } from './router.ts';

export type NatOptions = {
  /** Private addresses; the first is the interface's primary one, and the only one that its kernel has. */
  readonly addresses: readonly string[];
  /** Where configure.sh and its neighbours lie. */
  readonly filesDir: string;
  /** Lines of nat.env that differ from the lab's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Those that the metadata service tells of at first; all of them unless others are named. */
  readonly assigned?: readonly string[];
};

export type HealthAnswer = { readonly status: number; readonly body: string };

const swallowing = `table ip stranger {
  chain forward {
    type filter hook forward priority 100; policy drop;
  }
}
`;

let made = 0;

/** A NAT instance: a namespace that the shipped files have set up, on one interface of the VPC. */
export class NatInstance {
  readonly device: string;
  readonly addresses: readonly string[];
  readonly namespace: Namespace;
  readonly #router: Router;
  readonly #filesDir: string;
  readonly #env: readonly string[];
  #metadata: Worker<object> | undefined;
  #copying: ChildProcess | undefined;
  copySaid = '';

  private constructor(device: string, namespace: Namespace, router: Router, options: NatOptions) {
    this.device = device;
    this.addresses = options.addresses;
    this.namespace = namespace;
    this.#router = router;
    this.#filesDir = options.filesDir;
    const etc = scratchDir(`${device}/etc`);
    const run = scratchDir(`${device}/run`);
    for (const file of readdirSync(options.filesDir))
      copyFileSync(join(options.filesDir, file), join(etc, file));
    writeFileSync(join(etc, 'nat.env'), natEnv(options.env ?? {}));
    this.#env = ['env', `PHOENAT_DIR=${etc}`, `PHOENAT_RUN=${run}`];
  }

  /** Boots and configures; nothing reaches it before `connect`. */
  static async boot(router: Router, options: NatOptions): Promise<NatInstance> {
    made += 1;
    const device = `nat${made}`;
    const nat = new NatInstance(device, await addNamespace(device), router, options);
    await router.prepareNat(device, options.addresses, nat.namespace);
    // Nothing else is asked of the metadata service, which takes a process.
    if (options.env?.['OTHER_CIDRS'] !== undefined)
      await nat.#serveMetadata(options.assigned ?? options.addresses);
    await nat.configure();
    return nat;
  }

  async #serveMetadata(addresses: readonly string[]): Promise<void> {
    await configure(this.namespace, ['link set lo up', 'addr add 169.254.169.254/32 dev lo']);
    this.#metadata = await Worker.start(this.namespace, 'metadata', { addresses });
  }

  /** From now on the metadata service tells of this address too. */
  assign(address: string): void {
    this.#metadata?.send(address);
  }

  /** Runs configure.sh, which may be run again at any time. */
  async configure(): Promise<void> {
    await runIn(this.namespace, [...this.#env, 'bash', join(this.#filesDir, 'configure.sh')]);
  }

  /**
   * Runs guard.sh, which lists the rules each second here: there is no systemd that opens a socket. A stand-in takes its
   * place for whatever else the guard wants of it, and for power-off above all.
   */
  startGuard(): Guard {
    const bin = scratchDir(`${this.device}/bin`);
    const off = join(bin, 'off');
    const standIn = `#!/bin/bash\nif [ "$1" = poweroff ]; then : >"${off}"; fi\n`;
    writeFileSync(join(bin, 'systemctl'), standIn, { mode: 0o755 });
    const path = `PATH=${bin}:${process.env['PATH'] ?? ''}`;
    const script = [...this.#env, path, 'LINGER_SECONDS=0', 'bash', join(this.#filesDir, 'guard.sh')];
    const child = spawn('ip', ['netns', 'exec', this.namespace.name, ...script], { stdio: 'pipe' });
    return new Guard(child, off);
  }

  async connect(): Promise<void> {
    await this.#router.connectNat(this.device, this.addresses);
  }

  async setForwarding(on: boolean): Promise<void> {
    await runIn(this.namespace, ['sysctl', '--quiet', '--write', `net.ipv4.ip_forward=${on ? 1 : 0}`]);
  }

  /** What nothing on the instance shows: rules that are none of ours drop all that is to be forwarded. */
  async setSwallowing(on: boolean): Promise<void> {
    const empty = 'table ip stranger\ndelete table ip stranger\n';
    await runIn(this.namespace, ['nft', '-f', '-'], on ? `${empty}${swallowing}` : empty);
  }

  /** Lets the health endpoint be asked, from now on and over the network. */
  async serveHealth(): Promise<void> {
    const command = [...this.#env, 'bash', join(this.#filesDir, 'health.sh')];
    await Worker.start(this.namespace, 'socket', { port: healthPort, command });
  }

  /** What the health endpoint answers; systemd hands it one connection on stdin and stdout. */
  async health(): Promise<HealthAnswer> {
    const script = [...this.#env, 'bash', join(this.#filesDir, 'health.sh')];
    const { stdout } = await attemptIn(this.namespace, script, 'GET / HTTP/1.0\r\n\r\n');
    const [head = '', ...rest] = stdout.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1] ?? 0), body: rest.join('\r\n\r\n').trim() };
  }

  /** Takes the table of the instance at this address until the traffic has moved here. Resolves to what it says then. */
  async takeConnections(predecessor: string): Promise<string> {
    const script = ['python3', join(this.#filesDir, 'connections.py'), 'take', predecessor, `${healthPort}`];
    return runIn(this.namespace, [...this.#env, ...script]);
  }

  /** Copies the table of this instance from now on, and tells its own to whoever copies it. */
  copyTable(watched?: NatInstance): void {
    if (watched !== undefined) this.#metadata?.send(`a i-0 ${watched.addresses[0]}`);
    const script = [...this.#env, 'python3', '-B', join(this.#filesDir, 'neighbour.py')];
    const copying = spawn('ip', ['netns', 'exec', this.namespace.name, ...script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    copying.stdout.on('data', (text) => {
      this.copySaid += String(text);
    });
    this.#copying = copying;
  }

  /** What the process of `copyTable` has used so far. */
  copyCost(): { readonly cpuMs: number; readonly memoryMib: number } {
    const file = (name: string) => readFileSync(`/proc/${this.#copying?.pid}/${name}`, 'utf8');
    const fields = file('stat').split(') ')[1]?.split(' ') ?? [];
    const kib = /RssAnon:\s+(\d+)/.exec(file('status'))?.[1];
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * 10, memoryMib: Number(kib) / 1024 };
  }

  /** As it dies: nothing more is told, and nothing copied. */
  endCopy(): void {
    this.#copying?.kill('SIGKILL');
  }

  async connectionsKnown(): Promise<number> {
    return Number(await runIn(this.namespace, ['cat', '/proc/sys/net/netfilter/nf_conntrack_count']));
  }

  /** Nothing comes in or goes out any more. */
  async cutOff(): Promise<void> {
    await configure(this.namespace, ['link set eth0 down']);
  }

  /** The power is cut and the interface gone. */
  async destroy(): Promise<void> {
    await this.#router.disconnectNat(this.device);
    this.endCopy();
    await deleteNamespace(this.namespace);
  }
}

/** A guard that runs, and what it has said. */
export class Guard {
  readonly #child: ChildProcess;
  readonly #off: string;
  said = '';

  constructor(child: ChildProcess, off: string) {
    this.#child = child;
    this.#off = off;
    child.stdout?.on('data', (chunk) => {
      this.said += String(chunk);
    });
  }

  get hasPoweredOff(): boolean {
    return existsSync(this.#off);
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

function natEnv(changes: Readonly<Record<string, string>>): string {
  const values: Record<string, string> = {
    CLIENT_CIDRS: vpcCidr,
    EGRESS: 'tcp 443 0.0.0.0/0;tcp 80 0.0.0.0/0',
    NAMES: '',
    HEALTH_PORT: `${healthPort}`,
    HEALTH_FROM: vpcCidr,
    EGRESS_TARGETS: `${service.web}:${servicePort}`,
    SPEC_HASH: 'lab',
    ...changes,
  };
  return Object.entries(values)
    .map(([key, value]) => `${key}="${value}"\n`)
    .join('');
}
