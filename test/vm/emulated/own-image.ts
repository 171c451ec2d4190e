import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { builderScript } from '../../../cli/bake/builder-script.ts';
import type { Image } from '../image.ts';
import { Network } from '../network/network.ts';
import { Emulator } from './emulator.ts';

/**
 * The disk of an image of one's own: a builder boots from the image with what `phoenat bake` gives its builder, and powers
 * off. Kept beside the image, by the hash of the script. `folder`: an empty one to be.
 */
export async function findOwnDisk(image: Image, folder: string): Promise<string> {
  const script = builderScript();
  const hash = createHash('sha256').update(script).digest('hex').slice(0, 16);
  const disk = join(image.folder, `own-${hash}.qcow2`);
  if (existsSync(disk)) return disk;
  mkdirSync(folder);
  const network = await Network.build('builder', folder);
  const stock = join(image.folder, 'disk.qcow2');
  const builder = await Emulator.make({ disk: stock, image: image.folder, folder, network });
  try {
    const userData = Buffer.from(script.replaceAll('@HASH@', hash));
    await network.serveMetadata({ userData, instanceId: 'i-0fedcba9876543210', version: '2' });
    await network.openRepositories(image.packages);
    builder.switchOn();
    await builder.until('the builder powers off', 3 * builder.patience, () => !builder.isOn);
    const { console } = builder;
    if (!console.includes(`phoenat bake: complete ${hash}`)) {
      throw new Error(`the builder has made no image. Its console:\n${console.slice(-2_000)}`);
    }
    copyFileSync(builder.disk, `${disk}.partial`);
    renameSync(`${disk}.partial`, disk);
  } finally {
    await builder.remove();
    await network.takeDown();
  }
  return disk;
}
