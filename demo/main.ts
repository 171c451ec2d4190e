import { type Output, runDemo } from './cli.ts';
import { isForServer, runServer } from './serve/serve.ts';

// A reader such as `head` may close the pipe early: that is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const args = process.argv.slice(2);
const output: Output = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  ...(process.stdout.columns === undefined ? {} : { columns: process.stdout.columns }),
};

/** Again and again: npm hands Ctrl-C on to what has it from the terminal already. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
}

// The exit code is set, not exited with: a pipe may still have to take what was printed.
process.exitCode = isForServer(args)
  ? await runServer(args, output, interrupted())
  : await runDemo(args, output);
