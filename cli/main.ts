#!/usr/bin/env node
import confirm from '@inquirer/confirm';
import { systemClock } from '../shared/system-clock.ts';
import { connect } from './connect.ts';
import { isColoured } from './is-coloured.ts';
import { runPhoenat } from './program.ts';
import { interruptedCode } from './session.ts';

// A reader such as `head` may close the pipe early: that is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

const isInteractive = process.stdout.isTTY === true && process.stdin.isTTY === true;

// The first Ctrl-C ends the command with a sentence, and should that hang, the second ends the process. `on`, not `once`:
// where no other listener is left, the one that gives a hidden cursor back ends the process itself.
const interruption = new AbortController();
process.on('SIGINT', () => {
  if (interruption.signal.aborted) {
    process.exit(interruptedCode);
  }
  interruption.abort();
});

// The exit code is set, not exited with: a pipe may still have to take what was printed.
process.exitCode = await runPhoenat(process.argv.slice(2), {
  terminal: {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    isInteractive,
    isColoured: isColoured(process.stdout, process.env),
    // A terminal that knows nothing of its size says 0: a spinner would look for the end of its line for ever.
    ...(process.stderr.isTTY && process.stderr.columns > 0 ? { spinnerStream: process.stderr } : {}),
    columns: process.stdout.columns || 100,
    confirm: (message) => confirm({ message, default: false }),
  },
  clock: systemClock,
  connect,
  env: process.env,
  interrupted: interruption.signal,
});

// What was under way still holds sockets and timers.
if (process.exitCode === interruptedCode) {
  process.exit();
}
