import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { parseOptions, readCommandLine } from '../../scripts/command-line.ts';
import { errorMessage } from '../../shared/core/model/error-message.ts';
import { LabReport, type Section } from '../lab/report.ts';
import { findChromium } from './chromium.ts';
import { accessible, everyStrike, keyboard, recording, terminated } from './playground.ts';

// The playground and a recording in a real browser, built as people build them.

const usage = `Drives the playground in a real browser: npm run test:browser -- [options]

  --json    the result for machines
  --help    this text

Chromium has to be installed (Debian, Ubuntu: apt-get install chromium); CHROMIUM names another one's path.`;

type Case = {
  readonly name: string;
  readonly page: 'playground' | 'recording';
  readonly plays: (browser: Browser, path: string, section: Section) => Promise<void>;
};

const cases: readonly Case[] = [
  { name: 'terminated', page: 'playground', plays: terminated },
  { name: 'every strike', page: 'playground', plays: everyStrike },
  { name: 'keyboard', page: 'playground', plays: keyboard },
  { name: 'accessible', page: 'playground', plays: accessible },
  { name: 'recording', page: 'recording', plays: recording },
];

/** Exit codes: 0 all held, or skipped for want of a browser; 1 a check failed, or CI has no browser; 2 the command line is wrong. */
async function main(): Promise<number> {
  const { values } = readCommandLine({ script: 'test:browser', usage }, (args) =>
    parseOptions({ args, options: { json: { type: 'boolean', default: false } } }),
  );
  const executablePath = findChromium(process.env);
  if (executablePath === undefined) {
    process.stdout.write(
      'test:browser  skipped: there is no Chromium; install it, or name one in CHROMIUM\n',
    );
    return (process.env['CI'] ?? '') === '' ? 0 : 1;
  }
  const folder = mkdtempSync(join(tmpdir(), 'phoenat-browser-'));
  // Its sandbox does not start for root; the page is our own.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const report = await playAll(browser, buildPages(folder), values.json);
    if (values.json)
      process.stdout.write(`${JSON.stringify({ ok: report.ok, checks: report.checks }, null, 2)}\n`);
    else
      process.stdout.write(
        `\n${report.checks.filter(({ ok }) => ok).length} of ${report.checks.length} checks hold\n`,
      );
    return report.ok ? 0 : 1;
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
}

type Pages = Readonly<Record<Case['page'], string>>;

function buildPages(folder: string): Pages {
  const pages = { playground: join(folder, 'playground.html'), recording: join(folder, 'recording.html') };
  const run = (script: string, ...args: string[]) =>
    execFileSync(process.execPath, [script, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  run('scripts/playground.ts', '--out', pages.playground);
  run('demo/main.ts', '--html', pages.recording, '--scenario', 'one-zone');
  return pages;
}

async function playAll(browser: Browser, pages: Pages, isQuiet: boolean): Promise<LabReport> {
  const report = new LabReport((text) => isQuiet || process.stdout.write(text));
  for (const { name, page, plays } of cases) {
    const section = report.section(name);
    try {
      await plays(browser, pages[page], section);
    } catch (error) {
      section.check('it comes to its end', false, errorMessage(error));
    }
  }
  return report;
}

process.exitCode = await main();
