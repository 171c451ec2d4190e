import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { LabReport, type Section } from '../lab/report.ts';
import { playSideBySide } from '../lab/side-by-side.ts';
import type { Case, Stage } from './case.ts';
import { Container } from './container.ts';
import { Emulator } from './emulated/emulator.ts';
import type { Image, ImageKind } from './image.ts';
import { clear, furnish, runNumber } from './inside.ts';
import { userDataOf } from './launch.ts';
import type { Machine } from './machine.ts';
import { Network } from './network/network.ts';
import type { PlayOptions } from './options.ts';

/** Containers mostly wait; a machine takes a core. */
const casesAtOnce = { container: 3, machine: 1 } as const;

/** The exit code. */
export async function playAll(
  cases: readonly Case[],
  image: Image,
  { names, json, isEmulated }: PlayOptions,
): Promise<number> {
  const startedAt = performance.now();
  const report = new LabReport((text) => {
    if (!json) process.stdout.write(text);
  });
  const stages = new Set<Stage>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => Promise.all([...stages].map(strike)).finally(() => process.exit(130)));
  }
  const kind = isEmulated ? 'machine' : 'container';
  const folder = await furnish(kind);
  const wanted = cases.filter(({ name }) => names.length === 0 || names.includes(name));
  await playSideBySide(wanted, casesAtOnce[kind], report, async (one, part) => {
    await play(one, { folder: join(folder, one.name), kind, image, stages }, part.section(one.name));
  });
  await clear(folder);
  const seconds = secondsSince(startedAt);
  const { ok, checks } = report;
  const held = checks.filter((check) => check.ok).length;
  if (json) process.stdout.write(`${JSON.stringify({ ok, seconds, checks }, undefined, 2)}\n`);
  else process.stdout.write(`\n${held} of ${checks.length} checks hold (${seconds} s)\n`);
  return ok ? 0 : 1;
}

type Place = {
  readonly folder: string;
  readonly kind: ImageKind;
  readonly image: Image;
  readonly stages: Set<Stage>;
};

async function play(one: Case, { folder, kind, image, stages }: Place, section: Section): Promise<void> {
  const beganAt = performance.now();
  mkdirSync(folder);
  const network = await Network.build(one.name, folder);
  const machine = await makeMachine(one, { folder, kind, image }, network);
  const stage = { network, machine, packages: image.packages };
  stages.add(stage);
  try {
    await network.serveMetadata({
      userData: userDataOf(one.environment ?? {}),
      instanceId: 'i-0123456789abcdef0',
      // In a container cloud-init does not find out that it is on EC2, and asks for no token.
      version: kind === 'container' ? '1 and 2' : '2',
    });
    if (one.hasRepositories ?? true) await network.openRepositories(image.packages);
    await one.play(stage, section);
  } catch (error) {
    section.check('the case comes to its end', false, errorMessage(error));
  } finally {
    await strike(stage);
    stages.delete(stage);
    section.note(`${secondsSince(beganAt)} s`);
  }
}

function makeMachine(
  { name, seed = [], parameters = '' }: Case,
  { folder, kind, image }: Omit<Place, 'stages'>,
  network: Network,
): Promise<Machine> {
  switch (kind) {
    case 'container': {
      const cgroup = `phoenat-vm-${runNumber()}-${name}`;
      return Container.make({ image: join(image.folder, 'root'), folder, name, cgroup, network, seed });
    }
    case 'machine':
      return Emulator.make({
        disk: join(image.folder, 'disk.qcow2'),
        image: image.folder,
        folder,
        network,
        parameters,
      });
  }
}

async function strike({ machine, network }: Stage): Promise<void> {
  await machine.remove();
  await network.takeDown();
}

function secondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) / 1_000);
}
