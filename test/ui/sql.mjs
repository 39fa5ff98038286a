// The SQL workspace: completion, errors under words, results, plans, jobs.
import { address, check, open, picture, test, until } from './harness.mjs';
import { json } from './servers.mjs';

async function write(page, url, text) {
  await open(page, url, `#/sql?text=${encodeURIComponent(text)}`);
  await page.locator('.cm-content').waitFor();
  await until(() => page.evaluate(() => sessionStorage.getItem('sql-session')), 'no session is opened');
}

const WINDOWS = "SELECT window_end, COUNT(*) AS total FROM TABLE(TUMBLE(TABLE ui_numbers, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end;";
const TABLE = `CREATE TABLE IF NOT EXISTS ui_numbers (id BIGINT, name STRING, ts AS PROCTIME()) WITH ('connector' = 'datagen', 'rows-per-second' = '50');`;

const editorText = (page) => page.locator('.cm-content').innerText();

/** Types `start`, whose last word the completion makes a whole `word`. */
async function complete(page, start, word, kind) {
  await page.keyboard.type(start, { delay: 60 });
  const option = page.locator('.cm-tooltip-autocomplete li[aria-selected]', { has: page.getByText(word, { exact: true }) });
  await option.locator('.completion-kind', { hasText: kind }).waitFor();
  await picture(page, `sql-completion-${kind}`);
  await page.waitForTimeout(150);  // the editor takes no key for a list that has just opened
  await page.keyboard.press('Enter');
  const whole = start.replace(/\w+$/, word);
  await until(async () => (await editorText(page)).endsWith(whole), async () => `the text is ${await editorText(page)}`);
}

test('sql: completion of keywords, tables and columns while typing', async (page, { url }) => {
  await write(page, url, TABLE);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('OK', { exact: true }).waitFor();
  await page.locator('.cm-content').click();
  await page.keyboard.press('Control+End');
  await complete(page, '\nSEL', 'SELECT', 'keyword');
  await complete(page, ' * FROM ui_n', 'ui_numbers', 'table');
  await complete(page, ' WHERE na', 'name', 'column');
});

test('sql: a selection is run, and nothing else', async (page, { url }) => {
  await write(page, url, 'SHOW TABLES;\nSHOW CATALOGS;\nSHOW DATABASES;');
  await page.locator('.cm-content').focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+End');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  const runs = page.getByRole('list', { name: 'What was run' }).getByRole('button');
  await runs.nth(1).waitFor();
  await page.getByRole('table', { name: 'Result' }).getByText('default_catalog').waitFor();
  check((await runs.allInnerTexts()).join() === 'SHOW TABLES;,SHOW CATALOGS;', `what was run is ${await runs.allInnerTexts()}`);
});

test('sql: an error stands under the right word', async (page, { url }) => {
  await write(page, url, `${TABLE}\nSELECT id, store_idd\nFROM ui_numbers;`);
  const mark = page.locator('.cm-lintRange-error');
  await mark.first().waitFor();
  check((await mark.first().innerText()) === 'store_idd', `the mark stands under "${await mark.first().innerText()}"`);
  await mark.first().hover();
  await page.locator('.cm-tooltip-lint').waitFor();
  await picture(page, 'sql-error');
});

test('sql: a streaming query as table, changelog and chart; stop ends it', async (page, { url }) => {
  await write(page, url, `${TABLE}\n${WINDOWS}`);
  await page.getByRole('button', { name: 'Run script' }).click();
  const result = page.getByRole('table', { name: 'Result' });
  await until(async () => (await result.getByRole('row').count()) > 3 && (await page.getByText(/, running$/).count()) > 0, 'no rows arrive', 20_000);
  await picture(page, 'sql-result');
  await page.getByRole('button', { name: 'Changelog' }).click();
  await page.getByRole('table', { name: 'Changelog' }).getByText(/^[+-][IUD]$/).first().waitFor();
  await picture(page, 'sql-changelog');
  await page.getByRole('button', { name: 'Chart' }).click();
  await page.locator('.plot canvas').waitFor();
  await picture(page, 'sql-chart');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await page.getByText(/stopped after/).waitFor();
});

