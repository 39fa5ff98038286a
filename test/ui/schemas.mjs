// Schemas: list, versions, compare, trying a change.
import { check, open, picture, test } from './harness.mjs';

const editor = (page) => page.getByLabel(/^Schema \(/);

/** Checks the schema with one more field; the field's path. */
async function checkWith(page, field) {
  const schema = JSON.parse(await editor(page).inputValue());
  schema.fields.push(field);
  await editor(page).fill(JSON.stringify(schema, null, 2));
  await page.getByRole('button', { name: 'Check', exact: true }).click();
  return `/fields/${schema.fields.length - 1}`;
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
  const register = page.getByRole('button', { name: 'Register as a new version' });
  const must = `must_${Date.now()}`;
  const path = await checkWith(page, { name: must, type: 'string' });
  await page.getByRole('heading', { name: 'Not compatible (BACKWARD)', exact: true }).waitFor();
  const reason = page.locator('.verdict').getByRole('listitem').first();
  await reason.getByText(`the reader's field '${must}' is missing in that data and has no default.`).waitFor();
  check((await reason.locator('code').innerText()) === path, `the place is ${await reason.locator('code').innerText()}`);
  check(await register.isDisabled(), 'a schema that breaks readers can be registered');
  await picture(page, 'schema-check');
  await page.getByRole('button', { name: /^Back to version/ }).click();
  await checkWith(page, { name: `may_${Date.now()}`, type: ['null', 'string'], default: null });
  await page.getByRole('heading', { name: 'Compatible (BACKWARD)', exact: true }).waitFor();
  check((await page.locator('.verdict').getByRole('listitem').count()) === 0, 'a compatible schema breaks something');
  await register.click();
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

test('schemas: one that names another is checked and registered with what the last version refers to', async (page, { url }) => {
  const register = async (subject, schema, references) => {
    const answer = await fetch(`${url}api/schemas/${subject}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ schema: JSON.stringify(schema), type: 'AVRO', references }) });
    check(answer.ok, `${subject}: ${await answer.text()}`);
  };
  await register('ui-part', { type: 'record', name: 'Part', fields: [{ name: 'id', type: 'long' }] }, []);
  await register('ui-whole', { type: 'record', name: 'Whole', fields: [{ name: 'part', type: 'Part' }] }, [{ name: 'Part', subject: 'ui-part', version: 1 }]);
  await open(page, url, '#/schemas/ui-whole/check');
  await editor(page).waitFor();
  await checkWith(page, { name: 'more', type: ['null', 'Part'], default: null });
  await page.getByRole('heading', { name: 'Compatible (BACKWARD)', exact: true }).waitFor();
  await page.getByRole('button', { name: 'Register as a new version' }).click();
  await page.getByText('Registered as version 2.').waitFor();
});
