// Pictures of all pages of a running server at both widths and in both themes.
// usage: node dev/shots.mjs URL OUT_FOLDER [FILTER]
import { chromium } from 'playwright-core';
import { mkdirSync } from 'node:fs';

const [base, out, filter = ''] = process.argv.slice(2);
const JOB = process.env.JOB ?? `${'a'.repeat(31)}1`;
const PAGES = {
  overview: '#/overview', jobs: '#/jobs', graph: `#/jobs/${JOB}`, edge: `#/jobs/${JOB}/graph?edge=2`, metrics: `#/jobs/${JOB}/metrics`, checkpoints: `#/jobs/${JOB}/checkpoints`, exceptions: `#/jobs/${JOB}/exceptions`,
  subtasks: `#/jobs/${JOB}/subtasks`, joblog: `#/jobs/${JOB}/log`, script: `#/jobs/${JOB}/sql?line=15`, managers: '#/task-managers', log: '#/configuration/log', config: '#/configuration', topics: '#/topics', messages: '#/topics/SALES', message: '#/topics/SALES/messages?from=offset:12000&message=0:12005',
  search: "#/topics/SALES/messages?where=sale_amount > 10", produce: '#/topics/SALES/produce', schema: '#/topics/SALES/schema', partitions: '#/topics/SALES/partitions', settings: '#/topics/SALES/settings', rates: '#/topics/SALES/rates',
  schemas: '#/schemas', diff: '#/schemas/SALES-value/diff', check: '#/schemas/SALES-value/check', groups: '#/groups', group: '#/groups/billing', lag: '#/groups/flink-sales/lag', reset: '#/groups/flink-sales/reset', sql: '#/sql?text=SELECT store_id, window_end, SUM(sale_amount) AS total%0AFROM SALES%0AGROUP BY store_id;%0A',
};
mkdirSync(out, { recursive: true });
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const [theme, width] of [['light', 1280], ['dark', 1280], ['light', 390]]) {
  const page = await browser.newPage({ viewport: { width, height: width === 390 ? 844 : 800 }, colorScheme: theme });
  page.on('console', (line) => { if (line.type() === 'error') console.log(`${theme} ${width}: ${line.text()}`); });
  page.on('pageerror', (failure) => console.log(`${theme} ${width}: ${failure.stack}`));
  for (const [name, hash] of Object.entries(PAGES)) {
    if (filter && !new RegExp(filter).test(`${name}-${theme}-${width}`)) continue;
    await page.goto(`${base}${hash}`);
    await page.waitForTimeout(900);
    if (name === 'sql') { await page.getByRole('button', { name: 'Run', exact: true }).click(); await page.waitForTimeout(1200); }
    await page.screenshot({ path: `${out}/${name}-${theme}-${width}.png` });
  }
  await page.close();
}
await browser.close();
