// Consumer groups: list, lag, history, reset with preview.
import { check, open, picture, tabTo, test, until } from './harness.mjs';
import { withMember } from './group_member.mjs';
import { makeTopic, withJob } from './servers.mjs';

/** What the test's own group has committed. */
async function offsets(url) {
  const group = await fetch(`${url}api/groups/ui-group`);
  return group.ok ? (await group.json()).offsets : [];
}

test('groups: list, offsets and lag history', async (page, { url }) => {
  await open(page, url, '#/groups');
  await page.getByRole('table', { name: 'Consumer groups' }).getByRole('link', { name: 'flink-sales', exact: true }).click({ timeout: 20_000 });
  await page.getByRole('table', { name: 'Offsets' }).getByRole('link', { name: 'SALES' }).first().waitFor();
  await picture(page, 'group');
  await page.getByRole('link', { name: 'Lag history' }).click();
  await page.getByRole('img', { name: /^Lag, latest/ }).waitFor({ timeout: 15_000 });
  await picture(page, 'group-lag');
});

test('groups: its members, and the partitions each reads', async (page, { url, kafka }) => {
  await open(page, url, '#/groups/flink-sales/members');
  await page.getByText('Nobody is in the group').waitFor({ timeout: 20_000 });
  const topic = await makeTopic(url, `ui-members-${Date.now()}`, 2);
  await withMember(kafka, { group: `${topic}-readers`, clientId: 'ui-reader', topic, partitions: [0, 1] }, async (id) => {
    await open(page, url, '#/groups');
    await page.getByRole('table', { name: 'Consumer groups' }).getByRole('link', { name: `${topic}-readers` }).click({ timeout: 20_000 });
    await page.getByRole('navigation', { name: 'Parts of the group' }).getByRole('link', { name: /^Members/ }).click();
    const row = page.getByRole('table', { name: 'Members' }).getByRole('row').filter({ hasText: id });
    await row.getByText('ui-reader', { exact: true }).waitFor();
    const read = row.getByText(`${topic}: 0, 1`, { exact: true });
    await read.waitFor();
    check(await read.evaluate((element) => element.getBoundingClientRect().right <= element.closest('[role="cell"]').getBoundingClientRect().right), 'what it reads is cut off');
    await picture(page, 'group-members');
    await page.getByRole('navigation', { name: 'Parts of the group' }).getByRole('link', { name: /^Reset/ }).click();
    await page.getByText('The group has 1 member. Offsets can be reset once they have left.').waitFor();
  });
});

test('groups: a reset shows what it would change before it does', async (page, { url }) => {
  await open(page, url, '#/groups/flink-sales/reset');
  const reset = page.getByRole('button', { name: 'Reset', exact: true });
  await reset.waitFor({ timeout: 20_000 });  // the group is there with the job's first checkpoint
  check(await reset.isDisabled(), 'offsets can be reset without a preview');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('table', { name: 'What a reset changes' }).getByRole('row').nth(1).waitFor();
  await picture(page, 'group-reset');
  await page.getByLabel('To', { exact: true }).selectOption('time');
  check(await reset.isDisabled(), 'a preview of another target counts');
  check(await page.getByRole('button', { name: 'Preview' }).isDisabled(), 'a time is not asked for');
});

test('groups: a reset, with keys alone, moves the offsets of a group that nobody reads with', async (page, { url, kafka }) => {
  await withJob(url, `SET 'execution.checkpointing.interval' = '1 s';
CREATE TABLE ui_sales (line BYTES) WITH ('connector' = 'kafka', 'topic' = 'SALES', 'properties.bootstrap.servers' = '${kafka}', 'properties.group.id' = 'ui-group', 'format' = 'raw', 'scan.startup.mode' = 'earliest-offset');
CREATE TABLE ui_read (line BYTES) WITH ('connector' = 'blackhole');
INSERT INTO ui_read SELECT line FROM ui_sales;`, async () => {
    // The first checkpoint may come before the first row: it commits offset 0.
    await until(async () => (await offsets(url)).some(({ offset }) => offset > 0), 'the job commits nothing', 20_000);
  });
  const before = await offsets(url);

  await open(page, url, '#/groups/ui-group/reset');
  await tabTo(page, page.getByRole('button', { name: 'Preview' }));
  await page.keyboard.press('Enter');
  const changes = page.getByRole('table', { name: 'What a reset changes' });
  await changes.getByRole('row').nth(1).waitFor();
  check(/SALES\s+0\s+[\d,]+\s+0\s+−[\d,]+/.test(await changes.getByRole('row').nth(1).innerText()), `the preview says ${await changes.getByRole('row').nth(1).innerText()}`);
  check((await offsets(url)).every(({ offset }, i) => offset === before[i].offset), 'a preview changes offsets');
  await tabTo(page, page.getByRole('button', { name: 'Reset', exact: true }));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('dialog', { name: 'Reset the offsets?' }).getByRole('button', { name: 'Reset', exact: true }));
  await page.keyboard.press('Enter');
  await page.getByText('The offsets of 1 partition are reset.').waitFor();
  await picture(page, 'group-reset-done');
  check((await offsets(url)).every(({ offset }) => offset === 0), `the offsets are ${JSON.stringify(await offsets(url))}`);
  await page.getByRole('navigation', { name: 'Parts of the group' }).getByRole('link', { name: /^Offsets/ }).click();
  await page.getByRole('table', { name: 'Offsets' }).getByRole('row').nth(1).getByText('0', { exact: true }).nth(1).waitFor();
});
