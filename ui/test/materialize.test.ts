import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MaterializedTable } from '../src/sql/materialize';
import type { ResultRow } from '../src/api/gateway';

const KINDS = { '+I': 'INSERT', '-U': 'UPDATE_BEFORE', '+U': 'UPDATE_AFTER', '-D': 'DELETE' } as const;
const row = (kind: keyof typeof KINDS, ...fields: (string | null)[]): ResultRow => ({ kind: KINDS[kind], fields });

function table(...changes: ResultRow[]): MaterializedTable {
  const made = new MaterializedTable();
  made.apply(changes);
  return made;
}

test('inserts are kept in order, doubles too', () => {
  assert.deepEqual(table(row('+I', 'a'), row('+I', 'b'), row('+I', 'a')).rows(), [['a'], ['b'], ['a']]);
});

test('an updated row keeps its place', () => {
  const made = table(row('+I', 'a', '1'), row('+I', 'b', '1'), row('-U', 'a', '1'), row('+U', 'a', '2'));
  assert.deepEqual(made.rows(), [['a', '2'], ['b', '1']]);
});

test('several updates of one batch keep their places', () => {
  const made = table(row('+I', 'a', '1'), row('+I', 'b', '1'), row('-U', 'a', '1'), row('-U', 'b', '1'), row('+U', 'a', '2'), row('+U', 'b', '2'));
  assert.deepEqual(made.rows(), [['a', '2'], ['b', '2']]);
});

test('a delete takes one of two equal rows, NULL is not the text NULL', () => {
  assert.deepEqual(table(row('+I', 'a'), row('+I', 'a'), row('-D', 'a')).rows(), [['a']]);
  assert.deepEqual(table(row('+I', null), row('+I', 'null'), row('-D', null)).rows(), [['null']]);
});

test('a row that is taken back without having been there changes nothing', () => {
  const made = table(row('-D', 'x'), row('+I', 'a'));
  assert.deepEqual(made.rows(), [['a']]);
  assert.equal(made.size, 1);
});

test('a cut between the halves of an update shows the table without the row, then with it', () => {
  const made = table(row('+I', 'a', '1'), row('+I', 'b', '1'), row('-U', 'a', '1'));
  assert.deepEqual(made.rows(), [['b', '1']]);
  made.apply([row('+U', 'a', '2')]);
  assert.deepEqual(made.rows(), [['a', '2'], ['b', '1']]);
});

test('many deletes compact the table and leave it right', () => {
  const made = new MaterializedTable();
  for (let i = 0; i < 5000; i++) made.apply([row('+I', String(i))]);
  for (let i = 0; i < 4000; i++) made.apply([row('-D', String(i))]);
  assert.equal(made.size, 1000);
  assert.deepEqual(made.rows()[0], ['4000']);
  made.apply([row('-U', '4500'), row('+U', 'x')]);
  assert.equal(made.rows().findIndex(([cell]) => cell === 'x'), 500);
});

test('folding any legal changelog equals the multiset it stands for', () => {
  let seed = 7;
  const random = (n: number) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n; };
  const made = new MaterializedTable();
  const bag = new Map<string, number>();
  const change = (text: string, by: number) => bag.set(text, (bag.get(text) ?? 0) + by);
  for (let i = 0; i < 20_000; i++) {
    const held = [...bag.keys()].filter((text) => bag.get(text)! > 0);
    const pick = random(3);
    const text = String(random(50));
    if (pick === 0 || held.length === 0) { made.apply([row('+I', text)]); change(text, 1); continue; }
    const old = held[random(held.length)];
    if (pick === 1) { made.apply([row('-D', old)]); change(old, -1); }
    else { made.apply([row('-U', old), row('+U', text)]); change(old, -1); change(text, 1); }
  }
  const counted = new Map<string, number>();
  for (const [cell] of made.rows()) counted.set(cell!, (counted.get(cell!) ?? 0) + 1);
  assert.deepEqual([...counted].sort(), [...bag].filter(([, n]) => n > 0).sort());
});

test('a million inserts are an array, not an index', () => {
  const made = new MaterializedTable();
  made.apply(Array.from({ length: 1_000_000 }, (_, i) => row('+I', String(i))));
  assert.equal(made.rows().length, 1_000_000);
  assert.equal((made as unknown as { index: unknown }).index, null);
});
