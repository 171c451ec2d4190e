import { runDemo } from './cli.ts';

// The exit code is set, not exited with: a pipe may still have to take what was printed.
process.exitCode = await runDemo(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
