// The frame round all pages: where the app opens, navigation, palette, theme, zone, narrow windows.
import { address, check, NARROW, open, picture, test, until } from './harness.mjs';

const PAGES = ['Overview', 'Jobs', 'Task managers', 'Configuration', 'Topics', 'Schemas', 'Consumer groups', 'SQL workspace'];

test('shell: the root opens the overview; the console port opens the topics', async (page, { url, consoleUrl }) => {
  await page.goto(url);
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  await address(page, /#\/overview$/);
  if (!consoleUrl) return;
  await page.goto(consoleUrl);
  await page.getByRole('heading', { name: 'Topics', level: 1, exact: true }).waitFor();
  await address(page, /#\/topics$/);
});

test('shell: every page is one click away, and the window is named after it', async (page, { url }) => {
  await page.goto(url);
  for (const name of PAGES) {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name }).click();
    await page.getByRole('heading', { name, level: 1 }).waitFor();
    await until(async () => (await page.title()) === `${name} · Millrace`, `the title of ${name} is "${await page.title()}"`);
  }
});

test('shell: the palette reaches pages, topics and actions by keyboard', async (page, { url }) => {
  await page.goto(`${url}#/overview`);
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('task man');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Task managers', level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox').fill('topic SALES');
  await page.getByRole('option').filter({ hasText: 'SALES_AGGREGATE' }).first().waitFor();
  await picture(page, 'palette');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await until(() => page.url().includes('#/topics/SALES'), `Enter led to ${page.url()}`);
  await page.keyboard.press('Control+k');
  await page.getByRole('combobox', { name: /Search pages/ }).waitFor();
  await page.keyboard.press('Escape');
  await until(async () => (await page.getByRole('combobox', { name: /Search pages/ }).count()) === 0, 'Escape does not close the palette');
});

test('shell: colours follow the system, a choice lasts', async (page, { url }) => {
  await page.goto(`${url}#/overview`);
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await background();
  check(light !== dark, 'the page does not follow the system');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByRole('button', { name: /^Colours/ }).click();
  check((await background()) === dark, 'the toggle does not make the page dark');
  await page.reload();
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  check((await background()) === dark, 'the choice is lost with a reload');
});

test('shell: times name their zone and change with it', async (page, { url }) => {
  await page.goto(`${url}#/topics/SALES`);
  await page.getByRole('columnheader', { name: /Time \(/ }).waitFor();
  await page.getByTitle(/Times are shown in/).click();
  await page.getByRole('columnheader', { name: 'Time (UTC)' }).waitFor();
});

test('shell: the keyboard skips the navigation', async (page, { url }) => {
  await page.goto(`${url}#/overview`);
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  await page.keyboard.press('Tab');
  check(await page.evaluate(() => document.activeElement?.className === 'skip-link'), 'the first stop is not the skip link');
  await page.keyboard.press('Enter');
  check(await page.evaluate(() => document.activeElement?.id === 'main'), 'the skip link does not lead to the page');
});

test('shell: on a narrow window the menu opens', async (page, { url }) => {
  await page.goto(`${url}#/overview`);
  await page.getByRole('button', { name: 'Menu' }).click();
  await picture(page, 'narrow-menu');
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Topics' }).click();
  await page.getByRole('heading', { name: 'Topics', level: 1 }).waitFor();
}, { viewport: NARROW });

test('shell: an address that leads nowhere says so', async (page, { url }) => {
  await page.goto(`${url}#/nowhere`);
  await page.getByText('There is no such page').waitFor();
  await page.goto(`${url}#/jobs/00000000000000000000000000000bad`);
  await page.getByRole('alert').waitFor();
});
