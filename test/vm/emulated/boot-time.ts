import { mkdirSync } from 'node:fs';
import type { Image } from '../image.ts';
import { Network } from '../network/network.ts';
import { Emulator } from './emulator.ts';
import { firstForwarded } from './pcap.ts';
import type { Version } from './versions.ts';

/** All in the machine's own seconds since its kernel started, but for `wallS`. */
export type BootTime = {
  readonly firstPacketS: number;
  /** What it tells of itself, by milestone. */
  readonly milestones: Readonly<Record<string, number>>;
  readonly wallS: number;
};

/** Boots a version once, from an untouched image, until a client's packet has come through. `folder`: an empty one to be. */
export async function timeBoot(version: Version, image: Image, folder: string): Promise<BootTime> {
  mkdirSync(folder);
  const beganAt = performance.now();
  const network = await Network.build('boot', folder);
  const machine = await Emulator.make({ disk: version.disk, image: image.folder, folder, network });
  try {
    const { userData } = version;
    await network.serveMetadata({ userData, instanceId: 'i-0123456789abcdef0', version: '2' });
    await network.openRepositories(image.packages);
    await network.startMeter();
    await machine.boot();
    const firstPacketS = await firstPacketOf(machine);
    const wallS = (performance.now() - beganAt) / 1_000;
    return { firstPacketS, milestones: await milestonesOf(machine), wallS };
  } finally {
    await machine.remove();
    await network.takeDown();
  }
}

/** From the start of its kernel to the first packet of the meter's that has come through; in the machine's own seconds. */
export async function firstPacketOf(machine: Emulator): Promise<number> {
  let first: number | undefined;
  await machine.until('a packet is forwarded', machine.patience, () => {
    first = firstForwarded(machine.frames);
    return first !== undefined;
  });
  return ((first ?? Number.NaN) - (await machine.kernelStart())) / 1e6;
}

async function milestonesOf(machine: Emulator): Promise<Record<string, number>> {
  const text = await machine.output('cd /run/phoenat && grep -H . boot-*');
  return Object.fromEntries(
    [...text.matchAll(/^boot-(\w+):([\d.]+)$/gm)].map(([, name = '', seconds]) => [name, Number(seconds)]),
  );
}
