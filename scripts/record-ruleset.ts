import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { parseOptions, readCommandLine } from './command-line.ts';

// nft is only a compiler: what it makes of infra/nat-instance/nat.nft is one message to the kernel. That is recorded, so
// that an instance can load it before it has nft (infra/nat-instance/rules.py).

const folder = new URL('../infra/nat-instance/', import.meta.url);
const ruleset = new URL('nat.nft', folder).pathname;
export const recordingPath = new URL('nat-batch.txt', folder).pathname;

/** linux/netfilter/nfnetlink.h: what begins and ends a batch. The loader puts its own around what was recorded. */
const [batchBegin, batchEnd] = [16, 17];

/** The version that has made the recording: another may say the same in another way. */
const recordedWith = 'nftables v1.0.6 ';

export type Recorded = { readonly kind: 'recorded'; readonly batch: Buffer };
export type Missing = { readonly kind: 'missing'; readonly why: string };

/** What nft sends for nat.nft, in a network namespace of its own. It needs root on Linux, nft and strace. */
export function recordRuleset(): Recorded | Missing {
  const path = `${process.env['PATH']}:/usr/sbin:/sbin`;
  const env = { ...process.env, PATH: path };
  const version = spawnSync('nft', ['--version'], { encoding: 'utf8', env }).stdout ?? '';
  if (!version.startsWith(recordedWith)) {
    return { kind: 'missing', why: `${recordedWith}is wanted, here is ${version.trim() || 'none'}` };
  }
  const folderOfTrace = mkdtempSync(join(tmpdir(), 'phoenat-record-'));
  const trace = join(folderOfTrace, 'trace');
  try {
    const { status, stderr, error } = spawnSync(
      'unshare',
      [
        '--net',
        ...['strace', '--output', trace, '-e', 'trace=sendmsg', '-e', 'write=all', '-s', '0'],
        ...['nft', '--file', ruleset],
      ],
      { encoding: 'utf8', env },
    );
    if (status !== 0) {
      return { kind: 'missing', why: `nft was not recorded: ${error?.message ?? stderr.trim()}` };
    }
    return { kind: 'recorded', batch: batchIn(readFileSync(trace, 'utf8')) };
  } finally {
    rmSync(folderOfTrace, { recursive: true });
  }
}

/** The messages between the batch's begin and end. Their sequence numbers say nothing, and are left out. */
function batchIn(trace: string): Buffer {
  const batches = buffersIn(trace).filter((buffer) => buffer.readUInt16LE(4) === batchBegin);
  const [batch] = batches;
  if (batch === undefined || batches.length !== 1) {
    throw new Error(`nft has sent ${batches.length} batches, not one`);
  }
  const messages: Buffer[] = [];
  for (let at = 0; at < batch.length; ) {
    const length = batch.readUInt32LE(at);
    const message = Buffer.from(batch.subarray(at, at + length));
    const kind = message.readUInt16LE(4);
    message.writeUInt32LE(0, 8);
    if (kind !== batchBegin && kind !== batchEnd) messages.push(message);
    at += (length + 3) & ~3;
  }
  return Buffer.concat(messages);
}

/** strace's dumps: " | 00010  14 00 …  text |" in lines of sixteen bytes, below a line that gives their number. */
function buffersIn(trace: string): Buffer[] {
  return trace.split(/^ \* \d+ bytes in buffer \d+$/m).flatMap((dump) => {
    const bytes = [...dump.matchAll(/^ \| [0-9a-f]{5,} {2}((?:[0-9a-f]{2} {1,2}){1,16})/gm)].map(
      ([, hex = '']) => hex.replaceAll(' ', ''),
    );
    return bytes.length === 0 ? [] : [Buffer.from(bytes.join(''), 'hex')];
  });
}

export function readRecording(): Buffer {
  return inflateSync(Buffer.from(readFileSync(recordingPath, 'utf8'), 'base64'));
}

const usage = `Records what nft sends to the kernel for infra/nat-instance/nat.nft: node scripts/record-ruleset.ts

  --help   this text

Needs root on Linux, strace, and nft of the version ${recordedWith.trim()}.`;

if (import.meta.main) {
  const help = 'node scripts/record-ruleset.ts --help';
  readCommandLine({ script: 'record-ruleset', usage, help }, (args) => parseOptions({ args }));
  const recorded = recordRuleset();
  if (recorded.kind === 'missing') {
    console.error(recorded.why);
    process.exitCode = 1;
  } else {
    const text = deflateSync(recorded.batch, { level: 9 }).toString('base64');
    writeFileSync(recordingPath, `${text}\n`);
    console.log(`${recorded.batch.length} bytes, ${text.length} as they are sent: ${recordingPath}`);
  }
}
