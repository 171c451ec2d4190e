import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { healthPort } from '../../../infra/nat-env.ts';
import { extraFileNames } from '../../../infra/user-data.ts';
import { tagKeys } from '../../../shared/core/model/tags.ts';
import type { Metadata } from '../programs/protocol.ts';
import { Worker } from '../programs/worker.ts';
import { Guard } from './guard.ts';
import {
  addNamespace,
  attemptIn,
  configure,
  deleteNamespace,
  type Namespace,
  runIn,
  scratchDir,
} from './namespaces.ts';
import { natEnv, ofItself } from './nat-files.ts';
import type { Router } from './router.ts';

export type NatOptions = {
  /** Private addresses; the first is the interface's primary one, and the only one that its kernel has. */
  readonly addresses: readonly string[];
  /** Where configure.sh and its neighbours lie. */
  readonly filesDir: string;
  /** Lines of nat.env that differ from the lab's. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the metadata service tells; absent: there is none. */
  readonly metadata?: Metadata;
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
  readonly #etc: string;
  readonly #run: string;
  #metadata: Worker<object> | undefined;
  #told: Metadata = {};
  #copying: ChildProcess | undefined;
  copySaid = '';
  pagingSaid = '';

  private constructor(device: string, namespace: Namespace, router: Router, options: NatOptions) {
    this.device = device;
    this.addresses = options.addresses;
    this.namespace = namespace;
    this.#router = router;
    this.#filesDir = options.filesDir;
    this.#etc = scratchDir(`${device}/etc`);
    this.#run = scratchDir(`${device}/run`);
    const env = options.env ?? {};
    const extras: readonly string[] = env['EXTRAS'] === undefined ? [] : extraFileNames;
    this.#copy(readdirSync(options.filesDir).filter((file) => !extras.includes(file)));
    writeFileSync(join(this.#etc, 'nat.env'), natEnv(env));
    this.#env = ['env', `PHOENAT_DIR=${this.#etc}`, `PHOENAT_RUN=${this.#run}`];
  }

  #copy(files: readonly string[]): void {
    for (const file of files) copyFileSync(join(this.#filesDir, file), join(this.#etc, file));
  }

  /** Waits, as its units do, for what the user data had no room for: the zone's probe brings it. */
  async receiveExtras(hash: string): Promise<void> {
    writeFileSync(join(this.#run, 'wants'), `${hash}\n`);
    while (!existsSync(join(this.#run, 'extras'))) {
      if (!existsSync(this.#run)) throw new Error('the lab has been taken down');
      await sleep(20);
    }
    this.#copy(extraFileNames);
  }

  /** Boots and configures; nothing reaches it before `connect`. */
  static async boot(router: Router, options: NatOptions): Promise<NatInstance> {
    made += 1;
    const device = `nat${made}`;
    const nat = new NatInstance(device, await addNamespace(device), router, options);
    await router.prepareNat(device, options.addresses, nat.namespace);
    const stands = options.env?.['OTHER_CIDRS'] !== undefined;
    const metadata = options.metadata ?? (stands ? ofItself(options.addresses) : undefined);
    if (metadata !== undefined) await nat.#serveMetadata(metadata);
    if (options.env?.['PREDECESSOR'] !== undefined) writeFileSync(join(nat.#run, 'fetching'), '');
    await nat.configure();
    return nat;
  }

  async #serveMetadata(metadata: Metadata): Promise<void> {
    await configure(this.namespace, ['addr add 169.254.169.254/32 dev lo']);
    this.#told = metadata;
    this.#metadata = await Worker.start(this.namespace, 'metadata', metadata);
  }

  /** From now on the metadata service tells this. */
  tellMetadata(metadata: Metadata): void {
    this.#told = metadata;
    this.#metadata?.send(JSON.stringify(metadata));
  }

  /** From now on the metadata service tells these public addresses of its interface, beside what it tells already. */
  tellPublicAddresses(...addresses: readonly string[]): void {
    this.tellMetadata({ ...this.#told, 'public-ipv4s': addresses.join('\n') });
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
    const off = join(scratchDir(`${this.device}/guard`), 'off');
    const path = this.#systemctl('guard', `if [ "$1" = poweroff ]; then : >"${off}"; fi`);
    const script = [...this.#env, path, 'LINGER_SECONDS=0', 'bash', join(this.#filesDir, 'guard.sh')];
    const child = spawn('ip', ['netns', 'exec', this.namespace.name, ...script], { stdio: 'pipe' });
    return new Guard(child, off);
  }

  /** A setting of PATH under which systemctl does this. */
  #systemctl(name: string, does: string): string {
    const bin = scratchDir(`${this.device}/${name}`);
    writeFileSync(join(bin, 'systemctl'), `#!/bin/bash\n${does}\n`, { mode: 0o755 });
    return `PATH=${bin}:${process.env['PATH'] ?? ''}`;
  }

  /** Its boot comes so far only now, whatever was made ready before. */
  forwardsFromNowOn(): void {
    const [up = ''] = readFileSync('/proc/uptime', 'utf8').split(' ');
    for (const milestone of ['rules', 'forwarding'])
      writeFileSync(join(this.#run, `boot-${milestone}`), `${up}\n`);
  }

  /** The boot is done: a shutdown would be held from now on. */
  async readyToHandOver(): Promise<void> {
    await runIn(this.namespace, [...this.#env, 'bash', join(this.#filesDir, 'hand-over.sh'), 'ready']);
  }

  /** As the stop job of its unit during a shutdown. Resolves to what it has said, when the shutdown may go on. */
  async holdShutdown(isReboot: boolean): Promise<string> {
    const job = isReboot ? 'reboot' : 'poweroff';
    const does = `case $1 in is-system-running) echo stopping ;; list-jobs) echo "1 ${job}.target start waiting" ;; esac`;
    const path = this.#systemctl('hand-over', does);
    const script = ['bash', join(this.#filesDir, 'hand-over.sh'), 'hold'];
    return runIn(this.namespace, [...this.#env, path, ...script]);
  }

  /** Watches whom the metadata service names until the namespace is deleted, and tells it there, as `host:port`. */
  startWatch(eventsAt: string): void {
    const script = [
      'env',
      `PHOENAT_EVENTS=${eventsAt}`,
      'python3',
      '-I',
      '-u',
      join(this.#filesDir, 'watch.py'),
    ];
    spawn('ip', ['netns', 'exec', this.namespace.name, ...script], { stdio: 'ignore' });
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

  /**
   * As its unit does, once `copyTable` has learned that another instance carries this one's zone: takes the table of that
   * one until the traffic has moved here. Resolves to what it says then.
   */
  async comeHome(): Promise<string> {
    while (!existsSync(join(this.#run, 'carrier'))) {
      if (!existsSync(this.#run)) throw new Error('the lab has been taken down');
      await sleep(100);
    }
    const script = ['python3', join(this.#filesDir, 'connections.py'), 'home', `${healthPort}`];
    return runIn(this.namespace, [...this.#env, ...script]);
  }

  /** Copies the table of this instance from now on, and tells its own to whoever copies it. */
  copyTable(watched?: NatInstance): void {
    if (watched !== undefined) {
      const tag = `a i-0 ${watched.addresses[0]}`;
      this.tellMetadata({ ...this.#told, [`tags/instance/${tagKeys.watch}`]: tag });
    }
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

  /** Asks clients whose packets of unknown connections are, as its unit does: for some minutes from now on. */
  startPaging(seconds = 300): void {
    const script = [`PHOENAT_PAGING_SECONDS=${seconds}`, 'python3', '-B', join(this.#filesDir, 'paging.py')];
    const paging = spawn('ip', ['netns', 'exec', this.namespace.name, ...this.#env, ...script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    paging.stdout.on('data', (text) => {
      this.pagingSaid += String(text);
    });
  }

  /** Before `startPaging`: it has booted long ago, and the window that its boot opened is closed. */
  closePaging(): void {
    writeFileSync(join(this.#run, 'paging-until'), '1\n');
  }

  /** The metadata service tells these public addresses from now on. */
  tellPublicIps(addresses: readonly string[]): void {
    this.tellMetadata({ ...this.#told, 'public-ipv4s': addresses.join('\n') });
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