test('sql: a column of instants names the zone they are shown in', async (page, { url }) => {
  const query = 'SELECT TO_TIMESTAMP_LTZ(0, 3) AS instant, CAST(1 AS INT) AS n;';
  await write(page, url, `SET 'table.local-time-zone' = 'Asia/Tokyo';\n${query}`);
  await page.getByRole('button', { name: 'Run script' }).click();
  const result = page.getByRole('table', { name: 'Result' });
  await result.getByRole('columnheader', { name: 'instant (Asia/Tokyo)', exact: true }).waitFor({ timeout: 20_000 });
  await result.getByText(/^1970-01-01 09:00:00/).waitFor();
  await result.getByRole('columnheader', { name: 'n', exact: true }).waitFor();
  await picture(page, 'sql-zone');
  await write(page, url, `RESET 'table.local-time-zone';\n${query}`);
  await page.getByRole('button', { name: 'Run script' }).click();
  const { zone } = await json(`${url}api/overview`);
  await result.getByRole('columnheader', { name: `instant (${zone})`, exact: true }).waitFor({ timeout: 20_000 });
});

test('sql: a chart shows instants on the clock of the session and says so, times without a zone as they are', async (page, { url }) => {
  await write(page, url, `SET 'table.local-time-zone' = 'Asia/Tokyo';
SELECT TO_TIMESTAMP_LTZ(0, 3) AS instant, TIMESTAMP '1970-01-01 00:30:00' AS plain, CAST(1 AS INT) AS n;`);
  await page.getByRole('button', { name: 'Run script' }).click();
  await page.getByRole('table', { name: 'Result' }).getByText(/^1970-01-01 09:00:00/).waitFor({ timeout: 20_000 });
  await page.getByRole('button', { name: 'Chart' }).click();
  const says = async (title, label, time) => {
    await page.getByRole('img', { name: `${title}, latest: n 1` }).hover();  // the only point stands in the middle
    const head = page.locator('.plot .u-series').first();
    await until(async () => (await head.innerText()).trim() === `${label}${time}`, async () => `the legend says "${await head.innerText()}"`);
  };
  await says('n by instant (Asia/Tokyo)', 'Time (Asia/Tokyo)', '1970-01-01 09:00:00');
  await picture(page, 'sql-chart-zone');
  await page.getByLabel('Across').selectOption('plain');
  await says('n by plain', 'Time', '1970-01-01 00:30:00');
});

test('sql: a failing statement says why', async (page, { url }) => {
  await write(page, url, 'SELECT store_idd FROM nowhere;');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByRole('alert').getByText(/nowhere/).first().waitFor();
});

const MISSPELT = `SET 'execution.checkpointing.intervall' = '1 s';`;

test('sql: the warning of a statement is shown with the result of its script, and no longer with that of the next', async (page, { url }) => {
  await write(page, url, `${MISSPELT}\n${TABLE}`);
  await page.getByRole('button', { name: 'Run script' }).click();
  await page.getByText('OK', { exact: true }).waitFor();
  const warning = page.locator('.stale.warn', { hasText: "did you mean 'execution.checkpointing.interval'" });
  await warning.waitFor();
  const tabs = page.getByRole('list', { name: 'What was run' });
  check((await tabs.locator('.dot.warn').count()) === 1, 'no tab has the colour of a warning');
  await picture(page, 'sql-warning');
  await warning.getByRole('button', { name: 'Show its statement' }).click();
  await tabs.locator('[aria-pressed=true]', { hasText: 'intervall' }).waitFor();
  await write(page, url, TABLE);
  await page.getByRole('button', { name: 'Run script' }).click();
  await tabs.locator('[aria-pressed=true]', { hasText: 'CREATE TABLE' }).waitFor();
  check((await warning.count()) === 0, 'the warning of an earlier script is still there');
});

