// Long lists: data within 300 ms, smooth scrolling, only rows in sight in the page.
import { cpus, loadavg } from 'node:os';
import { check, open, picture, test, until } from './harness.mjs';
import { json, withConsole } from './servers.mjs';

const LIMIT = 300;
const TRIES = 7;
const KEPT = 600;  // longer than the server keeps a list that took it long: a try after such a rest is of a new look

/**
 * The median of some tries keeps the limit; `once` gives the millis of one. Where other work holds the machine it may
 * not: two more rounds then, each of which is printed.
 */
async function checkTimes(what, once, rounds = 3) {
  const times = [];
  for (let i = 0; i < TRIES; i++) times.push(await once());
  times.sort((a, b) => a - b);
  const [best, median] = [times[0], times[Math.floor(TRIES / 2)]];
  const said = `${what}: ${median.toFixed(0)} ms (median of ${TRIES}), ${best.toFixed(0)} ms (best)`;
  console.log(`     ${said}`);
  if (median > LIMIT && rounds > 1) return checkTimes(what, once, rounds - 1);
  check(median <= LIMIT, `${said}; the load is ${loadavg()[0].toFixed(0)} on ${cpus().length} cores`);
}

/** From the change of the address to the first row; before it a rest of some millis. */
function checkPage(page, what, hash, selector, rest = 0) {
  return checkTimes(what, async () => {
    await page.evaluate(() => { location.hash = '#/configuration'; });
    await page.getByRole('heading', { level: 1, name: 'Configuration' }).waitFor();
    await page.waitForTimeout(rest);
    return page.evaluate(([to, row]) => new Promise((resolve) => {
      const start = performance.now();
      location.hash = to;
      const look = () => (document.querySelector(row) || performance.now() - start > 5000 ? resolve(performance.now() - start) : requestAnimationFrame(look));
      look();
    }), [hash, selector]);
  });
}

/** From the press of "Run" to the first row of the result; the last run is left going. */
function checkResult(page, what, ready = async () => true) {
  return checkTimes(what, async () => {
    const clear = page.getByRole('button', { name: 'Stop all and clear the results' });
    if (await clear.isVisible()) await clear.click();
    await page.getByText('Nothing has been run yet').waitFor();
    await until(ready, 'the last run does not end', 20_000);
    return page.evaluate(() => new Promise((resolve) => {
      const start = performance.now();
      [...document.querySelectorAll('button')].find((button) => button.textContent === 'Run').click();
      const look = () => (document.querySelector('[aria-label="Result"] [role="cell"]') || performance.now() - start > 5000 ? resolve(performance.now() - start) : requestAnimationFrame(look));
      look();
    }));
  });
}

async function openSql(page, base, text) {
  await open(page, base, `#/sql?text=${encodeURIComponent(text)}`);
  await page.locator('.cm-content').waitFor();
  await until(() => page.evaluate(() => sessionStorage.getItem('sql-session')), 'no session is opened');
}

/** Scrolls through a list from its start for a second: the times between frames, and how many of them showed no row. */
function scrollThrough(page, label) {
  return page.evaluate((name) => new Promise((resolve) => {
    const list = document.querySelector(`[role="table"][aria-label="${name}"]`);
    list.scrollTop = 0;
    const frames = [];
    let blank = 0;
    let last = performance.now();
    const start = last;
    const step = (now) => {
      frames.push(now - last);
      last = now;
      const box = list.getBoundingClientRect();
      const hit = document.elementFromPoint(box.left + 60, box.top + box.height / 2);
      if (!hit?.closest('[role="row"]')) blank++;
      list.scrollTop += 200;
      if (now - start < 1000) requestAnimationFrame(step);
      else resolve({ frames: frames.slice(2).sort((a, b) => a - b), blank, drawn: list.querySelectorAll('[role="row"]').length });
    };
    requestAnimationFrame(step);
  }), label);
}

/** CPU time of the page's main thread, in millis: what other processes take from the machine does not count. */
async function cpuMillis(session) {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration').value * 1000;
}

/**
 * Smooth at 200 pixels a frame: few frames without rows, few rows in the page, each frame's work well within the 16 ms of
 * 60 Hz. Where other work holds the machine, frames are few and carry more of what the page does besides: another try then.
 */
async function checkScroll(page, label, tries = 3) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await cpuMillis(session);
  const { frames, blank, drawn } = await scrollThrough(page, label);
  const work = (await cpuMillis(session) - before) / frames.length;
  const at = (share) => frames[Math.floor(frames.length * share)].toFixed(0);
  console.log(`     ${label}: ${work.toFixed(1)} ms of work a frame; frames every ${at(0.5)} ms (median), ${at(0.9)} ms (90 %); ${drawn} rows in the page`);
  if (tries > 1 && (work > 10 || blank > frames.length / 20)) return checkScroll(page, label, tries - 1);
  check(drawn < 100, `${drawn} rows are in the page`);
  check(blank <= frames.length / 20, `${blank} of ${frames.length} frames showed no rows`);
  check(work <= 10, `a frame takes ${work.toFixed(1)} ms of work`);
}

