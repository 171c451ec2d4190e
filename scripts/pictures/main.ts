import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readCommandLine } from '../command-line.ts';
import { readCheck } from '../write-or-check.ts';
import { pictures } from './pictures.ts';

const usage = `Draws the pictures of the docs into docs/pictures: npm run docs:pictures -- [--check]

  --check   writes nothing; fails if a picture is not what would be drawn
  --help    this text

Those that show times, values or changes of health are drawn from simulations that it records, the others from the code's
own lists.`;

const folder = new URL('../../docs/pictures/', import.meta.url);

function isCurrent(file: URL, svg: string): boolean {
  try {
    return readFileSync(file, 'utf8') === svg;
  } catch {
    return false;
  }
}

const { check } = readCommandLine({ script: 'docs:pictures', usage }, readCheck);
mkdirSync(folder, { recursive: true });
for (const { name, draw } of pictures) {
  const file = new URL(`${name}.svg`, folder);
  const svg = await draw();
  if (!check) {
    writeFileSync(file, svg);
    console.log(`docs/pictures/${name}.svg: ${(svg.length / 1000).toFixed(0)} kB`);
  } else if (!isCurrent(file, svg)) {
    console.error(`docs/pictures/${name}.svg is not what would be drawn: npm run docs:pictures`);
    process.exitCode = 1;
  }
}
