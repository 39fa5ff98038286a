// Topics: the list, messages (seek, live, SQL filter), producing, settings.
import { address, check, NARROW, open, picture, test, until } from './harness.mjs';
import { json, makeTopic, produce } from './servers.mjs';

const messages = (page) => page.getByRole('table', { name: 'Messages' });

const rowOf = (page, topic) => page.getByRole('table', { name: 'Topics' }).getByRole('row').filter({ has: page.getByRole('link', { name: topic, exact: true }) });

/** The job and the table that use a topic stand in its row, to be seen in full. */
async function checkUses(page, topic, use) {
  for (const text of [use, topic]) {
    const badge = rowOf(page, topic).locator('.badge').getByText(text, { exact: true });
    await badge.waitFor({ timeout: 20_000 });
    await badge.scrollIntoViewIfNeeded();
    const room = await badge.evaluate((element) => {
      const cell = element.closest('[role="cell"]');
      const end = Math.min(innerWidth, cell.getBoundingClientRect().right - parseFloat(getComputedStyle(cell).paddingRight));
      return end - element.getBoundingClientRect().right;
    });
    check(room >= 0, `"${text}" is cut off: ${-room} pixels are missing`);
  }
}

test('topics: list with numbers, schema badge, the jobs and the tables that use a topic', async (page, { url }) => {
  await open(page, url, '#/topics');
  await rowOf(page, 'SALES').getByText(/avro v\d/).waitFor();
  await checkUses(page, 'SALES', 'read by job');
  await checkUses(page, 'SALES_AGGREGATE', 'written by job');
  const cell = (title) => page.getByRole('table', { name: 'Topics' }).getByRole('columnheader').allInnerTexts()
    .then((titles) => rowOf(page, 'SALES').getByRole('cell').nth(titles.findIndex((text) => text.startsWith(title))).innerText());
  for (const [title, pattern] of [['Messages', /^[1-9]/], ['Rate', /^[1-9][\d.]*( k)?\/s$/], ['Size', /^[1-9][\d.]* [KM]iB$/]]) {
    await until(async () => pattern.test(await cell(title)), async () => `the column ${title} says "${await cell(title)}"`, 20_000);
  }
  await picture(page, 'topics');
  check((await page.getByRole('link', { name: '_schemas' }).count()) === 0, 'internal topics are shown unasked');
  await page.getByLabel('Internal topics').check();
  await page.getByRole('link', { name: '_schemas' }).waitFor();
  await page.getByLabel('Filter topics').fill('aggregate');
  await until(async () => (await page.getByRole('table', { name: 'Topics' }).getByRole('row').count()) === 2, 'the filter does not filter');
  await page.getByRole('button', { name: 'Messages' }).click();
  await address(page, /filter=aggregate&sort=-messages|sort=-messages&filter=aggregate/);
});

test('topics: what uses a topic can be read on a narrow window', async (page, { url }) => {
  await open(page, url, '#/topics');
  await checkUses(page, 'SALES', 'read by job');
  await checkUses(page, 'SALES_AGGREGATE', 'written by job');
  await picture(page, 'narrow-topics-uses');
}, { viewport: NARROW });

test('messages: the latest, decoded; one opens beside the list', async (page, { url }) => {
  await open(page, url, '#/topics/SALES');
  await messages(page).getByText(/"store_id"/).first().waitFor();
  await messages(page).getByRole('row').filter({ hasText: '"store_id"' }).first().getByRole('button').click();
  const detail = page.getByRole('complementary');
  await detail.getByText('store_id').first().waitFor();
  await address(page, /message=\d+(%3A|:)\d+/);
  await picture(page, 'message');
  await detail.getByRole('button', { name: 'JSON', exact: true }).last().click();
  await detail.locator('pre', { hasText: '"sale_amount":' }).waitFor();
  await detail.getByRole('button', { name: 'Copy the value' }).click();
  const copied = await until(() => page.evaluate(() => navigator.clipboard.readText()), 'nothing is copied');
  check(JSON.parse(copied).store_id !== undefined, `what was copied is no message: ${copied}`);
  const before = page.url();
  await messages(page).focus();
  await page.keyboard.press('ArrowDown');
  await until(() => page.url() !== before, 'the arrow keys do not move on');
  const link = page.url();
  await open(page, 'about:blank', '');
  await page.goto(link);
  await page.getByRole('complementary').waitFor();
});

