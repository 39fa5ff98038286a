import assert from 'node:assert/strict';
import { test } from 'node:test';
import { visibleRows } from '../src/components/virtual';
import { matching } from '../src/components/palette_match';
import { diffLines } from '../src/pages/schemas/diff';
import { FormError, initialSide, sideToJson } from '../src/pages/topic/form_values';
import { targetOf } from '../src/pages/groups/target';
import { chartData, firstChoice } from '../src/sql/chart';
import { retention } from '../src/format/retention';
import { withEntry } from '../src/sql/history';
import { fromBytes, offsetOf, rangeOf, statementAt, toBytes } from '../src/sql/places';
import { tokens } from '../src/sql/words';
import { href, parseHash } from '../src/router';
import type { FormSide } from '../src/api/types';

test('addresses go there and back', () => {
  const made = href(['topics', 'a/b c', 'messages'], { where: "x = 'ä' & y > 1", from: undefined, partition: 0 });
  assert.deepEqual(parseHash(made), { path: ['topics', 'a/b c', 'messages'], query: { where: "x = 'ä' & y > 1", partition: '0' } });
  assert.deepEqual(parseHash(''), { path: [], query: {} });
});

test('only rows in sight are drawn, the last ones too when heights are scaled', () => {
  assert.deepEqual(visibleRows(0, 320, 5, 32), { first: 0, last: 5, offset: 0, total: 160 });
  const middle = visibleRows(3200, 320, 1000, 32);
  assert.ok(middle.first <= 100 && middle.last >= 110 && middle.last - middle.first < 30);
  assert.equal(middle.offset, middle.first * 32);
  const rows = 1_000_000;
  const end = visibleRows(12_000_000 - 320, 320, rows, 32);
  assert.equal(end.last, rows);
  assert.equal(end.total, 12_000_000);
  assert.ok(Math.abs(end.offset + (rows - end.first) * 32 - 12_000_000) < 1);
});

test('a list that grew shorter shows its rows before it has scrolled up', () => {
  assert.deepEqual(visibleRows(12_000, 320, 1, 32), { first: 0, last: 1, offset: 0, total: 32 });
  const cut = visibleRows(12_000, 320, 100, 32);
  assert.ok(cut.first <= 90 && cut.last === 100 && cut.offset === cut.first * 32);
});

test('the palette finds starts of words first', () => {
  const names = ['insert into SALES', 'SALES', 'resales'].map((label) => ({ label, kind: 'Topic' }));
  assert.deepEqual(matching(names, 'sal', 9).map(({ label }) => label), ['SALES', 'insert into SALES', 'resales']);
  assert.deepEqual(matching(names, 'topic resales', 9).map(({ label }) => label), ['resales']);
  assert.equal(matching(names, 'nothing', 9).length, 0);
});

test('a diff puts changed lines side by side', () => {
  assert.deepEqual(diffLines('a\nb\nc', 'a\nx\nc\nd'), [
    { left: 'a', right: 'a', changed: false }, { left: 'b', right: 'x', changed: true }, { left: 'c', right: 'c', changed: false }, { left: null, right: 'd', changed: true },
  ]);
});

test('a form becomes the JSON of its schema and names the field that does not fit', () => {
  const side: FormSide = { schema_id: 1, subject: 's', type: 'record', fields: [
    { name: 'id', type: 'long', nullable: false }, { name: 'note', type: 'string', nullable: true }, { name: 'at', type: 'long', logical_type: 'timestamp-millis', nullable: false },
    { name: 'to', type: 'record', nullable: false, fields: [{ name: 'kind', type: 'enum', symbols: ['A', 'B'], nullable: false }, { name: 'tags', type: 'array', nullable: false }] }] };
  const start = initialSide(side, 1234) as Record<string, never>;
  assert.deepEqual(sideToJson(side, start), { id: 0, note: null, at: 1234, to: { kind: 'A', tags: [] } });
  assert.throws(() => sideToJson(side, { ...start, id: '1.5' } as never), (failure: FormError) => failure.path === 'id');
  assert.throws(() => sideToJson(side, { ...start, to: { kind: 'A', tags: '[' } } as never), /to\.tags: is not valid JSON/);
});

test('targets of a reset are what the API takes', () => {
  assert.equal(targetOf('earliest', ''), 'earliest');
  assert.equal(targetOf('offset', '12'), 'offset:12');
  assert.equal(targetOf('offset', '-1'), undefined);
  assert.equal(targetOf('shift', '-100'), 'shift:-100');
  assert.equal(targetOf('time', 'soon'), undefined);
});

