import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readResult, typeName, type ResultRow } from '../src/api/gateway';
import { ApiError, gatewayMessage } from '../src/api/client';

interface Answer {
  status?: number;
  body: unknown;
}

async function read(answers: Answer[]) {
  const asked: string[] = [];
  const rows: ResultRow[] = [];
  const heads: unknown[] = [];
  let pauses = 0;
  await readResult('S', 'O', { onStart: (head) => heads.push(head), onRows: (more) => rows.push(...more) }, new AbortController().signal, {
    fetch: (async (address: string) => {
      asked.push(address);
      const { status = 200, body } = answers[asked.length - 1];
      return new Response(JSON.stringify(body), { status });
    }) as typeof fetch,
    delay: async () => { pauses++; },
  });
  return { asked, rows, heads, pauses };
}

const columns = [{ name: 'a', logicalType: { type: 'INTEGER' } }];
const row = (text: string) => ({ kind: 'INSERT', fields: [text] });
const uri = (token: number) => `/v2/sessions/S/operations/O/result/${token}?rowFormat=PLAIN_TEXT`;

test('pages are followed by nextResultUri to the end, after waiting for the first', async () => {
  const { asked, rows, heads, pauses } = await read([
    { body: { resultType: 'NOT_READY', nextResultUri: uri(0) } },
    { body: { resultType: 'PAYLOAD', isQueryResult: true, jobID: 'j', warnings: ['w'], results: { columns, data: [row('1'), row('2')] }, nextResultUri: uri(1) } },
    { body: { resultType: 'PAYLOAD', isQueryResult: true, results: { columns, data: [] }, nextResultUri: uri(2) } },
    { body: { resultType: 'PAYLOAD', isQueryResult: true, results: { columns, data: [row('3')] }, nextResultUri: uri(3) } },
    { body: { resultType: 'EOS', results: { columns, data: [] } } },
  ]);
  assert.deepEqual(asked, [0, 0, 1, 2, 3].map((token) => uri(token).slice(1)));
  assert.deepEqual(rows.map(({ fields }) => fields[0]), ['1', '2', '3']);
  assert.deepEqual(heads, [{ columns, isQuery: true, jobId: 'j', warnings: ['w'] }]);
  assert.equal(pauses, 1);
});

test('an error of the gateway is its innermost cause', async () => {
  const trace = '<Exception on server side:\norg.apache.flink.table.api.ValidationException: SQL validation failed.\n\tat a.b(C.java)\nCaused by: org.apache.calcite.X: Column \'x\' not found\n\tat d.e\n\nEnd of exception on server side>';
  await assert.rejects(read([{ status: 500, body: { errors: ['Internal server error.', trace] } }]), (failure: ApiError) => failure.message === "Column 'x' not found" || failure.message.endsWith("Column 'x' not found"));
  assert.equal(gatewayMessage(['Session is gone.']), 'Session is gone.');
});

test('types are written as in SQL', () => {
  assert.deepEqual([{ type: 'VARCHAR', length: 2147483647 }, { type: 'VARCHAR', length: 5 }, { type: 'DECIMAL', precision: 10, scale: 2 }, { type: 'TIMESTAMP_WITHOUT_TIME_ZONE', precision: 3 }, { type: 'INTEGER' }].map(typeName),
    ['STRING', 'VARCHAR(5)', 'DECIMAL(10, 2)', 'TIMESTAMP(3)', 'INT']);
});
