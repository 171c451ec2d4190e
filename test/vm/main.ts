import { containerCases } from './cases/in-containers.ts';
import { findImage } from './image.ts';
import { enter, isInside } from './inside.ts';
import { parseCommandLine, usage } from './options.ts';
import { playAll } from './play.ts';
import { judgeMachine } from './requirements.ts';

// What ships, on machines that boot: systemd, cloud-init and the metadata service, in containers on this machine's kernel.

const isCi = (process.env['CI'] ?? '') !== '';

/** Exit codes: 0 all held or skipped; 1 a check failed or the machine lacks something; 2 the command line is wrong. */
async function main(): Promise<number> {
  const names = containerCases.map(({ name }) => name);
  const commandLine = parseCommandLine(process.argv.slice(2), names);
  switch (commandLine.kind) {
    case 'help':
      process.stdout.write(usage(containerCases));
      return 0;
    case 'wrong':
      process.stderr.write(`test:vm: ${commandLine.message}\n`);
      return 2;
  }
  const fitness = await judgeMachine('container');
  if (fitness.kind !== 'fit') {
    process.stdout.write(`test:vm  skipped: ${fitness.why}\n`);
    return fitness.kind === 'missing' && isCi ? 1 : 0;
  }
  const image = await findImage('container', (text) => process.stderr.write(text));
  switch (commandLine.kind) {
    case 'image':
      process.stdout.write(`${image.folder}\n`);
      return 0;
    case 'play':
      return isInside() ? playAll(containerCases, image, commandLine) : enter();
  }
}

process.exit(await main());
