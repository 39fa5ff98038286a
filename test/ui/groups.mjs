// Consumer groups: list, lag, history, reset with preview.
import { check, open, picture, test } from './harness.mjs';

test('groups: list, offsets and lag history', async (page, { url }) => {
  await open(page, url, '#/groups');
  await page.getByRole('table', { name: 'Consumer groups' }).getByRole('link', { name: 'flink-sales', exact: true }).click({ timeout: 20_000 });
  await page.getByRole('table', { name: 'Offsets' }).getByRole('link', { name: 'SALES' }).first().waitFor();
  await picture(page, 'group');
  await page.getByRole('link', { name: 'Lag history' }).click();
  await page.getByRole('img', { name: /^Lag, latest/ }).waitFor({ timeout: 15_000 });
  await picture(page, 'group-lag');
});

test('groups: a reset shows what it would change before it does', async (page, { url }) => {
  await open(page, url, '#/groups/flink-sales/reset');
  const reset = page.getByRole('button', { name: 'Reset', exact: true });
  await reset.waitFor();
  check(await reset.isDisabled(), 'offsets can be reset without a preview');
  await page.getByRole('button', { name: 'Preview' }).click();
  await page.getByRole('table', { name: 'What a reset changes' }).getByRole('row').nth(1).waitFor();
  await picture(page, 'group-reset');
  await page.getByLabel('To', { exact: true }).selectOption('time');
  check(await reset.isDisabled(), 'a preview of another target counts');
  check(await page.getByRole('button', { name: 'Preview' }).isDisabled(), 'a time is not asked for');
});
