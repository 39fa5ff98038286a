// Overview, jobs, a job's page, task managers and configuration, on a running job.
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { address, check, checkWidth, NARROW, open, picture, tabTo, test, until } from './harness.mjs';
import { json, makeTopic, produce, salesJob, withJob } from './servers.mjs';

async function openJob(page, url, tab) {
  await open(page, url, `#/jobs/${await salesJob(url)}/${tab}`);
  await page.getByRole('heading', { level: 1, name: /SALES_AGGREGATE/ }).waitFor();
}

/** A source and a sink of the test's own; `select` reads the one into the other. */
const job = (select) => `CREATE TABLE ui_codes (id BIGINT, code STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '20');
CREATE TABLE ui_parsed (id BIGINT, code STRING, n INT) WITH ('connector' = 'blackhole');
INSERT INTO ui_parsed
${select};`;
const SMALL = job('SELECT id, code, 1 FROM ui_codes');

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

test('overview: a job that has ended stands among the ended ones', async (page, { url }) => {
  const id = await withJob(url, SMALL, async (made) => made);
  await open(page, url, '#/overview');
  const row = page.getByRole('table', { name: 'Ended jobs' }).getByRole('row').filter({ has: page.locator(`a[href="#/jobs/${id}"]`) });
  await row.getByText('canceled').waitFor();
  check((await page.getByRole('table', { name: 'Running jobs' }).locator(`a[href="#/jobs/${id}"]`).count()) === 0, 'it stands among the running ones too');
  await row.getByRole('link').click();
  await page.getByRole('heading', { level: 1 }).getByText('canceled').waitFor();
});

test('jobs: filter and sort are in the address', async (page, { url }) => {
  await open(page, url, '#/jobs?filter=sales_aggregate');
  const rows = page.getByRole('table', { name: 'Jobs' }).getByRole('row');
  await until(async () => (await rows.count()) >= 2, 'the filtered job is not there');
  await page.getByRole('button', { name: 'In', exact: true }).click();
  await address(page, /sort=-in/);
  await page.getByLabel('Filter by name, table or id').fill('no such job');
  await page.getByText('No job fits the filter').waitFor();
});

test('job: the graph names operators, shows live rates and the watermark', async (page, { url }) => {
  await openJob(page, url, 'graph');
  const graph = page.getByRole('group', { name: 'Job graph' });
  for (const name of ['Source: SALES', 'LocalWindowAggregate', 'GlobalWindowAggregate', 'SALES_AGGREGATE']) await graph.getByText(new RegExp(`^${name}|: ${name}`)).first().waitFor();
  await graph.getByText(/watermark .* behind/).first().waitFor({ timeout: 20_000 });
  await graph.getByText(/^busy /).first().waitFor();
  const total = () => page.locator('.figure', { hasText: 'Records in' }).getAttribute('title');
  const before = await total();
  await until(async () => (await total()) !== before, 'the numbers do not change', 15_000);
  await picture(page, 'job-graph');
});

test('job: pressing an edge shows the rows that pass it', async (page, { url }) => {
  await openJob(page, url, 'graph');
  await page.getByRole('button', { name: /rows out of Source/ }).click();
  await address(page, /edge=/);
  const table = page.getByRole('table', { name: /^Rows out of Source/ });
  await until(async () => (await table.getByRole('row').count()) > 2, 'no rows flow', 20_000);
  await table.getByRole('columnheader', { name: 'store_id' }).waitFor();
  await picture(page, 'job-edge');
  await page.getByRole('button', { name: 'Hold' }).click();
  await page.getByRole('button', { name: 'Go on' }).click();
});

