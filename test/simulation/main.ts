import { runSimulation } from './command-line.ts';

process.exitCode = await runSimulation(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
