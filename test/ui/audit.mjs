// The accessibility audit of all pages, in either theme and at both widths: axe-core has no serious or critical finding, and
// the keyboard reaches what the pointer does.
import { readFileSync } from 'node:fs';
import { axePath, check, NARROW, open, picture, test, until, WIDE } from './harness.mjs';
import { json, salesJob } from './servers.mjs';

const axeSource = readFileSync(axePath, 'utf8');
const RULES = { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] } };

const press = (page, name) => page.getByRole('button', { name, exact: true }).click();

/** Runs two rows in the workspace. */
async function showResult(page) {
  await until(() => page.evaluate(() => sessionStorage.getItem('sql-session')), 'no session is opened');
  await press(page, 'Run');
  await page.getByRole('table', { name: 'Result' }).getByText('tea').waitFor({ timeout: 20_000 });
}
const ROWS = `#/sql?text=${encodeURIComponent("SELECT * FROM (VALUES ('tea', 3), ('milk', 5)) AS t(name, n);")}`;

/** What is audited: an address, a name, and what is pressed there first. */
async function pages(url) {
  const id = await salesJob(url);
  const { vertices: [{ operators: [source] }] } = await json(`${url}api/jobs/${id}`);
  const { task_managers: [manager] } = await json(`${url}api/task-managers`);
  const plain = ['#/overview', '#/jobs', ...['graph', 'metrics', 'checkpoints', 'exceptions', 'subtasks', 'log', 'sql', 'configuration'].map((tab) => `#/jobs/${id}/${tab}`), '#/task-managers', ...['log', 'stdout', 'thread-dump', 'metrics'].map((tab) => `#/task-managers/${manager.id}/${tab}`), '#/configuration', '#/configuration/log', '#/topics',
    ...['messages', 'produce', 'schema', 'partitions', 'consumers', 'rates', 'settings'].map((tab) => `#/topics/SALES/${tab}`), '#/topics/SALES/messages?from=offset:0&message=0:0', '#/topics/SALES/messages?from=live', '#/topics/SALES/messages?where=sale_amount%20%3E%2010',
    '#/schemas', ...['versions', 'diff', 'check'].map((tab) => `#/schemas/SALES-value/${tab}`), '#/groups', ...['offsets', 'members', 'lag', 'reset'].map((tab) => `#/groups/flink-sales/${tab}`), '#/sql', '#/sql?panel=history'];
  return [...plain.map((hash) => ({ hash, name: hash })),
    { hash: `#/jobs/${id}/graph?edge=${source.id}`, name: 'an open edge', prepare: async (page) => page.getByRole('table', { name: /^Rows out of/ }).getByRole('cell').first().click({ trial: true, timeout: 20_000 }) },
    { hash: `#/jobs/${id}/checkpoints`, name: "a checkpoint's detail", prepare: async (page) => {
      await page.getByRole('table', { name: 'Checkpoints' }).getByRole('row').filter({ hasText: / B/ }).first().getByRole('button').first().click({ timeout: 30_000 });
      await page.getByRole('table', { name: 'Times by subtask' }).getByRole('cell').first().click({ trial: true });
    } },
    { hash: ROWS, name: 'a result', prepare: showResult },
    { hash: ROWS, name: 'a changelog', prepare: async (page) => { await showResult(page); await press(page, 'Changelog'); } },
    { hash: ROWS, name: 'a chart', prepare: async (page) => { await showResult(page); await press(page, 'Chart'); await page.locator('.plot').click({ trial: true }); } },
    { hash: ROWS, name: 'a plan', prepare: async (page) => { await showResult(page); await press(page, 'Explain'); await page.getByRole('group', { name: 'Plan' }).locator('.operator').first().click({ trial: true }); } },
    { hash: '#/groups/flink-sales/reset', name: 'the preview of a reset', prepare: async (page) => { await press(page, 'Preview'); await page.getByRole('table', { name: 'What a reset changes' }).getByRole('row').nth(1).waitFor(); } },
    ...['Savepoint', 'Stop with savepoint', 'Cancel'].map((button) => ({ hash: `#/jobs/${id}/graph`, name: `the dialog of "${button}"`, prepare: async (page) => { await press(page, button); await page.getByRole('dialog').waitFor(); } })),
    { hash: '#/topics/SALES/settings', name: 'the dialog that deletes a topic', prepare: async (page) => { await press(page, 'Delete the topic'); await page.getByRole('dialog').waitFor(); } },
    { hash: '#/topics', name: 'the dialog that creates a topic', prepare: async (page) => { await press(page, 'Create a topic'); await page.getByRole('dialog').waitFor(); } }];
}