test('job: a column of instants on an edge names the zone of the job', async (page, { url }) => {
  await withJob(url, `SET 'table.local-time-zone' = 'Asia/Tokyo';
CREATE TABLE ui_instants (id BIGINT, seen TIMESTAMP_LTZ(3)) WITH ('connector' = 'datagen', 'rows-per-second' = '20');
CREATE TABLE ui_kept (id BIGINT, seen TIMESTAMP_LTZ(3)) WITH ('connector' = 'blackhole');
INSERT INTO ui_kept SELECT * FROM ui_instants;`, async (id) => {
    await open(page, url, `#/jobs/${id}/graph`);
    await page.getByRole('button', { name: /rows out of Source/ }).click();
    const table = page.getByRole('table', { name: /^Rows out of Source/ });
    await table.getByRole('columnheader', { name: 'seen (Asia/Tokyo)', exact: true }).waitFor({ timeout: 20_000 });
    await table.getByRole('columnheader', { name: 'id', exact: true }).waitFor();
  });
});

/** A job that counts by windows what comes with the times in a topic. */
const windowsOf = (topic, kafka) => `CREATE TABLE ui_timed (ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'kafka', 'topic' = '${topic}', 'properties.bootstrap.servers' = '${kafka}', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');
CREATE TABLE ui_counts (window_end TIMESTAMP(3), total BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO ui_counts SELECT window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE ui_timed, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;`;

test('job: no output: the partitions without rows are named, then the one that holds the watermark back', async (page, { url, kafka }) => {
  const topic = await makeTopic(url, `ui-held-${Date.now()}`, 2);
  await withJob(url, windowsOf(topic, kafka), async (id) => {
    const note = page.getByRole('main').getByRole('status').filter({ hasText: topic });
    const says = (text) => until(async () => (await note.allInnerTexts()).join() === text, async () => `the page says "${await note.allInnerTexts()}"`, 20_000);
    await open(page, url, `#/jobs/${id}/graph`);
    await until(async () => /^No window can close yet: \S+-\d, \S+-\d have sent no rows\.$/.test((await note.allInnerTexts()).join()), async () => `the page says "${await note.allInnerTexts()}"`, 20_000);
    await produce(url, topic, 0, { ts: '2026-01-01 12:00:00' });
    await says(`No window can close yet: ${topic}-1 has sent no rows. Set table.exec.source.idle-timeout to go on without.`);
    await picture(page, 'job-empty-partition');
    await produce(url, topic, 1, { ts: '2026-01-01 11:00:00' });
    await says(`${topic}-1 holds the watermark back: it is 1 h behind the furthest partition.`);
    await picture(page, 'job-held-watermark');
    await produce(url, topic, 1, { ts: '2026-01-01 12:00:10' });
    await until(async () => (await note.count()) === 0, 'the note stays');
  });
});

test('job: no output: the only partition, without rows, is named; one without a watermark is not', async (page, { url, kafka }) => {
  const topic = await makeTopic(url, `ui-silent-${Date.now()}`);
  await withJob(url, windowsOf(topic, kafka), async (id) => {
    await open(page, url, `#/jobs/${id}/graph`);
    await page.getByText(`No window can close yet: ${topic}-0 has sent no rows.`, { exact: true }).waitFor({ timeout: 20_000 });
  });
  await withJob(url, `CREATE TABLE ui_untimed (line STRING) WITH ('connector' = 'kafka', 'topic' = '${topic}', 'properties.bootstrap.servers' = '${kafka}', 'format' = 'raw', 'scan.startup.mode' = 'earliest-offset');
CREATE TABLE ui_lines (line STRING) WITH ('connector' = 'blackhole');
INSERT INTO ui_lines SELECT * FROM ui_untimed;`, async (id) => {
    await until(async () => (await json(`${url}api/jobs/${id}`)).splits.length === 1, 'the job reads no partition', 20_000);
    await open(page, url, `#/jobs/${id}/graph`);
    await page.getByRole('group', { name: 'Job graph' }).getByText(/: ui_untimed/).first().waitFor();
    check((await page.getByText(/No window can close/).count()) === 0, 'a job without watermarks waits for one');
  });
});