test('sql: a script that becomes a job takes its warnings to the page of the job', async (page, { url }) => {
  await write(page, url, `${MISSPELT}\n${TABLE}\nCREATE TABLE IF NOT EXISTS ui_sink (id BIGINT, name STRING) WITH ('connector' = 'blackhole');\nINSERT INTO ui_sink SELECT id, name FROM ui_numbers;`);
  await page.getByRole('button', { name: 'Submit as a job' }).click();
  await page.getByRole('navigation', { name: 'Parts of the job' }).waitFor({ timeout: 20_000 });
  await page.locator('.toast.bad', { hasText: 'intervall' }).waitFor();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByRole('button', { name: 'Cancel the job' }).click();
  await page.getByRole('heading', { level: 1 }).getByText('canceled').waitFor({ timeout: 20_000 });
});

test('sql: explain draws the plan', async (page, { url }) => {
  await write(page, url, TABLE);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('OK', { exact: true }).waitFor();
  await write(page, url, WINDOWS);
  await page.getByRole('button', { name: 'Explain' }).click();
  await page.getByRole('group', { name: 'Plan' }).locator('.operator').first().waitFor();
  await picture(page, 'sql-explain');
  await page.getByRole('button', { name: 'Text', exact: true }).click();
  await page.getByRole('region', { name: 'plan', exact: true }).waitFor();
});

test('sql: the catalog tree lists tables and inserts names', async (page, { url }) => {
  await write(page, url, TABLE);
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText('OK', { exact: true }).waitFor();
  const catalog = page.getByRole('navigation', { name: 'Catalog' });
  const table = catalog.getByRole('button', { name: /^(ui_numbers|SALES)$/ }).first();
  await table.click();
  await catalog.locator('.catalog-columns li').first().waitFor();
  await picture(page, 'sql-catalog');
  const before = await page.locator('.cm-content').innerText();
  await catalog.getByRole('button', { name: /^Insert/ }).first().click();
  check((await page.locator('.cm-content').innerText()) !== before, 'nothing was inserted');
});

test('sql: a script becomes a job, which can be stopped from its page', async (page, { url }) => {
  await write(page, url, `${TABLE}\nCREATE TABLE IF NOT EXISTS ui_sink (id BIGINT, name STRING) WITH ('connector' = 'blackhole');\nINSERT INTO ui_sink SELECT id, name FROM ui_numbers;`);
  await page.getByRole('button', { name: 'Submit as a job' }).click();
  await page.getByRole('navigation', { name: 'Parts of the job' }).waitFor({ timeout: 20_000 });
  await page.getByRole('heading', { level: 1, name: /ui_sink/ }).waitFor();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  await page.getByRole('button', { name: 'Cancel the job' }).click();
  await page.getByRole('heading', { level: 1 }).getByText('canceled').waitFor({ timeout: 20_000 });
});

test('sql: the keyboard runs a statement and leaves the editor', async (page, { url }) => {
  await write(page, url, 'SHOW TABLES;');
  await page.locator('.cm-content').focus();
  await page.keyboard.press('Control+Enter');
  await page.getByText(/rows? in /).waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  check(await page.evaluate(() => !document.activeElement.closest('.editor')), 'Escape, then Tab does not leave the editor');
});

test('sql: what was run is in the history', async (page, { url }) => {
  await write(page, url, 'SHOW TABLES;');
  await page.getByRole('button', { name: 'Run', exact: true }).click();
  await page.getByText(/rows? in /).waitFor();
  await page.getByRole('button', { name: 'History' }).click();
  await page.getByRole('table', { name: 'History' }).getByRole('button', { name: 'SHOW TABLES' }).click();
  await address(page, /panel=history/);
});
