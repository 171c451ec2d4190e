import { runDemo } from './cli.ts';

// A reader such as `head` may close the pipe early: that is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

// The exit code is set, not exited with: a pipe may still have to take what was printed.
process.exitCode = await runDemo(process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  ...(process.stdout.columns === undefined ? {} : { columns: process.stdout.columns }),
});