test('job: metrics as plots over 15 minutes and 6 hours', async (page, { url }) => {
  await openJob(page, url, 'metrics');
  await page.getByRole('img', { name: /^Records, latest/ }).waitFor();
  await page.getByRole('img', { name: /^Watermark delay/ }).waitFor();
  await picture(page, 'job-metrics');
  await page.getByRole('button', { name: '6 h' }).click();
  await address(page, /range=6h/);
  // The server takes the first of these within 10 s; the page looks every 10 s.
  await page.getByText('one value every 10 s').waitFor({ timeout: 40_000 });
  await page.getByRole('img', { name: /^Records, latest: in [\d.]+.*\/s, out/ }).waitFor({ timeout: 40_000 });
  const drawn = () => page.getByRole('img', { name: /^Records, latest/ }).locator('canvas').evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let coloured = 0;  // the grid and what stands at it are grey
    for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 100 && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 60) coloured++;
    return coloured;
  });
  await until(async () => (await drawn()) > 20, 'no line is drawn', 20_000);
  await picture(page, 'job-metrics-6h');
  for (const line of ['in', 'out']) await page.locator('.plot', { hasText: 'Records' }).getByRole('button', { name: line, exact: true, pressed: true }).press('Enter');
  await until(async () => (await drawn()) === 0, 'the legend does not hide the lines');
}, { seconds: 120 });

const colour = (locator) => locator.evaluate((element) => getComputedStyle(element).backgroundColor);

test('job: a vertex that cannot keep up has the colour of its load', async (page, { url }) => {
  await withJob(url, `CREATE TABLE ui_flood (id BIGINT, code STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000');
CREATE TABLE ui_drain (id BIGINT, code STRING) WITH ('connector' = 'blackhole');
INSERT INTO ui_drain SELECT id, REGEXP_REPLACE(REPEAT(code, 20), '(a|b)+c?', MD5(code)) FROM ui_flood;`, async (id) => {
    await open(page, url, `#/jobs/${id}/graph`);
    const vertex = page.getByRole('group', { name: 'Job graph' }).locator('.vertex.load-high');
    await vertex.getByText(/^busy (9\d|100) %$/).waitFor({ timeout: 30_000 });
    check((await colour(vertex.locator('header').first())) === (await colour(page.locator('.load-key.high'))), 'the vertex has not the colour of the key');
    await picture(page, 'job-graph-busy');
  });
});

// In two slots: the one with the slow operator keeps the other from its rows.
test('job: a vertex that waits for a slow one behind it is back-pressured and has the colour for it', async (page, { url }) => {
  await withJob(url, `SET 'parallelism.default' = '2';
CREATE TABLE ui_flood (code STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '100000000');
CREATE TABLE ui_drain (code STRING) WITH ('connector' = 'blackhole');
INSERT INTO ui_drain SELECT REGEXP_REPLACE(REPEAT(code, 20), '(a|b)+c?', MD5(code)) FROM (SELECT code FROM ui_flood LIMIT 2000000000);`, async (id) => {
    await open(page, url, `#/jobs/${id}/graph`);
    const vertex = page.getByRole('group', { name: 'Job graph' }).locator('.vertex.load-high', { hasText: 'Source: ui_flood' });
    await vertex.getByText(/^back-pressured ([5-9]\d|100) %$/).waitFor({ timeout: 30_000 });
    check((await colour(vertex.locator('header').first())) === (await colour(page.locator('.load-key.high'))), 'the vertex has not the colour of the key');
    await picture(page, 'job-graph-back-pressured');
    const { vertices } = await json(`${url}jobs/${id}`);
    const levels = await Promise.all(vertices.map((one) => json(`${url}jobs/${id}/vertices/${one.id}/backpressure`)));
    check(levels.map((one) => one.backpressureLevel).join() === 'high,ok', `REST says ${JSON.stringify(levels)}`);
    check(levels[0].subtasks.some(({ ratio }) => ratio >= 0.5), `REST says ${JSON.stringify(levels[0])}`);
  });
});

