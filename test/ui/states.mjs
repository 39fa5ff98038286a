// Pages without data, without a server behind them, and their words for it.
import { check, open, picture, test, until } from './harness.mjs';

const EMPTY = {
  '#/overview': 'No job is running', '#/jobs': 'No job has run yet', '#/task-managers': 'No task manager has registered', '#/topics': 'There are no topics', '#/topics/SALES': 'No messages here',
  '#/schemas': 'No schema is registered', '#/groups': 'No consumer group has committed', '#/sql': 'Nothing has been run yet', '#/configuration/log': 'The log is empty',
};

test('states: each empty page says what is missing and what to do', async (page, { empty }) => {
  for (const [hash, words] of Object.entries(EMPTY)) {
    await open(page, empty, hash);
    await page.getByText(words).first().waitFor();
    await picture(page, `empty-${hash.replace(/\W+/g, '-').slice(1)}`);
  }
});

test('states: while the first answer is on its way, the page says that it loads', async (page, { long }) => {
  let answer;
  const held = new Promise((resolve) => { answer = resolve; });
  await page.route('**/api/topics', async (route) => { await held; await route.continue(); });
  await open(page, long, '#/topics');
  await page.getByRole('main').getByRole('status', { name: 'Loading' }).waitFor();
  check((await page.getByRole('table').count()) === 0, 'a table is shown before its data');
  await picture(page, 'loading');
  answer();
  await page.getByRole('link', { name: 'SALES', exact: true }).waitFor();
  check((await page.getByRole('status', { name: 'Loading' }).count()) === 0, 'the page still loads');
});

test('states: each page shows the error of its server and tries again', async (page, { error }) => {
  for (const hash of ['#/overview', '#/jobs', '#/task-managers', '#/topics', '#/topics/SALES', '#/schemas', '#/groups', '#/configuration']) {
    await open(page, error, hash);
    const alert = page.getByRole('alert').first();
    await alert.getByText('Kafka does not answer at 10.0.0.5:9092.').waitFor();
    await alert.getByText(/Is the broker running/).waitFor();
    await alert.getByRole('button', { name: 'Try again' }).click();
  }
  await picture(page, 'error');
});

test('states: data stays, marked as old, when the server goes away and comes back', async (page, { long }) => {
  await open(page, long, '#/topics');
  await page.getByRole('link', { name: 'SALES', exact: true }).waitFor();
  await page.route('**/api/**', (route) => route.abort());
  await page.getByText(/What you see is from before/).waitFor({ timeout: 15_000 });
  await picture(page, 'stale');
  check((await page.getByRole('link', { name: 'SALES', exact: true }).count()) === 1, 'the data is gone');
  await page.unroute('**/api/**');
  await until(async () => (await page.getByText(/What you see is from before/).count()) === 0, 'the page does not recover', 20_000);
});

test("states: a job's log says that it is empty, that it cannot be read, or that no task manager runs the job", async (page, { long }) => {
  const { jobs } = await fetch(`${long}api/jobs`).then((response) => response.json());
  await page.route('**/task-managers/*/log', (route) => route.fulfill({ body: '' }));
  await open(page, long, `#/jobs/${jobs[0].id}/log`);
  await page.getByText('The log is empty').waitFor();
  await page.unroute('**/task-managers/*/log');
  await page.route('**/task-managers/*/log', (route) => route.fulfill({ status: 404, json: { error: { message: 'There is no such task manager.', hint: '' } } }));
  await page.reload();
  await page.getByRole('alert').getByText('There is no such task manager.').waitFor();
  await page.unroute('**/task-managers/*/log');
  await page.getByRole('table', { name: 'log' }).getByText(/checkpoint \d+ of job sales/).first().waitFor();
  await open(page, long, `#/jobs/${jobs.find(({ waiting_for }) => waiting_for).id}/log`);
  await page.getByText('No task manager runs this job').waitFor();
  await page.getByText(/^It waits for 2 slots/).waitFor();
});

test("states: a job's page says that the other side of a source does not answer", async (page, { long }) => {
  await openChanged(page, long, '', (job) => Object.assign(job, { trouble: 'Source sales: Connect to ipv4#127.0.0.1:9092 failed: Connection refused', trouble_millis: job.now_millis - 42_000 }));
  await page.getByText('No answer for 42 s. Source sales: Connect to').waitFor();
  await picture(page, 'trouble');
});

