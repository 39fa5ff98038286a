// A made-up SQL gateway: SELECT … FROM big answers a million rows, other SELECTs a changelog without end.
import { catalog, explain, JOB } from './data.mjs';

const operations = new Map();
let last = 0;
const PAGE = 5000;
const BIG = 1_000_000;

const column = (name, type, more = {}) => ({ name, logicalType: { type, nullable: true, ...more }, comment: null });
const OK = { columns: [column('result', 'VARCHAR', { length: 2147483647 })], data: [{ kind: 'INSERT', fields: ['OK'] }] };

function page(statement, token, uri) {
  const next = { nextResultUri: `${uri}/${token + 1}?rowFormat=PLAIN_TEXT` };
  if (/^\s*select/i.test(statement) && /\bbig\b/i.test(statement)) {
    if (token * PAGE >= BIG) return { resultType: 'EOS', isQueryResult: true, jobID: JOB, resultKind: 'SUCCESS_WITH_CONTENT', results: { columns: [], data: [] } };
    const data = Array.from({ length: PAGE }, (_, i) => ({ kind: 'INSERT', fields: [String(token * PAGE + i), `name ${token * PAGE + i}`, String((token * PAGE + i) * 7 % 1000)] }));
    return { resultType: 'PAYLOAD', isQueryResult: true, jobID: JOB, resultKind: 'SUCCESS_WITH_CONTENT', results: { columns: [column('id', 'BIGINT'), column('name', 'VARCHAR', { length: 2147483647 }), column('amount', 'INTEGER')], data }, ...next };
  }
  if (/^\s*select/i.test(statement)) {
    const stores = ['ABC', 'DEF', 'GHI'];
    const at = `2026-11-28 19:${String(20 + Math.floor(token / 3) % 40).padStart(2, '0')}:00.000`;
    const before = operations.lastSum ?? [100, 200, 300];
    const store = token % 3;
    const sum = before[store] + 7 + store;
    const data = [token < 3 ? null : { kind: 'UPDATE_BEFORE', fields: [stores[store], at, String(before[store])] }, { kind: token < 3 ? 'INSERT' : 'UPDATE_AFTER', fields: [stores[store], at, String(sum)] }].filter(Boolean);
    before[store] = sum;
    operations.lastSum = before;
    return { resultType: 'PAYLOAD', isQueryResult: true, jobID: JOB, resultKind: 'SUCCESS_WITH_CONTENT', results: { columns: [column('store_id', 'VARCHAR', { length: 2147483647 }), column('window_end', 'TIMESTAMP_WITHOUT_TIME_ZONE', { precision: 3 }), column('total', 'INTEGER')], data }, ...next };
  }
  if (token > 0) return { resultType: 'EOS', isQueryResult: false, resultKind: 'SUCCESS', results: { columns: [], data: [] } };
  if (/^\s*insert/i.test(statement)) return { resultType: 'PAYLOAD', isQueryResult: false, jobID: JOB, resultKind: 'SUCCESS_WITH_CONTENT', results: { columns: [column('job id', 'VARCHAR', { length: 32 })], data: [{ kind: 'INSERT', fields: [JOB] }] }, ...next };
  return { resultType: 'PAYLOAD', isQueryResult: false, resultKind: 'SUCCESS', results: OK, ...next };
}

function split(text) {
  const statements = [];
  let line = 1;
  for (const part of text.split(';')) {
    const lead = /^\s*/.exec(part)[0].split('\n').length - 1;
    const lines = part.split('\n').length - 1;
    if (part.trim()) statements.push({ text: part.trim(), line: line + lead, column: 1, end_line: line + lines });
    line += lines;
  }
  return { statements };
}

function check(text) {
  const errors = [];
  text.split('\n').forEach((row, i) => {
    const at = row.search(/\bstore_idd\b/);
    if (at >= 0) errors.push({ message: "Column 'store_idd' not found in any table", hint: "Did you mean 'store_id'?", line: i + 1, column: at + 1, end_line: i + 1, end_column: at + 10 });
  });
  return { errors };
}

export function gateway(method, path, body) {
  const answer = (value, status = 200) => ({ body: value, status });
  let match;
  if (method === 'POST' && path === '/v2/sessions') return answer({ sessionHandle: '11111111-2222-3333-4444-555555555555' });
  if (/\/heartbeat$/.test(path) || /\/(cancel|close)$/.test(path) || (method === 'DELETE' && path.startsWith('/v2/'))) return answer({ status: 'OK' });
  if ((match = /^\/v2\/sessions\/[^/]+\/statements$/.exec(path))) {
    const id = `op-${++last}`;
    operations.set(id, body.statement);
    return answer({ operationHandle: id });
  }
  if ((match = /^(\/v2\/sessions\/[^/]+\/operations\/([^/]+)\/result)\/(\d+)$/.exec(path))) {
    const statement = operations.get(match[2]);
    if (/store_idd/.test(statement)) return answer({ errors: ['Internal server error.', "<Exception on server side:\norg.apache.flink.table.api.ValidationException: SQL validation failed.\n\tat x.y\nCaused by: org.apache.calcite.runtime.CalciteContextException: From line 1, column 8 to line 1, column 16: Column 'store_idd' not found in any table\n\tat a.b\nEnd of exception on server side>"] }, 500);
    return answer(page(statement, Number(match[3]), match[1]));
  }
  if (/^\/api\/sql\/split$/.test(path)) return answer(split(body.text));
  if (/^\/api\/sql\/[^/]+\/catalog$/.test(path)) return answer(catalog);
  if (/^\/api\/sql\/[^/]+\/check$/.test(path)) return answer(check(body.text));
  if (/^\/api\/sql\/[^/]+\/explain$/.test(path)) return answer(explain);
  if (/^\/api\/sql\/[^/]+\/complete$/.test(path)) {
    const word = /[\w$]*$/.exec(Buffer.from(body.text).subarray(0, body.position).toString())[0];
    const all = [['store_id', 'column', 'STRING'], ['sale_amount', 'column', 'INT'], ['SALES', 'table', 'default_database'], ['SELECT', 'keyword', ''], ['SUM', 'function', 'SUM(numeric)'], ['SUBSTRING', 'function', 'SUBSTRING(string, int)']];
    return answer({ from: body.position - word.length, candidates: all.filter(([text]) => text.toLowerCase().startsWith(word.toLowerCase())).map(([text, kind, detail]) => ({ text, kind, detail, doc: '' })) });
  }
  return undefined;
}
