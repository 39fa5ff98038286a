// Pages without data, without a server behind them, and their words for it.
import { check, open, picture, test, until } from './harness.mjs';

const EMPTY = {
  '#/overview': 'No job is running', '#/jobs': 'No job has run yet', '#/task-managers': 'No task manager has registered', '#/topics': 'There are no topics', '#/topics/SALES': 'No messages here',
  '#/schemas': 'No schema is registered', '#/groups': 'No consumer group has committed', '#/sql': 'Nothing has been run yet', '#/configuration/log': 'The log is empty',
};

test('states: each empty page says what is missing and what to do', async (page, { empty }) => {
  for (const [hash, words] of Object.entries(EMPTY)) {
    await open(page, empty, hash);
    await page.getByText(words).first().waitFor();
    await picture(page, `empty-${hash.replace(/\W+/g, '-').slice(1)}`);
  }
});

test('states: each page shows the error of its server and tries again', async (page, { error }) => {
  for (const hash of ['#/overview', '#/jobs', '#/task-managers', '#/topics', '#/topics/SALES', '#/schemas', '#/groups', '#/configuration']) {
    await open(page, error, hash);
    const alert = page.getByRole('alert').first();
    await alert.getByText('Kafka does not answer at 10.0.0.5:9092.').waitFor();
    await alert.getByText(/Is the broker running/).waitFor();
    await alert.getByRole('button', { name: 'Try again' }).click();
  }
  await picture(page, 'error');
});

test('states: data stays, marked as old, when the server goes away and comes back', async (page, { long }) => {
  await open(page, long, '#/topics');
  await page.getByRole('link', { name: 'SALES', exact: true }).waitFor();
  await page.route('**/api/**', (route) => route.abort());
  await page.getByText(/What you see is from before/).waitFor({ timeout: 15_000 });
  await picture(page, 'stale');
  check((await page.getByRole('link', { name: 'SALES', exact: true }).count()) === 1, 'the data is gone');
  await page.unroute('**/api/**');
  await until(async () => (await page.getByText(/What you see is from before/).count()) === 0, 'the page does not recover', 20_000);
});
