import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Outcome, run } from '../../lab/commands.ts';
import { Machine } from '../machine.ts';
import { natMac } from '../network/addresses.ts';
import { type Network, natDevice } from '../network/network.ts';
import { GuestAgent } from './guest-agent.ts';
import { type Frame, framesOf, kernelStart, tellUptime } from './pcap.ts';

export type EmulatorOptions = {
  /** The image's disk, which is not written to. */
  readonly disk: string;
  /** Kernel and initrd are here. */
  readonly image: string;
  /** A folder of its own. */
  readonly folder: string;
  readonly network: Network;
  /** On the kernel's command line besides. */
  readonly parameters?: string;
};

/** As a t4g.nano or t3.nano has. */
const memoryMib = 512;
/** By which cloud-init knows that it is on EC2: both begin with ec2 and are the same. */
const serial = 'ec2e1916-9099-7caf-fd21-012345abcdef';

/**
 * A machine that qemu emulates, with a kernel, a memory and a clock of its own. Its clock counts instructions, two
 * nanoseconds each, so that its seconds do not depend on how busy this machine is; while it waits for the network, its
 * time passes as ours.
 */
export class Emulator extends Machine {
  override readonly patience = 600;
  override readonly slowness = 10;
  readonly #options: EmulatorOptions;
  readonly #agent: GuestAgent;
  #qemu: ChildProcess | undefined;

  private constructor(options: EmulatorOptions) {
    super();
    this.#options = options;
    this.#agent = new GuestAgent(this.#file('agent'));
  }

  static async make(options: EmulatorOptions): Promise<Emulator> {
    const { disk, folder, network } = options;
    const backing = ['-f', 'qcow2', '-F', 'qcow2', '-b', disk];
    await run('qemu-img', ['create', '-q', ...backing, join(folder, 'disk.qcow2')]);
    await network.plugInTap();
    return new Emulator(options);
  }

  #file(name: string): string {
    return join(this.#options.folder, name);
  }

  async boot(): Promise<void> {
    this.switchOn();
    await this.until('the guest agent answers', this.patience, () => this.#agent.isThere());
  }

  get disk(): string {
    return this.#file('disk.qcow2');
  }

  /** Resolves at once. */
  switchOn(): void {
    rmSync(this.#file('frames'), { force: true });
    const { network } = this.#options;
    const command = ['netns', 'exec', network.namespace('router'), 'qemu-system-x86_64', ...this.#machine()];
    const log = openSync(this.#file('qemu.log'), 'a');
    this.#qemu = spawn('ip', command, { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  #machine(): string[] {
    const { image, parameters = '' } = this.#options;
    return [
      ...['-accel', 'tcg,thread=single', '-icount', 'shift=1,sleep=on', '-cpu', 'max', '-smp', '1'],
      ...['-m', `${memoryMib}`, '-nodefaults', '-display', 'none', '-no-reboot'],
      ...['-smbios', `type=1,manufacturer=Amazon EC2,product=t3.nano,uuid=${serial},serial=${serial}`],
      ...['-kernel', join(image, 'kernel'), '-initrd', join(image, 'initrd')],
      ...['-append', `root=/dev/vda rw console=ttyS0,115200n8 quiet ${parameters}`],
      ...[
        '-chardev',
        `file,id=console,path=${this.#file('console')},append=on`,
        '-serial',
        'chardev:console',
      ],
      ...['-drive', `file=${this.disk},if=virtio,cache=unsafe`],
      ...['-netdev', `tap,id=cable,ifname=${natDevice},script=no,downscript=no,vnet_hdr=off`],
      ...['-device', `virtio-net-pci,netdev=cable,mac=${natMac},host_mtu=9001,romfile=`],
      ...['-object', `filter-dump,id=frames,netdev=cable,file=${this.#file('frames')},maxlen=128`],
      ...['-chardev', `socket,id=monitor,path=${this.#file('monitor')},server=on,wait=off`],
      ...['-mon', 'chardev=monitor,mode=readline'],
      ...['-device', 'virtio-rng-pci', '-device', 'virtio-serial'],
      ...['-chardev', `socket,id=agent,path=${this.#file('agent')},server=on,wait=off`],
      ...['-device', 'virtserialport,chardev=agent,name=org.qemu.guest_agent.0'],
    ];
  }

  get console(): string {
    const file = this.#file('console');
    return existsSync(file) ? readFileSync(file, 'utf8').replaceAll('\r', '') : '';
  }

  get isOn(): boolean {
    return this.#qemu?.exitCode === null && this.#qemu.signalCode === null;
  }

  run(command: string): Promise<Outcome> {
    return this.#agent.run(command);
  }

  wentOff(seconds: number): Promise<boolean> {
    return this.comes(seconds, () => !this.isOn);
  }

  /** What went over its cable in this boot. */
  get frames(): Frame[] {
    const file = this.#file('frames');
    return existsSync(file) ? framesOf(readFileSync(file)) : [];
  }

  /** When its kernel started, by the same clock as its frames. */
  async kernelStart(): Promise<number> {
    await this.run(tellUptime);
    let start: number | undefined;
    await this.until('it tells its uptime', 10, () => {
      start = kernelStart(this.frames);
      return start !== undefined;
    });
    return start ?? Number.NaN;
  }

  /** Stands still, its clock too; what comes on its cable waits there. */
  pause(): Promise<void> {
    return tell(this.#file('monitor'), 'stop');
  }

  resume(): Promise<void> {
    return tell(this.#file('monitor'), 'cont');
  }

  /** How qemu itself ended, where it did. */
  get log(): string {
    return readFileSync(this.#file('qemu.log'), 'utf8');
  }

  async remove(): Promise<void> {
    if (this.isOn) this.#qemu?.kill('SIGKILL');
    for (let tries = 0; this.isOn && tries < 50; tries += 1) await sleep(100);
  }
}

/** A command to qemu's monitor, whose prompt comes before it and again when it is done. */
function tell(path: string, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(path);
    socket.setTimeout(60_000, () => socket.destroy(new Error(`qemu's monitor does not answer ${command}`)));
    socket.on('data', (data) => {
      const before = text.split('(qemu) ').length;
      text += data.toString();
      const prompts = text.split('(qemu) ').length - 1;
      if (before <= 1 && prompts >= 1) socket.write(`${command}\n`);
      if (prompts >= 2) socket.end();
    });
    socket.once('error', reject);
    socket.once('close', resolve);
  });
}
