// Schemas: list, versions, compare, trying a change.
import { check, open, picture, test, until } from './harness.mjs';

const editor = (page) => page.getByLabel(/^Schema \(/);

async function withField(page, field) {
  const schema = JSON.parse(await editor(page).inputValue());
  schema.fields.push(field);
  await editor(page).fill(JSON.stringify(schema, null, 2));
  await page.getByRole('button', { name: 'Check', exact: true }).click();
}

test('schemas: list and versions', async (page, { url }) => {
  await open(page, url, '#/schemas');
  await picture(page, 'schemas');
  await page.getByRole('table', { name: 'Subjects' }).getByRole('link', { name: 'SALES-value' }).click();
  await page.getByRole('region', { name: 'schema' }).getByText('"store_id"').waitFor();
  await picture(page, 'schema');
});

test('schemas: what would break is explained, what fits can be registered and compared', async (page, { url }) => {
  await open(page, url, '#/schemas/SALES-value/check');
  await editor(page).waitFor();
  await editor(page).fill('{ not json');
  await page.getByText(/^Not valid JSON/).waitFor();
  await page.getByRole('button', { name: /^Back to version/ }).click();
  await withField(page, { name: `must_${Date.now()}`, type: 'string' });
  await page.getByRole('heading', { name: /Not compatible/ }).or(page.getByRole('heading', { name: /^Compatible/ })).waitFor();
  await picture(page, 'schema-check');
  await page.getByRole('button', { name: /^Back to version/ }).click();
  await withField(page, { name: `may_${Date.now()}`, type: ['null', 'string'], default: null });
  await until(async () => page.getByRole('button', { name: 'Register as a new version' }).isEnabled(), 'a compatible schema cannot be registered');
  await page.getByRole('button', { name: 'Register as a new version' }).click();
  await page.getByText(/Registered as version/).waitFor();
  await page.getByRole('link', { name: 'Compare' }).click();
  await page.getByText(/lines? differs?$/).waitFor();
  await picture(page, 'schema-diff');
  check((await page.locator('.diff .added').count()) > 0, 'no added line is marked');
});

test('schemas: the compatibility level can be changed', async (page, { url }) => {
  await open(page, url, '#/schemas/SALES-value');
  const level = page.getByLabel('Compatibility');
  await level.selectOption('FULL');
  await page.getByText('Compatibility is now FULL.').waitFor();
  await level.selectOption('BACKWARD');
  await page.getByText('Compatibility is now BACKWARD.').waitFor();
});
