// Overview, jobs, a job's page, task managers and configuration, on a running job.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, open, picture, test, until } from './harness.mjs';

/** The id of the sales job. */
async function salesJob(url) {
  const { jobs } = await fetch(`${url}api/jobs`).then((response) => response.json());
  return jobs.find((job) => job.state === 'RUNNING' && job.name.includes('SALES_AGGREGATE')).id;
}

async function openJob(page, url, tab) {
  await open(page, url, `#/jobs/${await salesJob(url)}/${tab}`);
  await page.getByRole('heading', { level: 1, name: /SALES_AGGREGATE/ }).waitFor();
}

const figure = (page, label) => page.locator('.figure', { has: page.getByText(label, { exact: true }) }).locator('dd');

test('overview: slots, task managers, the running job and its rates', async (page, { url }) => {
  await open(page, url, '#/overview');
  await page.getByRole('table', { name: 'Running jobs' }).getByRole('link', { name: /SALES_AGGREGATE/ }).waitFor();
  check(/of \d+/.test(await figure(page, 'Slots in use').innerText()), 'no slots are shown');
  check(Number(await figure(page, 'Task managers').innerText()) >= 1, 'no task manager is shown');
  await until(async () => /[1-9].*\/s/.test(await figure(page, 'Records in').innerText()), 'no rate of records is shown', 20_000);
  await picture(page, 'overview');
  await page.getByRole('table', { name: 'Running jobs' }).getByRole('link', { name: /SALES_AGGREGATE/ }).click();
  await page.getByRole('group', { name: 'Job graph' }).waitFor();
});

test('jobs: filter and sort are in the address', async (page, { url }) => {
  await open(page, url, '#/jobs?filter=sales_aggregate');
  const rows = page.getByRole('table', { name: 'Jobs' }).getByRole('row');
  await until(async () => (await rows.count()) >= 2, 'the filtered job is not there');
  await page.getByRole('button', { name: 'In', exact: true }).click();
  check(page.url().includes('sort=-in'), `sorting is not in the address: ${page.url()}`);
  await page.getByLabel('Filter by name, table or id').fill('no such job');
  await page.getByText('No job fits the filter').waitFor();
});

test('job: the graph names operators, shows live rates and the watermark', async (page, { url }) => {
  await openJob(page, url, 'graph');
  const graph = page.getByRole('group', { name: 'Job graph' });
  for (const name of ['Source: SALES', 'LocalWindowAggregate', 'GlobalWindowAggregate', 'SALES_AGGREGATE']) await graph.getByText(new RegExp(`^${name}|: ${name}`)).first().waitFor();
  await graph.getByText(/watermark .* behind/).first().waitFor({ timeout: 20_000 });
  await graph.getByText(/^busy /).first().waitFor();
  const total = () => figure(page, 'Records in').getAttribute('title').catch(() => '').then(async () => page.locator('.figure').first().getAttribute('title'));
  const before = await total();
  await until(async () => (await total()) !== before, 'the numbers do not change', 15_000);
  await picture(page, 'job-graph');
});

test('job: pressing an edge shows the rows that pass it', async (page, { url }) => {
  await openJob(page, url, 'graph');
  await page.getByRole('button', { name: /rows out of Source/ }).click();
  check(page.url().includes('edge='), 'the edge is not in the address');
  const table = page.getByRole('table', { name: /^Rows out of Source/ });
  await until(async () => (await table.getByRole('row').count()) > 2, 'no rows flow', 20_000);
  await table.getByRole('columnheader', { name: 'store_id' }).waitFor();
  await picture(page, 'job-edge');
  await page.getByRole('button', { name: 'Hold' }).click();
  await page.getByRole('button', { name: 'Go on' }).click();
});

test('job: metrics as plots over 15 minutes and 6 hours', async (page, { url }) => {
  await openJob(page, url, 'metrics');
  await page.getByRole('img', { name: /^Records, latest/ }).waitFor();
  await page.getByRole('img', { name: /^Watermark delay/ }).waitFor();
  await picture(page, 'job-metrics');
  await page.getByRole('button', { name: '6 h' }).click();
  check(page.url().includes('range=6h'), 'the range is not in the address');
});

test('job: checkpoints as a timeline and a list', async (page, { url }) => {
  await openJob(page, url, 'checkpoints');
  await page.getByRole('img', { name: /checkpoints? from/ }).waitFor({ timeout: 30_000 });
  check((await page.getByRole('table', { name: 'Checkpoints' }).getByRole('row').count()) > 1, 'no checkpoint is listed');
  await picture(page, 'job-checkpoints');
});

test('job: exceptions, subtasks, script and configuration', async (page, { url }) => {
  await openJob(page, url, 'exceptions');
  await page.getByText(/Nothing has gone wrong|of the script/).first().waitFor();
  await page.getByRole('link', { name: 'Subtasks' }).click();
  await page.getByRole('table', { name: /^Subtasks of Source/ }).waitFor();
  await picture(page, 'job-subtasks');
  await page.getByRole('link', { name: 'SQL script' }).click();
  await page.getByRole('region', { name: "the job's script" }).getByText('TUMBLE').waitFor();
  await picture(page, 'job-script');
  await page.getByRole('navigation', { name: 'Parts of the job' }).getByRole('link', { name: 'Configuration' }).click();
  await page.getByText('execution.checkpointing.interval').waitFor();
});

test('job: cancel asks first', async (page, { url }) => {
  await openJob(page, url, 'graph');
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByRole('dialog', { name: 'Cancel this job?' }).waitFor();
  await picture(page, 'job-cancel');
  await page.keyboard.press('Escape');
  await until(async () => (await page.getByRole('dialog').count()) === 0, 'Escape does not close the dialog');
  check((await salesJob(url)) !== undefined, 'the job is gone');
});

test('job: a savepoint is taken and its path shown', async (page, { url }) => {
  await openJob(page, url, 'graph');
  await page.getByRole('button', { name: 'Savepoint', exact: true }).click();
  await page.getByLabel('Folder').fill(mkdtempSync(join(tmpdir(), 'ui-savepoint-')));
  await page.getByRole('button', { name: 'Take a savepoint' }).click();
  await page.getByRole('dialog').locator('.copy-line code').waitFor({ timeout: 30_000 });
  check((await page.getByRole('dialog').locator('.copy-line code').innerText()).includes('savepoint'), 'the path is no savepoint');
  await picture(page, 'job-savepoint');
});

test('task managers: the list, a log, a thread dump', async (page, { url }) => {
  await open(page, url, '#/task-managers');
  await page.getByRole('table', { name: 'Task managers' }).getByRole('link').first().click();
  await page.getByRole('table', { name: 'log' }).or(page.getByText('The log is empty')).waitFor();
  await picture(page, 'task-manager');
  await page.getByRole('link', { name: 'Thread dump' }).click();
  await page.getByRole('table', { name: 'thread dump' }).or(page.getByText('is empty')).waitFor();
  await page.getByRole('navigation', { name: 'Parts of the task manager' }).getByRole('link', { name: 'Metrics' }).click();
  await page.getByRole('table', { name: 'metrics' }).waitFor();
});

test('configuration: settings and the log', async (page, { url }) => {
  await open(page, url, '#/configuration');
  await page.getByRole('table', { name: 'Settings' }).getByRole('row').nth(1).waitFor();
  await page.getByRole('link', { name: 'Log', exact: true }).click();
  await page.getByRole('table', { name: 'log' }).or(page.getByText('The log is empty')).waitFor();
});
