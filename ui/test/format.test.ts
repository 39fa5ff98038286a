import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, count, exact, percent, plural, rate } from '../src/format/numbers';
import { ago, dateClock, dateTime, duration, isInstant, parseTime, setZone, watermark } from '../src/format/time';
import { toCsv } from '../src/format/csv';
import { hexDump, hexOf, prettyJson } from '../src/format/json';
import { shortName, tableName } from '../src/format/names';

test('counts are humanised with three digits', () => {
  assert.deepEqual([0, 7, 0.25, 999, 1000, 1234, 12_345, 999_600, 1_234_567, 2_500_000_000].map(count), ['0', '7', '0.25', '999', '1 k', '1.23 k', '12.3 k', '1 M', '1.23 M', '2.5 G']);
  assert.equal(count(null), '–');
  assert.equal(count(-1500), '-1.5 k');
  assert.equal(exact(1_234_567), '1,234,567');
});

test('bytes are in powers of 1024, rates per second', () => {
  assert.deepEqual([0, 1023, 1024, 1536, 5 * 1024 ** 3].map(bytes), ['0 B', '1023 B', '1 KiB', '1.5 KiB', '5 GiB']);
  assert.deepEqual([0, 0.5, 3.14159, 1234.5].map(rate), ['0/s', '0.5/s', '3.14/s', '1.23 k/s']);
  assert.deepEqual([0, 0.004, 0.5, 1].map(percent), ['0 %', '<1 %', '50 %', '100 %']);
  assert.deepEqual([plural(1, 'row'), plural(1200, 'row'), plural(2, 'match', 'matches')], ['1 row', '1,200 rows', '2 matches']);
});

test('durations name two units at most', () => {
  assert.deepEqual([0, 350, 1000, 9500, 12_000, 65_000, 3_600_000, 7_440_000, 180_000_000].map(duration), ['0 ms', '350 ms', '1 s', '9.5 s', '12 s', '1 min 5 s', '1 h', '2 h 4 min', '2 d 2 h']);
  assert.equal(duration(null), '–');
  assert.equal(ago(1000, 1500), 'just now');
  assert.equal(ago(1000, 9900), '8 s ago');
});

test('times carry their zone', () => {
  setUtc();
  assert.equal(dateTime(Date.UTC(2026, 10, 28, 19, 24, 59, 120), true), '2026-11-28 19:24:59.120 UTC');
  assert.equal(dateClock(Date.UTC(2026, 0, 2)), '2026-01-02 00:00:00.000');
  assert.equal(dateTime(-1), '–');
});

test('watermarks outside of dates say what they stand for', () => {
  setUtc();
  assert.equal(watermark(-9223372036854775808), 'none yet');
  assert.equal(watermark(9223372036854775807), 'end of input');
  assert.equal(watermark(0), '1970-01-01 00:00:00.000 UTC');
  assert.equal(isInstant(-1), false);
});

test('typed times are read in the shown zone', () => {
  setUtc();
  assert.equal(parseTime('2026-11-28 19:24'), Date.UTC(2026, 10, 28, 19, 24));
  assert.equal(parseTime('2026-11-28T19:24:59.5+02:00'), Date.UTC(2026, 10, 28, 17, 24, 59, 500));
  assert.equal(parseTime('1764357899000'), 1764357899000);
  assert.equal(parseTime('yesterday'), undefined);
  assert.equal(parseTime(dateTime(Date.UTC(2026, 5, 1, 3, 4, 5))), Date.UTC(2026, 5, 1, 3, 4, 5));
});

test('JSON is indented without losing digits', () => {
  assert.equal(prettyJson('{"a":12345678901234567890,"b":[],"c":{"d":"x,y"}}'), '{\n  "a": 12345678901234567890,\n  "b": [],\n  "c": {\n    "d": "x,y"\n  }\n}');
  assert.equal(prettyJson('not json'), 'not json');
});

test('hex shows bytes, offsets and printable characters', () => {
  assert.equal(hexOf('Hi ä', false), '48 69 20 c3 a4');
  assert.equal(hexOf('0x00ff', true), '00 ff');
  assert.equal(hexDump(hexOf('Hi', false)), `000000  ${'48 69'.padEnd(47)}  Hi`);
  assert.equal(hexDump(hexOf('0123456789abcdefX', false)).split('\n').length, 2);
});

test('CSV keeps commas, quotes and the difference of NULL and empty', () => {
  assert.equal(toCsv(['a', 'b,c'], [['x', null], ['', 'say "hi"'], ['two\nlines', '1']]), 'a,"b,c"\r\nx,\r\n"","say ""hi"""\r\n"two\nlines",1\r\n');
});

test('names lose what every name has', () => {
  assert.equal(shortName('insert-into_default_catalog.default_database.SALES_AGGREGATE'), 'insert into SALES_AGGREGATE');
  assert.equal(tableName('default_catalog.default_database.SALES'), 'SALES');
  assert.equal(tableName('other.db.SALES'), 'other.db.SALES');
});

function setUtc(): void {
  globalThis.localStorage ??= { setItem: () => undefined, getItem: () => null } as unknown as Storage;
  setZone('UTC');
}
