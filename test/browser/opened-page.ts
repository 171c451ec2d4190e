import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** A page in a browser, with everything that it should not have done. */
export type OpenedPage = {
  readonly page: Page;
  /** Errors on its console, exceptions, requests to anywhere but its own file. */
  readonly faults: readonly string[];
};

/** Opens a file as a person would, by its path. */
export async function openPage(
  browser: Browser,
  path: string,
  as: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1_060, height: 1_000 }, ...as });
  const page = await context.newPage();
  const { href } = pathToFileURL(path);
  const faults: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== href) faults.push(`request: ${request.url()}`);
  });
  await page.goto(href);
  return { page, faults };
}

type Violation = {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string }[];
};

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds wrong with the page as it is, the serious and the critical. */
export async function violationsOn(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axePath });
  const found = await page.evaluate<Violation[]>(
    '(async () => (await axe.run(document, { resultTypes: ["violations"] })).violations)()',
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id} (${nodes.length}): ${nodes[0]?.html.slice(0, 120)}`);
}