test("job: the graph shows each operator's state and late rows", async (page, { url }) => {
  await withJob(url, `CREATE TABLE ui_past (id BIGINT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen', 'rows-per-second' = '50', 'fields.ts.max-past' = '1 h');
CREATE TABLE ui_windows (window_end TIMESTAMP(3), total BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO ui_windows SELECT window_end, COUNT(*) FROM TABLE(TUMBLE(TABLE ui_past, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end;`, async (id) => {
    await open(page, url, `#/jobs/${id}/graph`);
    const operator = (name) => page.getByRole('group', { name: 'Job graph' }).locator('.operator', { hasText: name });
    await operator('GlobalWindowAggregate').getByText(/^\d.* late$/).waitFor({ timeout: 20_000 });
    await operator('GlobalWindowAggregate').getByText(/^state [1-9][\d.]* ([KM]i)?B, \d+ rows?/).waitFor({ timeout: 20_000 });
    check(!/late|state/.test(await operator('Source: ui_past').innerText()), 'the source has late rows or state');
    await until(async () => /^[1-9]/.test(await figure(page, 'Late rows').innerText()), 'the head does not count late rows');
    await picture(page, 'job-late-rows');
  });
});

test('job: checkpoints as a timeline and a list', async (page, { url }) => {
  await openJob(page, url, 'checkpoints');
  await page.getByRole('img', { name: /checkpoints? from/ }).waitFor({ timeout: 30_000 });
  check((await page.getByRole('table', { name: 'Checkpoints' }).getByRole('row').count()) > 1, 'no checkpoint is listed');
  await picture(page, 'job-checkpoints');
});

test('job: a checkpoint opens, with keys alone, to what each operator and subtask did for it', async (page, { url }) => {
  await openJob(page, url, 'checkpoints');
  const list = page.getByRole('table', { name: 'Checkpoints' });
  const done = list.getByRole('row').filter({ hasText: /\d+ ms/ }).filter({ hasText: 'checkpoint' }).first();
  await done.waitFor({ timeout: 30_000 });
  const number = await done.getByRole('button').first().innerText();
  await tabTo(page, list.getByRole('button', { name: number, exact: true }));
  await page.keyboard.press('Enter');
  await address(page, new RegExp(`checkpoint=${number}$`));
  const taken = (await json(`${url}api/jobs/${await salesJob(url)}`)).checkpoints.find(({ id }) => String(id) === number);
  const sizes = page.getByRole('table', { name: 'State by operator' });
  const row = sizes.getByRole('row').filter({ hasText: 'GlobalWindowAggregate' }).first();
  const { slots: [size] } = taken.operators.find(({ name }) => name.startsWith('GlobalWindowAggregate'));
  check((await row.innerText()).includes(`${size.bytes} B`), `the row says ${await row.innerText()}, the state has ${size.bytes} bytes`);
  const times = (await page.getByRole('table', { name: 'Times by subtask' }).getByRole('row').nth(1).getByRole('cell').allInnerTexts()).join();
  const [slot] = taken.slots;
  const millis = (value) => (value < 1000 ? `${value} ms` : '');
  check(times.startsWith(['0', slot.start_delay_millis, slot.alignment_millis, slot.sync_millis].map((value, i) => (i ? millis(value) : value)).join()), `the times are ${times}, not ${JSON.stringify(slot)}`);
  await picture(page, 'job-checkpoint');
  await page.getByRole('button', { name: 'Close the detail' }).press('Enter');
  await until(async () => (await sizes.count()) === 0, 'the detail does not close');
});

