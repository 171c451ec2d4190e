import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt, type Outcome, run } from '../lab/commands.ts';
import { childOf } from '../systemd/booted.ts';
import type { SeedFile } from '../systemd/machine.ts';
import { Machine } from './machine.ts';
import type { Network } from './network/network.ts';

/** The cgroup hierarchy of this run, mounted by main.ts for it alone. */
export const cgroups = '/sys/fs/cgroup';

export type ContainerOptions = {
  /** The image's file system, which is not written to. */
  readonly image: string;
  /** A folder of its own, in memory. */
  readonly folder: string;
  readonly name: string;
  /** A name that nobody else has: the hierarchy is this machine's too. */
  readonly cgroup: string;
  readonly network: Network;
  /** On its disk before its first boot. */
  readonly seed: readonly SeedFile[];
};

/** A machine in systemd-nspawn: its systemd and cloud-init for real and at full speed, on this machine's kernel. */
export class Container extends Machine {
  readonly #options: ContainerOptions;
  readonly #root: string;
  readonly #cgroup: string;
  readonly #consoleFile: string;
  #nspawn: ChildProcess | undefined;
  #init = 0;

  private constructor(options: ContainerOptions) {
    super();
    this.#options = options;
    this.#root = join(options.folder, 'root');
    this.#consoleFile = join(options.folder, 'console');
    this.#cgroup = join(cgroups, options.cgroup);
  }

  static async make(options: ContainerOptions): Promise<Container> {
    const container = new Container(options);
    const { image, folder, seed } = options;
    for (const name of ['root', 'disk', 'work']) mkdirSync(join(folder, name));
    const layers = `lowerdir=${image},upperdir=${join(folder, 'disk')},workdir=${join(folder, 'work')}`;
    await run('mount', ['-t', 'overlay', 'overlay', '-o', layers, join(folder, 'root')]);
    for (const { path, content, permissions = '0644' } of seed) {
      const file = join(folder, 'root', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      chmodSync(file, Number.parseInt(permissions, 8));
    }
    mkdirSync(container.#cgroup);
    return container;
  }

  async boot(): Promise<void> {
    const { network, name } = this.#options;
    // A kernel knows nothing of the boot before: neither rules nor settings.
    await network.removePlace('nat');
    await network.plugIn();
    // Its uptime begins now: how long the boot script waits for packages depends on it.
    const [up = ''] = readFileSync('/proc/uptime', 'utf8').split('.');
    const command = [
      `unshare --time --boottime=-${up}`,
      'systemd-nspawn --quiet --register=no --keep-unit --boot --resolv-conf=off --timezone=off --link-journal=no',
      `--console=read-only --directory=${this.#root} --machine=${name}`,
      `--network-namespace-path=/run/netns/${network.namespace('nat')} --capability=CAP_NET_ADMIN`,
    ].join(' ');
    const env = {
      ...process.env,
      SYSTEMD_NSPAWN_API_VFS_WRITABLE: 'network',
      SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
    };
    const console = openSync(this.#consoleFile, 'a');
    const inCgroup = `echo $$ >${this.#cgroup}/cgroup.procs && exec ${command}`;
    const nspawn = spawn('sh', ['-c', inCgroup], { env, stdio: ['ignore', console, console] });
    closeSync(console);
    this.#nspawn = nspawn;
    await this.until('systemd runs', this.patience, async () => {
      this.#init = childOf(nspawn.pid ?? 0);
      return this.#init > 0 && (await this.run('systemctl list-jobs')).code === 0;
    });
  }

  get isOn(): boolean {
    return this.#nspawn?.exitCode === null && this.#nspawn.signalCode === null;
  }

  get console(): string {
    return existsSync(this.#consoleFile) ? readFileSync(this.#consoleFile, 'utf8').replaceAll('\r', '') : '';
  }

  run(command: string): Promise<Outcome> {
    const inside = ['--target', `${this.#init}`, '--all', '--time', '--root', '--wd'];
    const env = ['env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
    return attempt('nsenter', [...inside, ...env, 'bash', '--norc', '-c', command]);
  }

  wentOff(seconds: number): Promise<boolean> {
    return this.comes(seconds, () => !this.isOn);
  }

  async remove(): Promise<void> {
    if (this.isOn && this.#init > 0) kill(this.#init);
    for (let tries = 0; this.isOn && tries < 50; tries += 1) await sleep(100);
    if (this.isOn) this.#nspawn?.kill('SIGKILL');
    await attempt('umount', ['--recursive', this.#root]);
    await attempt('find', [this.#cgroup, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}
