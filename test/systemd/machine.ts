import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { attempt, type Outcome } from '../lab/commands.ts';
import { Booted, childOf } from './booted.ts';

/** A file on a machine's disk before its first boot. */
export type SeedFile = { readonly path: string; readonly content: string; readonly permissions?: string };

/** For what comes within seconds, where this machine is not busy. */
export const patience = 90;

/** Where machines keep their disks, and the cgroup hierarchy that they share with this machine; gone with this process. */
export type Premises = { readonly folder: string; readonly cgroups: string };

type CloudConfig = {
  readonly bootcmd: readonly string[];
  readonly runcmd: readonly string[];
};

/**
 * A machine with a real systemd as process 1, in namespaces. What cloud-init would do with the user data is done by units
 * of the test: `bootcmd` runs at each boot, before the network counts as online, `runcmd` once, late in the first.
 */
export class Machine extends Booted {
  readonly #folder: string;
  readonly #cgroup: string;
  protected override readonly called: string;
  #terminal: ChildProcess | undefined;
  #init = 0;
  readonly #servers: ChildProcess[] = [];
  #ended: Promise<unknown> = Promise.resolve();

  constructor(premises: Premises, name: string, userData: string, seed: readonly SeedFile[]) {
    super();
    this.called = name;
    this.#folder = join(premises.folder, name);
    this.#cgroup = join(premises.cgroups, `phoenat-test-${process.pid}-${name}`);
    mkdirSync(this.#cgroup);
    for (const file of [...cloudInit(parse(userData)), ...seed]) this.#write(file);
  }

  #write({ path, content, permissions = '0644' }: SeedFile): void {
    const file = join(this.#folder, 'seed', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, Number.parseInt(permissions, 8));
  }

  /** Switches it on; the disk is as the boot before left it. */
  async boot(): Promise<void> {
    const script = join(import.meta.dirname, 'boot.sh');
    const namespaces = ['--pid', '--mount', '--uts', '--ipc', '--cgroup', '--net'];
    const command = [
      `echo $$ >${this.#cgroup}/cgroup.procs &&`,
      `exec unshare ${namespaces.join(' ')} --fork --kill-child bash ${script} ${this.#folder}`,
    ].join(' ');
    // Only a terminal can be a console.
    const args = ['--quiet', '--flush', '--append', '--command', command, this.#consoleFile];
    const terminal = spawn('script', args, { stdio: 'ignore' });
    this.#terminal = terminal;
    this.#ended = new Promise((resolve) => terminal.once('exit', resolve));
    await this.until('systemd runs', patience, async () => {
      this.#init = childOf(childOf(terminal.pid ?? 0));
      return this.#init > 0 && (await this.run('systemctl list-jobs')).code === 0;
    });
  }

  get #consoleFile(): string {
    return join(this.#folder, 'console');
  }

  /** A file that was written since it was made, as its disk has it; undefined where there is none. */
  onDisk(path: string): string | undefined {
    try {
      const file = join(this.#folder, 'disk', path);
      return lstatSync(file).isFile() ? readFileSync(file, 'utf8') : undefined;
    } catch {
      return undefined;
    }
  }

  get isOn(): boolean {
    return this.#terminal?.exitCode === null && this.#terminal.signalCode === null;
  }

  /** What it has written to its console, all boots. */
  get console(): string {
    try {
      return readFileSync(this.#consoleFile, 'utf8').replaceAll('\r', '');
    } catch {
      return '';
    }
  }

  /** Runs a command on it. */
  run(command: string, input = ''): Promise<Outcome> {
    const inside = ['--target', `${this.#init}`, '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup'];
    const env = ['env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
    return attempt('nsenter', [...inside, '--root', '--wd', ...env, 'bash', '--norc', '-c', command], input);
  }

  /** Runs a program of this machine's in its network. */
  inNetwork(command: readonly string[]): Promise<Outcome> {
    return attempt('nsenter', ['--target', `${this.#init}`, '--net', ...command]);
  }

  /** Runs a program of this machine's in its network until it is switched off for good. */
  serve(command: readonly string[]): void {
    const inside = ['--target', `${this.#init}`, '--net', ...command];
    this.#servers.push(spawn('nsenter', inside, { stdio: 'ignore' }));
  }

  /** The plug is pulled. */
  async cutPower(): Promise<void> {
    if (this.isOn && this.#init > 0) process.kill(this.#init, 'SIGKILL');
    await Promise.race([this.#ended, sleep(5_000)]);
    if (this.isOn) this.#terminal?.kill('SIGKILL');
    this.#init = 0;
  }

  async remove(): Promise<void> {
    await this.cutPower();
    for (const server of this.#servers.splice(0)) server.kill();
    await attempt('find', [this.#cgroup, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
    try {
      rmdirSync(this.#cgroup);
    } catch {
      // Removed already.
    }
  }
}

/** Cloud-init's stage with the network, and its last one. */
function cloudInit({ bootcmd, runcmd }: CloudConfig): SeedFile[] {
  return [
    { path: '/opt/bootcmd', content: bootcmd.join('\n') },
    { path: '/opt/runcmd', content: runcmd.join('\n') },
    {
      path: '/etc/systemd/system/cloud-init.service',
      content: `[Unit]
Before=network-online.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh /opt/bootcmd
`,
    },
    {
      path: '/etc/systemd/system/cloud-final.service',
      content: `[Unit]
After=network-online.target
Wants=network-online.target
ConditionPathExists=!/var/lib/runcmd-done
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStartPre=/usr/bin/touch /var/lib/runcmd-done
ExecStart=/bin/sh /opt/runcmd
StandardOutput=journal+console
StandardError=journal+console
`,
    },
    {
      path: '/etc/systemd/system/multi-user.target.d/cloud.conf',
      content: '[Unit]\nWants=cloud-init.service cloud-final.service\n',
    },
  ];
}