async function findings(page) {
  await page.evaluate(axeSource);
  return page.evaluate(async (rules) => {
    const { violations } = await globalThis.axe.run(document, rules);
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} (${node.any[0]?.message ?? node.all[0]?.message ?? node.none[0]?.message ?? ''})`).join('; ')}`);
  }, RULES);
}

async function auditAll(page, url, all, look = findings) {
  const found = [];
  for (const { hash, name, prepare } of all) {
    await open(page, url, hash);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await until(async () => (await page.locator('.skeleton').count()) === 0, `${name} is still loading`);
    await prepare?.(page);
    await page.waitForTimeout(400);
    for (const finding of await look(page, name)) found.push(`${name}: ${finding}`);
  }
  check(found.length === 0, `${found.length} findings:\n${found.join('\n')}`);
}

for (const [theme, viewport, name] of [['light', WIDE, '1280 pixels, light'], ['dark', WIDE, '1280 pixels, dark'], ['light', NARROW, '390 pixels, light']]) {
  test(`audit: no serious finding at ${name}`, async (page, { url }) => auditAll(page, url, await pages(url)), { theme, viewport, seconds: 400 });
}

/** What reaches beyond the window's edge, of the page or of a dialog. */
async function tooWide(page, name) {
  await picture(page, `narrow-${name.replace(/(jobs|task-managers)\/[^/]+\//, '$1-').replace(/\W+/g, '-').replace(/^-/, '').slice(0, 60)}`);
  return page.evaluate(() => [...document.querySelectorAll('main, dialog, .dialog-box')].filter((element) => element.scrollWidth > element.clientWidth || element.getBoundingClientRect().right > innerWidth + 1)
    .map((element) => `${element.tagName.toLowerCase()}.${element.className} is ${element.scrollWidth - element.clientWidth} pixels too wide`));
}

test('audit: nothing is wider than a window of 390 pixels', async (page, { url }) => auditAll(page, url, await pages(url), tooWide), { viewport: NARROW, seconds: 300 });

/** Remembers what is there for use, and, as it gets the focus, what the keyboard has reached of it. */
function watchFocus() {
  const CONTROLS = 'a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [contenteditable="true"], [tabindex="0"]';
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 0;
  const modal = document.querySelector('dialog[open]');  // what lies behind it is out of reach
  const wanted = new Set([...(modal ?? document).querySelectorAll(CONTROLS)].filter(seen));
  // What shows that it can be pressed is a control, the label of one, or a row whose link or button does the same.
  for (const element of document.querySelectorAll(modal ? 'dialog[open] *' : 'main *, header *')) {
    const pressable = seen(element) && getComputedStyle(element).cursor === 'pointer' && getComputedStyle(element.parentElement).cursor !== 'pointer';
    if (pressable && !element.closest(`label, ${CONTROLS.replace('[tabindex="0"]', '[role="button"][tabindex="0"]')}`) && !element.querySelector(CONTROLS)) wanted.add(element);
  }
  document.addEventListener('focusin', ({ target }) => wanted.delete(target));
  const name = (element) => `${element.tagName.toLowerCase()}${element.className && `.${element.className}`} "${(element.getAttribute('aria-label') ?? element.textContent).trim().slice(0, 40)}"`;
  // A row that has gone in the meantime cannot be reached any more.
  window.unreached = () => [...wanted].filter((element) => element.isConnected && element.matches(':not(:disabled)') && seen(element)).map(name);
}

/** What Tab does not reach. In the editor it indents; Escape, then Tab leaves it, which is what the editor's name says. */
async function unreached(page) {
  await page.evaluate(watchFocus);
  let left = await page.evaluate(() => window.unreached());
  for (let presses = 3 * left.length + 50; presses > 0 && left.length > 0; presses--) {
    if (await page.evaluate(() => Boolean(document.activeElement.closest('.editor')))) await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    left = await page.evaluate(() => window.unreached());
  }
  return left.map((name) => `Tab does not reach ${name}`);
}

for (const [viewport, name] of [[WIDE, 1280], [NARROW, 390]]) {
  test(`audit: Tab reaches every control at ${name} pixels`, async (page, { url }) => auditAll(page, url, await pages(url), unreached), { viewport, seconds: 400 });
}

test('audit: palette, empty and error pages', async (page, { url, empty, error }) => {
  await open(page, url, '#/topics');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('option').first().waitFor();
  check((await findings(page)).length === 0, `palette: ${(await findings(page)).join('\n')}`);
  for (const base of [empty, error]) await auditAll(page, base, ['#/overview', '#/jobs', '#/topics', '#/schemas', '#/groups', '#/sql'].map((hash) => ({ hash, name: hash })));
}, { seconds: 200 });