test('job: an exception with the line of the script that it comes from', async (page, { url }) => {
  await withJob(url, job('SELECT id, code, CAST(code AS INT)\nFROM ui_codes'), async (id) => {
    await open(page, url, `#/jobs/${id}/exceptions`);
    await page.getByRole('heading', { level: 1 }).getByText('failed').waitFor({ timeout: 20_000 });
    const line = job('').split('\n').length;
    await page.locator('.failure-message', { hasText: /For input string: '[0-9a-f]+'\. Invalid character found/ }).waitFor();
    await page.getByText('java.lang.NumberFormatException').waitFor();
    await page.getByText(/^Source: ui_codes.*\(1\/1\)$/).waitFor();
    const marked = page.getByRole('region', { name: 'the lines round the failure' }).locator('.marked');
    check((await marked.innerText()).replace(/\s+/g, ' ').trim() === `${line} SELECT id, code, CAST(code AS INT)`, `what is marked is "${await marked.innerText()}"`);
    await picture(page, 'job-exception');
    await page.getByRole('link', { name: `line ${line} of the script` }).click();
    await page.getByRole('region', { name: "the job's script" }).locator('.marked', { hasText: 'CAST(code AS INT)' }).waitFor();
  });
});

test('job: exceptions, subtasks, script and configuration', async (page, { url }) => {
  await openJob(page, url, 'exceptions');
  await page.getByText('Nothing has gone wrong').waitFor();
  await page.getByRole('link', { name: 'Subtasks' }).click();
  await page.getByRole('table', { name: /^Subtasks of Source/ }).waitFor();
  await picture(page, 'job-subtasks');
  await page.getByRole('link', { name: 'SQL script' }).click();
  await page.getByRole('region', { name: "the job's script" }).getByText('TUMBLE').waitFor();
  await picture(page, 'job-script');
  await page.getByRole('navigation', { name: 'Parts of the job' }).getByRole('link', { name: 'Configuration' }).click();
  await page.getByText('execution.checkpointing.interval').waitFor();
});

test('job: no part of the page is wider than a narrow window, and its tab is in sight', async (page, { url }) => {
  for (const tab of ['graph', 'metrics', 'checkpoints', 'exceptions', 'subtasks', 'log', 'sql', 'configuration']) {
    await openJob(page, url, tab);
    await page.waitForTimeout(400);
    await checkWidth(page);
    const place = await page.locator('.tabs [aria-current]').boundingBox();
    check(place.x >= 0 && place.x + place.width <= NARROW.width, `the tab ${tab} is at ${place.x}`);
    await picture(page, `narrow-job-${tab}`);
  }
}, { viewport: NARROW });

test('job: cancel asks first', async (page, { url }) => {
  await openJob(page, url, 'graph');
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByRole('dialog', { name: 'Cancel this job?' }).waitFor();
  await picture(page, 'job-cancel');
  await page.keyboard.press('Escape');
  await until(async () => (await page.getByRole('dialog').count()) === 0, 'Escape does not close the dialog');
  check((await salesJob(url)) !== undefined, 'the job is gone');
});

test('job: cancel, with keys alone, ends it', async (page, { url }) => {
  await withJob(url, SMALL, async (id) => {
    await open(page, url, `#/jobs/${id}/graph`);
    await page.getByRole('heading', { level: 1 }).getByText('running').waitFor({ timeout: 20_000 });
    await tabTo(page, page.getByRole('button', { name: 'Cancel', exact: true }));
    await page.keyboard.press('Enter');
    await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Cancel the job' }));
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1 }).getByText('canceled').waitFor({ timeout: 20_000 });
    check((await page.getByRole('button', { name: /^(Cancel|Stop with savepoint|Savepoint)$/ }).count()) === 0, 'an ended job can be stopped');
  });
});