test('states: lists of jobs name one whose source gets no answer', async (page, { long }) => {
  await page.route('**/api/jobs', async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    json.jobs = json.jobs.map((job, i) => (i === 0 ? { ...job, state: 'RUNNING', trouble: 'Source sales: Connection refused' } : job));
    await route.fulfill({ response, json });
  });
  await open(page, long, '#/overview');
  await page.locator('.figure', { hasText: 'Running jobs' }).getByText('1 without an answer').waitFor();
  await page.getByRole('table', { name: 'Running jobs' }).getByText('no answer').waitFor();
  await picture(page, 'overview-no-answer');
  await open(page, long, '#/jobs');
  check((await page.getByRole('table', { name: 'Jobs' }).locator('.badge.warn', { hasText: 'no answer' }).getAttribute('title')) === 'Source sales: Connection refused', 'the badge does not say why');
});

/** Opens a tab of the first job, whose report (or whose history) `change` has changed. */
async function openChanged(page, base, tab, change) {
  const { jobs } = await fetch(`${base}api/jobs`).then((response) => response.json());
  const changed = async (route) => {
    const response = await route.fetch();
    const json = await response.json();
    change(json);
    await route.fulfill({ response, json });
  };
  await page.route(`**/api/jobs/${jobs[0].id}`, changed);
  await page.route('**/history*', changed);
  await page.route('**/live', (route) => route.abort());
  await open(page, base, `#/jobs/${jobs[0].id}/${tab}`);
}

test('states: a job without watermarks has none, a partition without rows is named', async (page, { long }) => {
  await openChanged(page, long, 'graph', (job) => {
    for (const vertex of job.vertices) for (const subtask of vertex.subtasks) subtask.watermark = null;
    job.splits = job.splits.map((split) => ({ ...split, idle: false, watermark: split.name === 'SALES-1' ? null : split.watermark }));
  });
  await page.locator('.figure', { hasText: 'Watermark' }).getByText('none yet').waitFor();
  await page.getByRole('group', { name: 'Job graph' }).getByText('watermark none yet').first().waitFor();
  await page.getByText('No window can close yet: SALES-1 has sent no rows.').waitFor();
  check((await page.getByText(/\d{5} d/).count()) === 0, 'a watermark that is not there counts as 1970');
});

test('states: the first checkpoint is listed while it is taken', async (page, { long }) => {
  await openChanged(page, long, 'checkpoints', (job) => {
    if (!job.checkpoints) return;
    job.in_progress = { ...job.checkpoints[0], id: 1, trigger_millis: job.now_millis - 2000, duration_millis: 0 };
    job.checkpoints = [];
  });
  const row = page.getByRole('table', { name: 'Checkpoints' }).getByRole('row').filter({ hasText: 'in progress' });
  await row.getByText('2 s', { exact: true }).waitFor();
  await picture(page, 'first-checkpoint');
  check((await page.getByRole('img', { name: /checkpoints from/ }).count()) === 0, 'there is a timeline of nothing');
});

test('states: a vertex of the graph has the colour of its load', async (page, { long }) => {
  const loads = { none: [[0.59, 0.09]], some: [[0.6, 0], [0, 0.1]], high: [[0.9, 0], [0, 0.5]] };
  await openChanged(page, long, 'graph', (job) => {
    const [vertex] = job.vertices;
    job.vertices = Object.entries(loads).flatMap(([load, all]) => all.map(([busy, backpressured]) => (
      { ...vertex, id: `${load}${busy}`, name: `${load} ${busy}`, inputs: [], busy_ratio: busy, backpressured_ratio: backpressured })));
  });
  const colour = (locator) => locator.evaluate((element) => getComputedStyle(element).backgroundColor);
  const keys = { none: 'rgba(0, 0, 0, 0)', some: await colour(page.locator('.load-key.some')), high: await colour(page.locator('.load-key.high')) };
  check(new Set(Object.values(keys)).size === 3, `the colours are ${Object.values(keys).join(', ')}`);
  for (const [load, all] of Object.entries(loads)) {
    for (const [busy] of all) {
      const shown = await colour(page.getByRole('region', { name: `${load} ${busy}`, exact: true }).locator('header'));
      check(shown === keys[load], `a vertex with ${load} load is ${shown}, the key says ${keys[load]}`);
    }
  }
  await picture(page, 'job-graph-load');
});

test('states: one sample is drawn on an axis of minutes', async (page, { long }) => {
  await page.addInitScript(() => {
    window.written = [];
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
      window.written.push(text);
      fillText.call(this, text, ...place);
    };
  });
  await openChanged(page, long, 'metrics', (history) => {
    if (!history.series) return;
    history.times = history.times.slice(-1);
    for (const name of Object.keys(history.series)) history.series[name] = history.series[name].slice(-1);
  });
  await page.getByRole('img', { name: /^Records, latest/ }).locator('canvas').waitFor();
  const clocks = await until(() => page.evaluate(() => window.written.filter((text) => /^\d\d:\d\d/.test(text))).then((texts) => texts.length > 1 && texts), 'the axis has no times');
  check(new Set(clocks).size > 1, `the axis has ${clocks.slice(0, 5).join(', ')}`);  // midnights of years
});
