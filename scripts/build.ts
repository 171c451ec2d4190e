import { writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { environmentCredentials } from './environment-credentials.ts';
import { shakeSchemas } from './shake-schemas.ts';
const r = await build({ entryPoints: ['functions/controller/handler.ts'], bundle: true, plugins: [shakeSchemas, environmentCredentials], platform: 'node', target: 'node24', format: 'esm', minify: true, mainFields: ['module', 'main'], outfile: 'dist/controller/handler.mjs', metafile: true, loader: { '.sh': 'text', '.conf': 'text', '.nft': 'text', '.service': 'text' }, banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" } });
await writeFile('dist/meta.json', JSON.stringify(r.metafile));
const out = Object.values(r.metafile.outputs)[0];
const rows = Object.entries(out.inputs).map(([k, v]) => [k, v.bytesInOutput]).sort((a, b) => b[1] - a[1]).slice(0, 40);
console.log(out.bytes); for (const [k, v] of rows) console.log(v, k);