test('charts take time across, a number up and one line for each text', () => {
  const columns = [{ name: 'store', type: 'STRING' }, { name: 'at', type: 'TIMESTAMP(3)' }, { name: 'sum', type: 'INT' }];
  assert.deepEqual(firstChoice(columns), { x: 1, y: 2, by: 0 });
  const data = chartData(columns, [['a', '2026-01-01 00:00:00.000', '1'], ['b', '2026-01-01 00:00:00.000', '2'], ['a', '2026-01-01 00:01:00.000', '3'], ['b', '2026-01-01 00:02:00.000', null]], 1, 2, 0);
  assert.deepEqual(data.x, [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1, 0, 1)]);
  assert.deepEqual(data.lines, [{ label: 'a', values: [1, 3] }, { label: 'b', values: [2, null] }]);
  assert.deepEqual(chartData(columns, [['a', '', '1'], ['b', '', '2']], 0, 2, -1).names, ['a', 'b']);
});

test('instants on a chart are read on the clock of their zone, times without one as they are', () => {
  const at = (text: string, clock: string) => chartData([{ name: 'at', type: 'TIMESTAMP_LTZ(3)' }, { name: 'n', type: 'INT' }], [[text, '1']], 0, 1, -1, clock).x[0];
  assert.equal(at('1970-01-01 09:00:00.000', 'Asia/Tokyo'), 0);
  assert.equal(at('1969-12-31 16:00:00.000', 'GMT-08:00'), 0);
  assert.equal(at('1970-01-01 00:00:00.000', ''), 0);
  assert.equal(at('1970-01-01 00:00:00.000', 'No/Where'), 0);
  // The clock is put forward in between, then back.
  assert.equal(at('2026-03-29 03:00:00.000', 'Europe/Berlin') - at('2026-03-29 01:59:59.000', 'Europe/Berlin'), 1000);
  assert.equal(at('2026-10-25 03:00:00.000', 'Europe/Berlin') - at('2026-10-25 01:59:59.000', 'Europe/Berlin'), 7_201_000);
});

test('errors stand under the right word', () => {
  const text = 'SELECT a,\n  storeid\nFROM t';
  assert.equal(offsetOf(text, 2, 3), 12);
  assert.deepEqual(rangeOf(text, { line: 2, column: 3 }), { from: 12, to: 19 });
  assert.deepEqual(rangeOf(text, { line: 2, column: 3, end_line: 2, end_column: 8 }), { from: 12, to: 17 });
  assert.deepEqual(rangeOf(text, { line: 9, column: 9 }), { from: text.length - 1, to: text.length });
});

test('places are right behind letters of several bytes', () => {
  const text = "SELECT 'ä😀', x";
  assert.equal(text.slice(offsetOf(text, 1, 14)), 'x');
  const at = text.indexOf('x');
  assert.equal(toBytes(text, at), 17);
  assert.equal(fromBytes(text, 17), at);
});

test('the statement at the cursor, or the one before it', () => {
  const statements = [{ line: 1, end_line: 2 }, { line: 4, end_line: 6 }];
  assert.equal(statementAt(statements, 5), statements[1]);
  assert.equal(statementAt(statements, 3), statements[0]);
  assert.equal(statementAt(statements, 9), statements[1]);
  assert.equal(statementAt([], 1), undefined);
});

test('SQL tokens are the text again, and know comments in strings', () => {
  const text = "SELECT '--no', `a`, 1.5 -- yes\nFROM t /* x */";
  assert.equal(tokens(text).map((token) => token.text).join(''), text);
  assert.deepEqual(tokens(text).filter(({ kind }) => kind !== 'text').map(({ kind }) => kind), ['keyword', 'string', 'name', 'number', 'comment', 'keyword', 'comment']);
});

test('a statement that is run again moves to the front of the history', () => {
  const entry = (text: string) => ({ text, millis: 1, outcome: 'done' as const });
  assert.deepEqual(withEntry([entry('a'), entry('b')], entry('b')).map(({ text }) => text), ['b', 'a']);
  assert.equal(withEntry(Array.from({ length: 200 }, (_, i) => entry(String(i))), entry('new')).length, 200);
});

test('retention of topics, also of one whose settings are not known yet', () => {
  assert.equal(retention({ retention_ms: 604_800_000, cleanup_policy: 'delete' }), '7 d');
  assert.equal(retention({ retention_ms: -1, cleanup_policy: 'compact,delete' }), 'for ever, compacted');
  assert.equal(retention({ retention_ms: 1, cleanup_policy: 'compact' }), 'compacted');
  assert.equal(retention({ retention_ms: null, cleanup_policy: null }), '–');
});
