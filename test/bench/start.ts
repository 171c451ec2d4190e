import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import Table from 'cli-table3';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { functionBuild } from '../../scripts/build.ts';
import { parseOptions, readCommandLine, wholeNumber } from '../../scripts/command-line.ts';

const usage = `How fast the built controller starts, against bare Node.js: npm run bench:start -- [--runs N] [--json]

  --runs N   runs of each row, interleaved (default 21, at least 15)
  --json     the figures for machines
  --help     this text`;

type Row = { readonly name: string; readonly args: readonly string[]; readonly bytes?: number };
type Figure = {
  readonly name: string;
  readonly medianMs: number;
  readonly ratio: number;
  readonly kB?: number;
};

/** The same handler as esbuild makes it when it is asked for nothing in particular: what the rest is measured by. */
function plainBuild(mainFields: string[], outfile: string): BuildOptions & { metafile: true } {
  const { loader, define } = functionBuild('controller', '');
  return {
    entryPoints: ['functions/controller/handler.ts'],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    mainFields,
    metafile: true,
    logLevel: 'error',
    // The SDK's CommonJS build calls require, which an ES module does not have.
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
    ...(loader === undefined ? {} : { loader }),
    ...(define === undefined ? {} : { define }),
  };
}

/** What Node.js itself loads for anybody who sends signed requests over HTTPS and compresses, taken as cheaply as it goes. */
const ownModules = `for (const name of ['https', 'crypto', 'zlib', 'stream', 'os', 'path', 'fs/promises', 'timers/promises', 'console'])
  process.getBuiltinModule('node:' + name);`;

/** The client with the commands of the controller, and nothing of ours: what no work on our own code can go below. */
const sdkAlone = `
  import { EC2Client } from '@aws-sdk/client-ec2';
  import { ec2Commands } from './shared/aws/api.ts';
  globalThis.kept = [new EC2Client({}), ec2Commands];`;

async function rows(): Promise<{ readonly rows: Row[]; readonly metafile: Metafile }> {
  const dir = 'dist/bench';
  await mkdir(dir, { recursive: true });
  const controller = await build(functionBuild('controller', `${dir}/controller`));
  const { entryPoints: _handler, ...options } = functionBuild('controller', `${dir}/sdk`);
  const sdk = await build({ ...options, stdin: { contents: sdkAlone, resolveDir: process.cwd() } });
  const commonJs = await build(plainBuild(['main', 'module'], `${dir}/plain.mjs`));
  const modules = await build(plainBuild(['module', 'main'], `${dir}/modules.mjs`));
  return {
    metafile: controller.metafile,
    rows: [
      { name: 'node -e 0', args: ['-e', '0'] },
      { name: 'Node.js’s own modules', args: ['-e', ownModules] },
      { name: 'the SDK alone', args: [`${dir}/sdk/stdin.mjs`], bytes: bytesOf(sdk.metafile) },
      { name: 'controller', args: [`${dir}/controller/handler.mjs`], bytes: bytesOf(controller.metafile) },
      { name: 'plain esbuild', args: [`${dir}/plain.mjs`], bytes: bytesOf(commonJs.metafile) },
      { name: "with the SDK's ES modules", args: [`${dir}/modules.mjs`], bytes: bytesOf(modules.metafile) },
    ],
  };
}

function bytesOf({ outputs }: Metafile): number {
  return Object.values(outputs).reduce((sum, { bytes }) => sum + bytes, 0);
}

function startMs(args: readonly string[]): number {
  const startedAt = performance.now();
  const env = { PATH: process.env['PATH'] ?? '', AWS_REGION: 'eu-central-1' };
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  const tookMs = performance.now() - startedAt;
  if (status !== 0) {
    throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  }
  return tookMs;
}

/** Interleaved, so that whatever else the machine does falls on every row alike. The first round only warms caches. */
function measure(all: readonly Row[], runs: number): Figure[] {
  const times = all.map(() => [] as number[]);
  for (let round = 0; round <= runs; round += 1) {
    for (const [index, row] of all.entries()) {
      const tookMs = startMs(row.args);
      if (round > 0) {
        times[index]?.push(tookMs);
      }
    }
  }
  const medians = times.map(median);
  const bareMs = medians[0] ?? Number.NaN;
  return all.map(({ name, bytes }, index) => {
    const medianMs = medians[index] ?? Number.NaN;
    const kB = bytes === undefined ? {} : { kB: Math.round(bytes / 1000) };
    return { name, medianMs, ratio: medianMs / bareMs, ...kB };
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Bytes in the artefact by package, largest first; what is loaded only later counts too. */
function contents({ outputs }: Metafile): { readonly name: string; readonly bytes: number }[] {
  const sums = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = packageOf(path);
      sums.set(name, (sums.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...sums].map(([name, bytes]) => ({ name, bytes })).toSorted((a, b) => b.bytes - a.bytes);
}

function packageOf(path: string): string {
  const inner = path.split('node_modules/').at(-1) ?? path;
  if (inner === path) {
    return 'Phoenat';
  }
  const [scope, name] = inner.split('/');
  return scope?.startsWith('@') === true ? `${scope}/${name}` : (scope ?? inner);
}

function print(figures: readonly Figure[], metafile: Metafile, runs: number): void {
  const starts = new Table({
    head: ['start of', 'median ms', '× bare node', 'kB'],
    style: { head: [], border: [] },
  });
  for (const { name, medianMs, ratio, kB } of figures) {
    starts.push([name, medianMs.toFixed(1), ratio.toFixed(2), kB ?? '']);
  }
  const shares = new Table({ head: ['what fills the artefact', 'kB'], style: { head: [], border: [] } });
  for (const { name, bytes } of contents(metafile).slice(0, 10)) {
    shares.push([name, (bytes / 1000).toFixed(1)]);
  }
  console.log(`Node.js ${process.version} on ${process.arch}, ${runs} runs of each, interleaved`);
  console.log(`${starts}\n${shares}`);
}

function read(args: string[]) {
  const { values } = parseOptions({
    args,
    options: { runs: { type: 'string', default: '21' }, json: { type: 'boolean', default: false } },
  });
  return { runs: wholeNumber('--runs', values.runs, 15), json: values.json };
}

async function main(): Promise<void> {
  const { runs, json } = readCommandLine({ script: 'bench:start', usage }, read);
  const { rows: all, metafile } = await rows();
  const figures = measure(all, runs);
  if (json) {
    console.log(JSON.stringify({ node: process.version, runs, figures, contents: contents(metafile) }));
  } else {
    print(figures, metafile, runs);
  }
}

await main();
