import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { strikes } from '../../demo/playground/strikes.ts';
import { shortened } from '../../demo/text.ts';
import type { Section } from '../lab/report.ts';
import { openPage, violationsOn } from './opened-page.ts';

const patienceMs = 60_000;

/** Starts, strikes, heals, by the mouse, and reads what a person would. */
export async function terminated(browser: Browser, path: string, { check }: Section): Promise<void> {
  const { page, faults } = await openPage(browser, path);
  await page.waitForSelector('.topology');
  check(
    'it says at all times that it is simulated',
    await isSeen(page, '.simulated'),
    await textOf(page, '.simulated'),
  );
  check(
    'all is well',
    (await textOf(page, '#counters')).includes('Zone a: online'),
    await textOf(page, '#counters'),
  );
  const left = await textOf(page, '#left');
  check('it says beforehand when it ends', /^One simulated hour: \d+ min \d+ s left$/.test(left), left);
  // Otherwise the very beginning would show the strike.
  await until(async () => (await textOf(page, '#now')) !== 't+0.00s');
  await page.click('[data-strike="terminate"]');
  await page.waitForSelector('.counter.bad');
  const cut = (await page.getAttribute('.topology', 'aria-label')) ?? '';
  check(
    'the picture says in words that the zone is cut off',
    /Zone a: \d of 2 private subnets are cut off/.test(cut),
    cut,
  );
  check(
    'who hears the page is told',
    /^Zone a: .*cut off/.test(await textOf(page, '#announce')),
    await textOf(page, '#announce'),
  );
  await until(async () => (await page.locator('.counter.bad').count()) === 0);
  await page.selectOption('#speed', '60');
  await until(async () => (await textOf(page, '#counters')).includes('ended settled: requests pass'));
  const counters = await textOf(page, '#counters');
  check('healed, and the outage stands', /Zone a: online; [1-9]\d*\.\d s lost/.test(counters), counters);
  await page.click('#play');
  await scrub(page);
  const [before, then] = [await textOf(page, '#now'), await textOf(page, '#log')];
  check(
    'the slider goes back over what has happened',
    before === 't+0.00s' && !then.includes('terminates'),
    before,
  );
  await page.click('#latest');
  await page.locator('.calls .cutover').first().click();
  const call = await textOf(page, '#call');
  check(
    'a call can be read with its request',
    /AssociateAddress|ReplaceRoute|CreateRoute/.test(call),
    call.slice(0, 100),
  );
  check('no error, no request', faults.length === 0, faults.join('; ') || 'none');
  await page.context().close();
}

/** Each button, on a page of its own. */
export async function everyStrike(browser: Browser, path: string, { check }: Section): Promise<void> {
  const { page, faults } = await openPage(browser, path);
  for (const { name, label } of strikes) {
    await page.reload();
    await page.click(`[data-strike="${name}"]`);
    await until(async () => (await page.locator('#log li').count()) > 1);
    const told = await textOf(page, '#struck');
    const log = await textOf(page, '#log');
    check(`${label}: said, and in the log`, !told.includes('has no') && log.includes(shortened(told)), told);
  }
  await page.reload();
  await page.click('[data-strike="kill"]');
  await page.click('[data-strike="terminate"]');
  await until(async () => (await textOf(page, '#log')).includes('its process is dead'));
  check('a killed run dies, and it shows', true, 'its process is dead');
  check('no error, no request', faults.length === 0, faults.join('; ') || 'none');
  await page.context().close();
}

/** Without a mouse: Tab and Enter alone. */
export async function keyboard(browser: Browser, path: string, { check }: Section): Promise<void> {
  const { page, faults } = await openPage(browser, path, { reducedMotion: 'reduce' });
  await page.waitForSelector('.topology');
  check(
    'who wants no motion sees time stand still at first',
    (await textOf(page, '#now')) === 't+0.00s',
    await textOf(page, '#now'),
  );
  await tabTo(page, '[data-strike="terminate"]');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.calls .call');
  await tabTo(page, '[data-call]');
  await page.keyboard.press('ArrowLeft');
  const call = await textOf(page, '#call');
  check('a call is chosen by the arrow keys', call.includes('Asked'), call.slice(0, 80));
  check('no error, no request', faults.length === 0, faults.join('; ') || 'none');
  await page.context().close();
}

const appearances = [
  { width: 1_060, colorScheme: 'light' },
  { width: 1_060, colorScheme: 'dark' },
  { width: 360, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
] as const;

/** In both widths and both colours, while a zone is cut off. */
export async function accessible(browser: Browser, path: string, { check }: Section): Promise<void> {
  for (const { width, colorScheme } of appearances) {
    const { page } = await openPage(browser, path, { viewport: { width, height: 900 }, colorScheme });
    await page.waitForSelector('.topology');
    await page.click('[data-strike="hang"]');
    await page.waitForSelector('.counter.bad');
    await page.click('#play');
    const seen = Number(await page.evaluate('document.documentElement.scrollWidth'));
    check(`${width} pixels, ${colorScheme}: nothing is wider`, seen <= width, `${seen} pixels`);
    const violations = await violationsOn(page);
    check(
      `${width} pixels, ${colorScheme}: axe finds nothing serious`,
      violations.length === 0,
      violations.join('; ') || 'none',
    );
    await page.context().close();
  }
}

/** A recording of a scenario, as `npm run demo -- --html FILE` writes it. */
export async function recording(browser: Browser, path: string, { check }: Section): Promise<void> {
  const { page, faults } = await openPage(browser, path);
  await page.waitForSelector('.topology');
  check('it has no buttons to break anything', !(await isSeen(page, '#strikes')), 'none');
  await page.click('#latest');
  const log = await textOf(page, '#log');
  check('its end is the scenario’s', log.includes('nothing is left to do'), log.slice(-120));
  const counters = await textOf(page, '#counters');
  check('every zone is online', !counters.includes('offline,'), counters);
  check('no error, no request', faults.length === 0, faults.join('; ') || 'none');
  await page.context().close();
}

/** Asked from out here: the page's own policy forbids it to make code of text. @throws Error after a minute */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`not within ${patienceMs / 1_000} s: ${String(isTrue)}`);
    await sleep(50);
  }
}

async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).first().textContent())?.trim() ?? '';
}

function isSeen(page: Page, selector: string): Promise<boolean> {
  return page.locator(selector).first().isVisible();
}

async function scrub(page: Page): Promise<void> {
  await page.focus('#time');
  await page.keyboard.press('Home');
}

async function tabTo(page: Page, selector: string): Promise<void> {
  const most = 60;
  for (let presses = 0; presses < most; presses += 1) {
    if (await page.evaluate(`document.activeElement?.matches(${JSON.stringify(selector)}) === true`)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} is not reached within ${most} presses of Tab`);
}