test('job: stop with savepoint finishes it and shows the path', async (page, { url }) => {
  await withJob(url, SMALL, async (id) => {
    await open(page, url, `#/jobs/${id}/graph`);
    await page.getByRole('heading', { level: 1 }).getByText('running').waitFor({ timeout: 20_000 });
    const folder = mkdtempSync(join(tmpdir(), 'ui-stop-'));
    await page.getByRole('button', { name: 'Stop with savepoint' }).click();
    const dialog = page.getByRole('dialog', { name: 'Stop with a savepoint' });
    await dialog.getByLabel('Folder').fill(folder);
    await dialog.getByRole('button', { name: 'Stop with a savepoint' }).click();
    await dialog.locator('.copy-line code').waitFor({ timeout: 30_000 });
    const path = await dialog.locator('.copy-line code').innerText();
    check(path.startsWith(`${folder}/savepoint-`) && readdirSync(path).includes('_metadata'), `${path} is no savepoint`);
    await picture(page, 'job-stop');
    await dialog.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('heading', { level: 1 }).getByText('finished').waitFor({ timeout: 20_000 });
    const { state } = await fetch(`${url}api/jobs/${id}`).then((response) => response.json());
    check(state === 'FINISHED', `the job ended as ${state}`);
  });
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

/** Reads the log at the address that `hash` gives for a job whose broker does not answer, which is worth a line. */
async function readLog(page, url, hash) {
  await withJob(url, `CREATE TABLE ui_away (id BIGINT) WITH ('connector' = 'kafka', 'topic' = 'none', 'properties.bootstrap.servers' = '127.0.0.1:1', 'format' = 'json', 'scan.startup.mode' = 'earliest-offset');
CREATE TABLE ui_nothing (id BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO ui_nothing SELECT id FROM ui_away;`, async (id) => {
    await open(page, url, hash(id));
    await page.getByRole('table', { name: 'log' }).locator('.log-warn').getByText(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [+-]\d\d:\d\d warning source: ui_away: .*127\.0\.0\.1:1 cannot be reached/).first().waitFor({ timeout: 30_000 });
  });
}

test('job: the log of its task manager', async (page, { url }) => {
  await openJob(page, url, 'graph');
  await page.getByRole('navigation', { name: 'Parts of the job' }).getByRole('link', { name: 'Log' }).click();
  await page.getByRole('table', { name: 'log' }).waitFor();
  await address(page, new RegExp(`#/jobs/${await salesJob(url)}/log$`));
  await readLog(page, url, (id) => `#/jobs/${id}/log`);
  await picture(page, 'job-log');
});

test('task managers: the list, a log, a thread dump', async (page, { url }) => {
  await open(page, url, '#/task-managers');
  await page.getByRole('table', { name: 'Task managers' }).getByRole('link').first().click();
  await page.getByRole('navigation', { name: 'Parts of the task manager' }).waitFor();
  await readLog(page, url, () => new URL(page.url()).hash);
  await picture(page, 'task-manager');
  await withJob(url, `CREATE TABLE ui_three (id BIGINT) WITH ('connector' = 'datagen', 'fields.id.kind' = 'sequence', 'fields.id.start' = '4242', 'fields.id.end' = '4244');
CREATE TABLE ui_printed (id BIGINT) WITH ('connector' = 'print', 'print-identifier' = 'ui-printed');
INSERT INTO ui_printed SELECT id FROM ui_three;`, async () => {
    await page.getByRole('link', { name: 'Standard output' }).click();
    await page.getByRole('table', { name: 'standard output' }).getByText('ui-printed> +I[4243]').waitFor({ timeout: 20_000 });
  });
  await picture(page, 'task-manager-stdout');
  await page.getByRole('link', { name: 'Thread dump' }).click();
  await page.getByRole('table', { name: 'thread dump' }).getByText(/ state [A-Z]/).first().waitFor();
  await page.getByRole('navigation', { name: 'Parts of the task manager' }).getByRole('link', { name: 'Metrics' }).click();
  await page.getByRole('table', { name: 'metrics' }).waitFor();
});

test('configuration: settings and the log', async (page, { url }) => {
  await open(page, url, '#/configuration');
  await page.getByRole('table', { name: 'Settings' }).getByRole('row').nth(1).waitFor();
  await page.getByRole('link', { name: 'Log', exact: true }).click();
  await address(page, /#\/configuration\/log$/);
  await readLog(page, url, () => '#/configuration/log');
});