test('speed: the pages of the demo show data within 300 ms', async (page, { url }) => {
  await open(page, url, '#/configuration');
  for (const [hash, selector] of [['#/overview', '[aria-label="Running jobs"] [role="cell"] a'], ['#/jobs', '[aria-label="Jobs"] [role="cell"] a'], ['#/topics', '[aria-label="Topics"] [role="cell"] a'], ['#/topics/SALES', '[aria-label="Messages"] [role="cell"] button'], ['#/schemas', '[aria-label="Subjects"] [role="cell"] a'], ['#/groups', '[aria-label="Consumer groups"] [role="cell"] a']]) {
    await checkPage(page, hash, hash, selector);
  }
});

test('speed: a million rows of the engine: the first within 300 ms, smooth scrolling', async (page, { url }) => {
  const free = async () => (await fetch(`${url}api/overview`).then((response) => response.json())).free_slots > 0;
  await openSql(page, url, "CREATE TABLE IF NOT EXISTS ui_million (id BIGINT, n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '999999');");
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('OK', { exact: true }).waitFor();
  await openSql(page, url, 'SELECT * FROM ui_million;');
  await checkResult(page, 'first rows of the engine', free);
  const start = Date.now();
  await page.getByText('1 M rows in').waitFor({ timeout: 300_000 });
  console.log(`     all rows in the page after ${((Date.now() - start) / 1000).toFixed(1)} s`);
  await checkScroll(page, 'Result');
  await page.evaluate(() => { document.querySelector('[aria-label="Result"]').scrollTop = 1e9; });
  await page.getByRole('cell', { name: '999999' }).first().waitFor();
}, { seconds: 400 });

async function checkJobs(page, base) {
  await open(page, base, '#/configuration');
  await checkPage(page, 'the overview of 1 000 jobs', '#/overview', '[aria-label="Running jobs"] [role="cell"] a', KEPT);
  await checkPage(page, '1 000 jobs', '#/jobs', '[aria-label="Jobs"] [role="cell"] a', KEPT);
}

test('speed: 1 000 jobs within 300 ms, smooth scrolling', async (page, { crowd }) => {
  const { url } = await crowd();
  await checkJobs(page, url);
  await page.getByText('1,000 jobs').waitFor();
  await picture(page, 'long-jobs');
  await checkScroll(page, 'Jobs');
}, { seconds: 260 });

test('speed: 1 000 jobs of a job manager in another process within 300 ms', async (page, { crowd }) => {
  await withConsole(await crowd(), async (base) => {
    await checkJobs(page, base);
    await picture(page, 'long-jobs-console');
    await checkTimes('/api/jobs', async () => {
      await page.waitForTimeout(KEPT);
      const start = performance.now();
      const { jobs } = await json(`${base}api/jobs`);
      check(jobs.length >= 1000, `${jobs.length} jobs are listed`);
      return performance.now() - start;
    });
  });
}, { seconds: 260 });

test('speed: 5 000 topics within 300 ms, smooth scrolling', async (page, { crowd }) => {
  const { url } = await crowd();
  await open(page, url, '#/configuration');
  await checkPage(page, '5 000 topics', '#/topics', '[aria-label="Topics"] [role="cell"] a');
  await picture(page, 'long-topics');
  await checkScroll(page, 'Topics');
  await page.getByLabel('Filter topics').fill('region-4321');
  await until(async () => (await page.getByRole('table', { name: 'Topics' }).getByRole('row').count()) === 2, 'the filter is slow');
}, { seconds: 260 });

test('speed: a result of a million rows shows its first within 300 ms and scrolls to its last', async (page, { long }) => {
  await openSql(page, long, 'SELECT * FROM big;');
  await checkResult(page, 'first rows');
  await page.getByText('1 M rows in').waitFor({ timeout: 120_000 });
  await checkScroll(page, 'Result');
  await page.evaluate(() => { document.querySelector('[aria-label="Result"]').scrollTop = 1e9; });
  await page.getByRole('cell', { name: 'name 999999' }).waitFor();
  await picture(page, 'long-result');
}, { seconds: 200 });

test('speed: a log of 100 000 lines', async (page, { long }) => {
  await open(page, long, '#/configuration/log');
  await page.getByText('100 k lines').waitFor();
  await page.getByLabel('Follow').uncheck();
  await checkScroll(page, 'log');
});
