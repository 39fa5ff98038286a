// A small test runner for pages in Chromium: tests run one after the other on a page of their own; each that fails
// leaves a picture. Pictures go to build/ui-screenshots.
import { createRequire } from 'node:module';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(join(root, 'ui/package.json'));
const { chromium } = require('playwright-core');
export const axePath = require.resolve('axe-core/axe.min.js');
export const shots = process.env.UI_SHOTS ?? join(root, 'build/ui-screenshots');
mkdirSync(shots, { recursive: true });

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 390, height: 844 };
const tests = [];

/** Registers a test; `run` gets a page at `options.viewport` and the servers' addresses. */
export function test(name, run, options = {}) {
  tests.push({ name, run, options });
}

export function check(condition, message) {
  if (!condition) throw new Error(message);
}

/** Waits until `look` gives something true; the last value. */
export async function until(look, message, millis = 10_000) {
  const end = Date.now() + millis;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > end) throw new Error(typeof message === 'function' ? await message() : message);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

export async function open(page, base, hash) {
  await page.goto('about:blank');
  await page.goto(`${base}${hash}`);
}

/** Waits for an address that fits `pattern`: what the page has set is known here a moment later. */
export async function address(page, pattern) {
  await until(() => pattern.test(page.url()), () => `the address is ${page.url()}`);
}

/** Nothing of the page reaches beyond the window's edge. */
export async function checkWidth(page) {
  const over = await page.evaluate(() => document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth);
  check(over <= 0, `${page.url()} is ${over} pixels too wide`);
}

/** Presses Tab until `control` has the focus. */
export async function tabTo(page, control) {
  await until(async () => {
    await page.keyboard.press('Tab');
    return control.evaluate((element) => element === document.activeElement);
  }, `Tab does not reach ${control}`, 30_000);
}

export async function picture(page, name) {
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

function slug(name) {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, 80);
}

function within(work, seconds) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000); });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function runOne(browser, { name, run, options }, servers) {
  const context = await browser.newContext({ viewport: options.viewport ?? WIDE, colorScheme: options.theme ?? 'light', timezoneId: 'UTC', permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const problems = [];
  page.on('pageerror', (failure) => problems.push(`the page threw: ${failure.stack ?? failure}`));
  const visited = new Set(['null']);  // the origin of what the page holds itself, as data: and blob:
  page.on('request', (request) => {
    const { origin } = new URL(request.url());
    if (request.isNavigationRequest()) visited.add(origin);
    else if (!visited.has(origin)) problems.push(`a request left the origin: ${request.url()}`);
  });
  const started = Date.now();
  try {
    await within(run(page, servers), options.seconds ?? 60);
    check(problems.length === 0, problems.join('\n'));
    console.log(`ok   ${name} (${Date.now() - started} ms)`);
    return true;
  } catch (failure) {
    console.log(`FAIL ${name}\n     ${String(failure.stack ?? failure).split('\n').slice(0, 12).join('\n     ')}${problems.map((one) => `\n     ${one}`).join('')}`);
    await picture(page, `failed-${slug(name)}`).catch(() => undefined);
    return false;
  } finally {
    await context.close();
  }
}

/** Runs what was registered (all whose name fits `filter`); how many passed and failed. */
export async function runAll(servers, filter) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  let passed = 0;
  let failed = 0;
  for (const each of tests.filter(({ name }) => !filter || new RegExp(filter, 'i').test(name))) {
    if (await runOne(browser, each, servers)) passed++;
    else failed++;
  }
  await browser.close();
  return { passed, failed };
}