test('messages: the link to a message opens it however many have been written since', async (page, { url }) => {
  await open(page, url, '#/topics/SALES');
  await messages(page).getByRole('row').filter({ hasText: '"store_id"' }).first().getByRole('button').click();
  await page.getByRole('complementary').getByRole('button', { name: 'Copy a link to this message' }).click();
  const [partition, offset] = /message=(\d+)(?:%3A|:)(\d+)/.exec(page.url()).slice(1).map(Number);
  const link = await until(() => page.evaluate(() => navigator.clipboard.readText()), 'no link is copied');
  const end = async () => (await json(`${url}api/topics/SALES`)).partition_list.find(({ id }) => id === partition).end;
  await until(async () => (await end()) > offset + 150, 'no further messages are written', 40_000);
  await open(page, link, '');
  await page.getByRole('complementary', { name: `Message ${offset} of partition ${partition}`, exact: true }).waitFor();
});

test('messages: seek by offset and by time, page on', async (page, { url }) => {
  await open(page, url, '#/topics/SALES');
  await page.getByRole('button', { name: 'Offset' }).click();
  await page.getByLabel('Offset').fill('5');
  await page.keyboard.press('Enter');
  await messages(page).getByRole('button', { name: '5', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Next 100' }).click();
  await page.getByText('200 messages, oldest first').waitFor();
  await page.getByRole('button', { name: 'Time' }).click();
  await page.getByLabel(/^Time/).fill('soon');
  await page.keyboard.press('Enter');
  await page.getByText('Write a time like').waitFor();
  const today = new Date(Date.now() - 3_600_000).toISOString().slice(0, 16).replace('T', ' ');
  await page.getByLabel(/^Time/).fill(today);
  await page.keyboard.press('Enter');
  await messages(page).getByText(/"store_id"/).first().waitFor();
  await address(page, /from=time/);
});

test('messages: live tail shows new ones as they are written', async (page, { url }) => {
  await open(page, url, '#/topics/SALES?x=1');
  await page.getByRole('button', { name: 'Live' }).click();
  await until(async () => (await messages(page).getByRole('row').count()) > 3, 'no message arrives', 20_000);
  await page.getByText(/^Live, \d/).waitFor();
  await picture(page, 'messages-live');
  await page.getByRole('button', { name: 'Hold' }).click();
  const held = await messages(page).getAttribute('aria-rowcount');
  await page.getByText(/held back/).waitFor({ timeout: 15_000 });
  check((await messages(page).getAttribute('aria-rowcount')) === held, 'messages are shown although they are held');
  await page.getByRole('button', { name: 'Go on' }).click();
});

test('messages: SQL filters the whole topic', async (page, { url }) => {
  await open(page, url, '#/topics/SALES');
  await page.getByRole('textbox', { name: 'WHERE' }).fill("sale_amount > 100 AND store_id = 'ABC'");
  await page.getByRole('button', { name: 'Search' }).click();
  const table = page.getByRole('table', { name: 'Matches' });
  await until(async () => (await table.getByRole('row').count()) > 2, 'no match arrives', 20_000);
  await page.getByText(/all .* messages read/).waitFor({ timeout: 30_000 });
  await table.getByRole('columnheader', { name: 'timestamp (UTC)', exact: true }).waitFor();
  await picture(page, 'messages-search');
  await address(page, /where=/);
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the matches as CSV' }).click()]);
  check(file.suggestedFilename() === 'SALES-matches.csv', `the file is called ${file.suggestedFilename()}`);
});

test('messages: a wrong condition says what is wrong', async (page, { url }) => {
  await open(page, url, '#/topics/SALES?where=no_such_column%20%3E%201');
  await page.getByRole('alert').filter({ hasText: 'no_such_column' }).waitFor();
});

test('produce: a form made from the schema; the message is found again', async (page, { url }) => {
  await open(page, url, '#/topics/SALES/produce');
  await page.getByLabel(/^store_id/).fill('UI-TEST');
  await page.getByLabel(/^sale_amount/).fill('1.5');
  await page.getByRole('button', { name: 'Produce' }).click();
  await page.getByRole('alert').filter({ hasText: 'sale_amount: is not a whole number' }).waitFor();
  await page.getByLabel(/^sale_amount/).fill('41');
  await page.getByLabel(/^sale_ts/).fill(String(Date.now()));
  await page.getByRole('button', { name: 'Header', exact: true }).click();
  await page.getByLabel('Name of header 1').fill('origin');
  await page.getByLabel('Value of header 1').fill('form');
  await picture(page, 'produce');
  await page.getByRole('button', { name: 'Produce' }).click();
  await page.getByRole('link', { name: /^partition \d+, offset \d+/ }).click();
  await page.getByRole('complementary').waitFor();
});

test('produce: a schema that is found later brings its form', async (page, { url }) => {
  const form = '**/api/topics/SALES/form';
  await page.route(form, (route) => route.fulfill({ json: { key: null, value: null } }));
  await open(page, url, '#/topics/SALES/produce');
  await page.getByText('The message has no key.').waitFor();
  check((await page.getByLabel(/^store_id/).count()) === 0, 'there is a form of no schema');
  await page.getByLabel('Key is given as').getByText('Text').click();
  await page.getByLabel('Key as string').fill('of before');
  await page.unroute(form);
  await page.getByLabel(/^store_id/).fill('typed');
  check((await page.getByLabel('Key as string').inputValue()) === 'of before', 'the form of the value took the key with it');
  await page.waitForTimeout(2500);
  check((await page.getByLabel(/^store_id/).inputValue()) === 'typed', 'what was typed is gone after another look');
});

test('topic: schema, partitions, consumers and rates', async (page, { url }) => {
  await open(page, url, '#/topics/SALES/schema');
  await page.getByRole('region', { name: 'schema' }).getByText('"sale_amount"').waitFor();
  await page.getByRole('link', { name: /^Partitions/ }).click();
  await page.getByRole('table', { name: 'Partitions' }).getByRole('link', { name: '0' }).waitFor();
  await page.getByRole('link', { name: /^Consumers/ }).click();
  await page.getByRole('table', { name: 'Consumer groups' }).getByRole('link', { name: 'flink-sales' }).waitFor({ timeout: 20_000 });
  await page.getByRole('link', { name: 'Rates' }).click();
  await page.getByRole('img', { name: /^Message rate/ }).waitFor();
});

test('topic: create one, change a setting, delete it', async (page, { url }) => {
  const name = `ui-test-${Date.now()}`;
  await open(page, url, '#/topics');
  await page.getByRole('button', { name: 'Create a topic' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Partitions').fill('3');
  await picture(page, 'topic-create');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('heading', { level: 1, name }).waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Edit retention.ms' }).click();
  await page.getByLabel('Value').fill('3600000');
  await page.getByText('1 h', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('retention.ms is now 3600000.').waitFor();
  await picture(page, 'topic-settings');
  await page.getByRole('button', { name: 'Delete the topic' }).click();
  const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete the topic' });
  check(await confirm.isDisabled(), 'a topic can be deleted without typing its name');
  await page.getByLabel(/to go on$/).fill(name);
  await confirm.click();
  await page.getByRole('heading', { level: 1, name: 'Topics' }).waitFor();
});

test('topic: deleting its messages leaves it empty', async (page, { url }) => {
  const name = await makeTopic(url, `ui-emptied-${Date.now()}`);
  for (const id of [1, 2, 3]) await produce(url, name, 0, { id });
  await open(page, url, `#/topics/${name}`);
  await until(async () => (await messages(page).getByRole('row').count()) === 4, 'the messages are not listed');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Delete all messages' }).click();
  const confirm = page.getByRole('dialog').getByRole('button', { name: 'Delete the messages' });
  check(await confirm.isDisabled(), 'messages can be deleted without typing the name');
  await page.getByLabel(/to go on$/).fill(name);
  await confirm.click();
  await page.getByText('The messages are deleted.').waitFor();
  await page.getByRole('link', { name: 'Messages' }).click();
  await page.getByText('No messages here').waitFor();
  check((await json(`${url}api/topics/${name}/messages?from=earliest`)).messages.length === 0, 'the topic still has messages');
});

test('topic: opens as a table in the SQL workspace', async (page, { url }) => {
  await open(page, url, '#/topics/SALES');
  await page.getByRole('button', { name: 'Open as a table' }).click();
  await page.getByRole('heading', { level: 1, name: 'SQL workspace' }).waitFor();
  await page.locator('.cm-content').getByText(/CREATE TABLE/).waitFor();
});
