// Long lists: data within 300 ms, smooth scrolling, only rows in sight in the page.
import { check, open, picture, test, until } from './harness.mjs';

const LIMIT = 300;

/** Millis from the change of the address to the first row; the best of some tries, for other work may hold the machine. */
async function timeToData(page, hash, selector, tries = 5) {
  let best = Infinity;
  for (let i = 0; i < tries; i++) {
    await page.evaluate(() => { location.hash = '#/configuration'; });
    await page.getByRole('heading', { level: 1, name: 'Configuration' }).waitFor();
    best = Math.min(best, await page.evaluate(([to, row]) => new Promise((resolve) => {
      const start = performance.now();
      location.hash = to;
      const look = () => (document.querySelector(row) || performance.now() - start > 5000 ? resolve(performance.now() - start) : requestAnimationFrame(look));
      look();
    }), [hash, selector]));
  }
  return best;
}

/** Scrolls through a list for a second: the times between frames, and how many of them showed no row. */
function scrollThrough(page, label) {
  return page.evaluate((name) => new Promise((resolve) => {
    const list = document.querySelector(`[role="table"][aria-label="${name}"]`);
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

/** Smooth at 200 pixels a frame: few frames without rows, few rows in the page, each frame's work well within the 16 ms of 60 Hz. */
async function checkScroll(page, label) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const before = await cpuMillis(session);
  const { frames, blank, drawn } = await scrollThrough(page, label);
  const work = (await cpuMillis(session) - before) / frames.length;
  const at = (share) => frames[Math.floor(frames.length * share)].toFixed(0);
  console.log(`     ${label}: ${work.toFixed(1)} ms of work a frame; frames every ${at(0.5)} ms (median), ${at(0.9)} ms (90 %); ${drawn} rows in the page`);
  check(drawn < 100, `${drawn} rows are in the page`);
  check(blank <= frames.length / 20, `${blank} of ${frames.length} frames showed no rows`);
  check(work <= 10, `a frame takes ${work.toFixed(1)} ms of work`);
}

test('speed: the pages of the demo show data within 300 ms', async (page, { url }) => {
  await open(page, url, '#/configuration');
  for (const [hash, selector] of [['#/overview', '[aria-label="Running jobs"] [role="cell"] a'], ['#/jobs', '[aria-label="Jobs"] [role="cell"] a'], ['#/topics', '[aria-label="Topics"] [role="cell"] a'], ['#/topics/SALES', '[aria-label="Messages"] [role="cell"] button'], ['#/schemas', '[aria-label="Subjects"] [role="cell"] a'], ['#/groups', '[aria-label="Consumer groups"] [role="cell"] a']]) {
    const took = await timeToData(page, hash, selector);
    console.log(`     ${hash}: ${took.toFixed(0)} ms`);
    check(took <= LIMIT, `${hash} took ${took} ms`);
  }
});

test('speed: a million rows of the engine', async (page, { url }) => {
  await open(page, url, `#/sql?text=${encodeURIComponent("CREATE TABLE IF NOT EXISTS ui_million (id BIGINT, n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '999999');\nSELECT * FROM ui_million /* big */;")}`);
  await page.locator('.cm-content').waitFor();
  await until(() => page.evaluate(() => sessionStorage.getItem('sql-session')), 'no session is opened');
  const start = Date.now();
  await page.getByRole('button', { name: 'Run script' }).click();
  await page.getByText('1 M rows in').waitFor({ timeout: 300_000 });
  console.log(`     all rows in the page after ${((Date.now() - start) / 1000).toFixed(1)} s`);
  await page.evaluate(() => { document.querySelector('[aria-label="Result"]').scrollTop = 0; });
  await checkScroll(page, 'Result');
  await page.evaluate(() => { document.querySelector('[aria-label="Result"]').scrollTop = 1e9; });
  await page.getByRole('cell', { name: '999999' }).first().waitFor();
}, { seconds: 400 });

test('speed: 1 000 jobs within 300 ms, smooth scrolling', async (page, { crowd }) => {
  await open(page, await crowd(), '#/configuration');
  const took = await timeToData(page, '#/jobs', '[aria-label="Jobs"] [role="cell"] a');
  console.log(`     1 000 jobs: ${took.toFixed(0)} ms`);
  check(took <= LIMIT, `the jobs took ${took} ms`);
  await page.getByText('1,000 jobs').waitFor();
  await picture(page, 'long-jobs');
  await checkScroll(page, 'Jobs');
});

test('speed: 5 000 topics within 300 ms, smooth scrolling', async (page, { crowd }) => {
  await open(page, await crowd(), '#/configuration');
  const took = await timeToData(page, '#/topics', '[aria-label="Topics"] [role="cell"] a');
  console.log(`     5 000 topics: ${took.toFixed(0)} ms`);
  check(took <= LIMIT, `the topics took ${took} ms`);
  await picture(page, 'long-topics');
  await checkScroll(page, 'Topics');
  await page.getByLabel('Filter topics').fill('region-4321');
  await until(async () => (await page.getByRole('table', { name: 'Topics' }).getByRole('row').count()) === 2, 'the filter is slow');
});

test('speed: a result of a million rows shows its first within 300 ms and scrolls to its last', async (page, { long }) => {
  await open(page, long, '#/sql?text=SELECT%20*%20FROM%20big%3B');
  await page.locator('.cm-content').waitFor();
  await until(() => page.evaluate(() => sessionStorage.getItem('sql-session')), 'no session is opened');
  const took = await page.evaluate(() => new Promise((resolve) => {
    const start = performance.now();
    [...document.querySelectorAll('button')].find((button) => button.textContent === 'Run').click();
    const look = () => (document.querySelector('[aria-label="Result"] [role="cell"]') ? resolve(performance.now() - start) : requestAnimationFrame(look));
    look();
  }));
  console.log(`     first rows of the result: ${took.toFixed(0)} ms`);
  await page.getByText('1 M rows in').waitFor({ timeout: 120_000 });
  await page.evaluate(() => { document.querySelector('[aria-label="Result"]').scrollTop = 0; });
  await checkScroll(page, 'Result');
  await page.evaluate(() => { document.querySelector('[aria-label="Result"]').scrollTop = 1e9; });
  await page.getByRole('cell', { name: 'name 999999' }).waitFor();
  await picture(page, 'long-result');
  check(took <= LIMIT, `the first rows took ${took} ms`);
}, { seconds: 200 });

test('speed: a log of 100 000 lines', async (page, { long }) => {
  await open(page, long, '#/configuration/log');
  await page.getByText('100 k lines').waitFor();
  await page.getByLabel('Follow').uncheck();
  await page.evaluate(() => { document.querySelector('[aria-label="log"]').scrollTop = 0; });
  await checkScroll(page, 'log');
});
