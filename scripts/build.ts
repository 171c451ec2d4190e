import { rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { environmentCredentials } from './environment-credentials.ts';
import { shakeSchemas } from './shake-schemas.ts';

const usage = `Builds the controller: npm run build -- [--out DIR]

  --out DIR   where the artefact goes (default: dist/controller)
  --help      this text`;

/** How the Lambda's artefact is made. Every byte of it is read at a cold start, and a cold start delays a failover. */
export function controllerBuild(outdir: string): BuildOptions & { metafile: true } {
  return {
    entryPoints: { handler: 'functions/controller/handler.ts' },
    outdir,
    bundle: true,
    // What is imported lazily stays in a file of its own, unread until it is needed.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    // esbuild takes the SDK's CommonJS build otherwise, which cannot be shaken.
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    loader: { '.conf': 'text', '.nft': 'text', '.service': 'text', '.sh': 'text' },
    plugins: [shakeSchemas, environmentCredentials],
    metafile: true,
    logLevel: 'warning',
  };
}

function totalBytes({ outputs }: Metafile): number {
  return Object.values(outputs).reduce((sum, { bytes }) => sum + bytes, 0);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'dist/controller' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  await rm(values.out, { recursive: true, force: true });
  const { metafile } = await build(controllerBuild(values.out));
  await writeFile(`${values.out}.meta.json`, JSON.stringify(metafile));
  console.log(`${values.out}: ${(totalBytes(metafile) / 1000).toFixed(0)} kB`);
}

if (import.meta.main) {
  await main();
}
