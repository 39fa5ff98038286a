// The accessibility audit of all pages, in either theme and at both widths: axe-core has no serious or critical finding, and
// the keyboard reaches what the pointer does.
import { readFileSync } from 'node:fs';
import { axePath, check, NARROW, open, test, until, WIDE } from './harness.mjs';
import { salesJob } from './servers.mjs';

const axeSource = readFileSync(axePath, 'utf8');
const RULES = { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] } };

async function pages(url) {
  const id = await salesJob(url);
  return ['#/overview', '#/jobs', ...['graph', 'metrics', 'checkpoints', 'exceptions', 'subtasks', 'log', 'sql', 'configuration'].map((tab) => `#/jobs/${id}/${tab}`), '#/task-managers', '#/configuration', '#/configuration/log', '#/topics',
    ...['messages', 'produce', 'schema', 'partitions', 'consumers', 'rates', 'settings'].map((tab) => `#/topics/SALES/${tab}`), '#/topics/SALES/messages?from=offset:0&message=0:0', '#/topics/SALES/messages?from=live', '#/topics/SALES/messages?where=sale_amount%20%3E%2010',
    '#/schemas', ...['versions', 'diff', 'check'].map((tab) => `#/schemas/SALES-value/${tab}`), '#/groups', ...['offsets', 'members', 'lag', 'reset'].map((tab) => `#/groups/flink-sales/${tab}`), '#/sql', '#/sql?panel=history'];
}

async function findings(page) {
  await page.evaluate(axeSource);
  return page.evaluate(async (rules) => {
    const { violations } = await globalThis.axe.run(document, rules);
    return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} (${node.any[0]?.message ?? node.all[0]?.message ?? node.none[0]?.message ?? ''})`).join('; ')}`);
  }, RULES);
}

async function auditAll(page, url, hashes, look = findings) {
  const found = [];
  for (const hash of hashes) {
    await open(page, url, hash);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await until(async () => (await page.locator('.skeleton').count()) === 0, `${hash} is still loading`);
    await page.waitForTimeout(400);
    for (const finding of await look(page)) found.push(`${hash}: ${finding}`);
  }
  check(found.length === 0, `${found.length} findings:\n${found.join('\n')}`);
}

for (const [theme, viewport, name] of [['light', WIDE, '1280 pixels, light'], ['dark', WIDE, '1280 pixels, dark'], ['light', NARROW, '390 pixels, light']]) {
  test(`audit: no serious finding at ${name}`, async (page, { url }) => auditAll(page, url, await pages(url)), { theme, viewport, seconds: 300 });
}

/** Remembers what is there for use, and, as it gets the focus, what the keyboard has reached of it. */
function watchFocus() {
  const CONTROLS = 'a[href], button:enabled, input:enabled, select:enabled, textarea:enabled, summary, [contenteditable="true"], [tabindex="0"]';
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 0;
  const wanted = new Set([...document.querySelectorAll(CONTROLS)].filter(seen));
  // What shows that it can be pressed is a control, the label of one, or a row whose link or button does the same.
  for (const element of document.querySelectorAll('main *, header *')) {
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
  test(`audit: Tab reaches every control at ${name} pixels`, async (page, { url }) => auditAll(page, url, await pages(url), unreached), { viewport, seconds: 300 });
}

test('audit: dialogs, palette, empty and error pages', async (page, { url, empty, error }) => {
  await open(page, url, '#/topics');
  await page.getByRole('button', { name: 'Create a topic' }).click();
  check((await findings(page)).length === 0, `dialog: ${(await findings(page)).join('\n')}`);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.getByRole('option').first().waitFor();
  check((await findings(page)).length === 0, `palette: ${(await findings(page)).join('\n')}`);
  for (const base of [empty, error]) await auditAll(page, base, ['#/overview', '#/jobs', '#/topics', '#/schemas', '#/groups', '#/sql']);
}, { seconds: 200 });
