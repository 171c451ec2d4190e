import { refuseCommandLine } from '../../scripts/command-line.ts';
import { containerCases } from './cases/in-containers.ts';
import { machineCases } from './cases/in-machines.ts';
import { measureCost } from './emulated/forwarding-cost.ts';
import { timeBoots } from './emulated/time-boots.ts';
import { findImage } from './image.ts';
import { enter, isInside } from './inside.ts';
import { parseCommandLine, usage } from './options.ts';
import { playAll } from './play.ts';
import { judgeMachine } from './requirements.ts';

// What ships, on machines that boot: systemd, cloud-init and the metadata service, with a kernel of their own in qemu, on
// this machine's in containers.

const isCi = (process.env['CI'] ?? '') !== '';
const known = { containers: containerCases, machines: machineCases };

/** Exit codes: 0 all held or skipped; 1 a check failed or the machine lacks something; 2 the command line is wrong. */
async function main(): Promise<number> {
  const commandLine = parseCommandLine(process.argv.slice(2), known);
  switch (commandLine.kind) {
    case 'help':
      process.stdout.write(usage(known));
      return 0;
    case 'wrong':
      return refuseCommandLine('test:vm', commandLine.message);
  }
  const kind = commandLine.isEmulated ? 'machine' : 'container';
  const fitness = await judgeMachine(kind);
  if (fitness.kind !== 'fit') {
    process.stdout.write(`test:vm  skipped: ${fitness.why}\n`);
    return fitness.kind === 'missing' && isCi ? 1 : 0;
  }
  const image = await findImage(kind, (text) => process.stderr.write(text));
  if (commandLine.kind === 'image') {
    process.stdout.write(`${image.folder}\n`);
    return 0;
  }
  if (!isInside()) return enter();
  switch (commandLine.kind) {
    case 'play':
      return playAll(commandLine.isEmulated ? machineCases : containerCases, image, commandLine);
    case 'boots':
      return timeBoots(image, commandLine);
    case 'cost':
      return measureCost(image, commandLine);
  }
}

process.exit(await main());
