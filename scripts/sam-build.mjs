// Builds a function for `sam build`. SAM takes what `npm pack` packs of functions/NAME/bundle, and npm runs this first: the
// same build as `npm run build`, with plugins, which SAM's own esbuild method does not take. Plain JavaScript: it has to
// run and say what is missing where Node.js is old and nothing is installed.
//
// Where npm runs no scripts (`ignore-scripts`), nothing runs this, and npm packs without a word what lies there. That is
// why a workspace lies there whose dependency npm cannot install: `npm install`, SAM's next step, fails, and prints the
// dependency, which says what to do. This keeps the workspace out of what is packed, and afterwards (`--clear`) takes away
// all that it wrote, so that no later build packs it.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [name = '', option] = process.argv.slice(2);
const bundle = join(root, 'functions', name, 'bundle');
const built = join(root, 'dist', name);
const kept = ['package.json', 'not-built'];
const notPacked = join(bundle, 'not-built', '.npmignore');

if (!existsSync(join(bundle, 'package.json'))) {
  console.error(`sam-build: there is no function "${name}"; it is run by "sam build"`);
  process.exit(2);
}
for (const file of readdirSync(bundle).filter((old) => !kept.includes(old))) {
  rmSync(join(bundle, file));
}
rmSync(notPacked, { force: true });
if (option === '--clear') {
  process.exit(0);
}
if (!existsSync(join(root, 'node_modules', 'esbuild'))) {
  console.error(`Phoenat's packages are not installed. Run "npm ci" in ${root}, then build again.`);
  process.exit(1);
}
// The Node.js that runs this is the project's own: npm looks for programs in the node_modules above, too. What npm prints
// last on standard output is what SAM takes for the tarball's name, so that this prints elsewhere.
const args = ['scripts/build.ts', name, '--out', built];
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
if (status !== 0) {
  console.error(`The ${name} function could not be built.`);
  process.exit(1);
}
for (const file of readdirSync(built)) {
  copyFileSync(join(built, file), join(bundle, file));
}
writeFileSync(notPacked, '*\n');
