// Serves ui/dist and made-up API answers, for work on the pages and for tests of their states.
// usage: node dev/server.mjs [--port 18081] [--state full|empty|error|long] [--api URL,URL]
import { createServer, request as httpRequest } from 'node:http';
import { readFileSync, existsSync } from 'node:fs';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as data from './data.mjs';
import { gateway } from './gateway.mjs';

const flag = (name, otherwise) => { const at = process.argv.indexOf(`--${name}`); return at > 0 ? process.argv[at + 1] : otherwise; };
const state = flag('state', 'full');
const api = flag('api', '');  // running servers that answer /api and /v2 instead
const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist');
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const JOBS = { full: 12, empty: 0, long: 1000 }[state] ?? 0;
const TOPICS = { full: 24, empty: 0, long: 5000 }[state] ?? 0;

function sse(response, send, everyMillis) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const emit = (event, body) => response.write(`event: ${event}\ndata: ${JSON.stringify(body)}\n\n`);
  let tick = 0;
  const timer = setInterval(() => { if (send(emit, tick++) === false) { clearInterval(timer); response.end(); } }, everyMillis);
  response.on('close', () => clearInterval(timer));
}

function messages(query) {
  const limit = Number(query.get('limit') ?? 100);
  const start = query.get('at') ? Number(query.get('at').split(':')[1]) : query.get('from')?.startsWith('offset:') ? Number(query.get('from').slice(7)) : 12_000;
  return { messages: Array.from({ length: limit }, (_, i) => data.message(0, start + i, Date.now() - (limit - i) * 900)), next: { 0: start + limit } };
}

function search(response) {
  const total = 120_000;
  sse(response, (emit, tick) => {
    const read = Math.min(total, (tick + 1) * 6000);
    for (let i = 0; i < 12; i++) { const { value, offset } = data.message(0, tick * 12 + i + 1); emit('row', { columns: tick + i ? undefined : [{ name: 'store_id', type: 'STRING' }, { name: 'sale_amount', type: 'INT' }, { name: 'offset', type: 'BIGINT' }], cells: [value.data?.store_id ?? null, String(value.data?.sale_amount ?? ''), String(offset)] }); }
    emit('progress', { read, total, matched: (tick + 1) * 12 });
    if (read === total) { emit('done', { read, total, matched: (tick + 1) * 12 }); return false; }
    return true;
  }, 60);
}

const text = (lines) => Array.from({ length: lines }, (_, i) => `2026-11-28 19:${String(i % 60).padStart(2, '0')}:07.123 +00:00 ${i % 40 === 7 ? 'warning' : i % 97 === 5 ? 'error' : 'info '} session: checkpoint ${i} of job sales completed in ${100 + (i * 7) % 90} ms`).join('\n');
const empty = state === 'empty';

// [method, path pattern, answer(match, query, body, response)]; undefined = the answer was written.
const ROUTES = [
  ['GET', /^overview$/, () => ({ version: '0.1.0', start_millis: Date.now() - 3_600_000, zone: 'UTC', slots: empty ? 0 : 2, free_slots: 0, task_managers: empty ? 0 : 1, jobs: { running: JOBS && 5, restarting: 0, waiting: JOBS && 2, finished: JOBS && 4, canceled: JOBS && 1, failed: JOBS && 1 } })],
  ['GET', /^home$/, () => ({ page: 'overview' })],
  ['GET', /^info$/, () => ({ version: '0.1.0', zone: 'UTC', kafka: { bootstrap: '127.0.0.1:9092', embedded: true, reachable: true }, registry: { url: 'http://127.0.0.1:8081', embedded: true, reachable: !empty, error: empty ? 'connection refused' : undefined } })],
  ['GET', /^jobs$/, () => ({ jobs: data.jobs(JOBS) })],
  ['GET', /^jobs\/(\w+)$/, ([, id]) => (id === data.JOB || parseInt(id, 16) < JOBS ? data.job(id) : undefined)],
  ['GET', /^jobs\/(\w+)\/live$/, ([, id], _q, _b, response) => sse(response, (emit) => emit('report', data.job(id)), 1000)],
  ['GET', /^jobs\/\w+\/history$/, (_m, query) => data.history(query.get('range'), data.jobSeries)],
  ['GET', /^jobs\/\w+\/edges\/\d+\/rows$/, () => data.edgeRows()],
  ['POST', /^jobs\/\w+\/(stop|savepoint)$/, () => ({ path: '/data/savepoints/savepoint-aaaaaa-1f2e3d' })],
  ['POST', /^jobs\/\w+\/cancel$/, () => ({})],
  ['GET', /^task-managers$/, () => data.taskManagers(empty ? 0 : 1)],
  ['GET', /^(task-managers\/.+\/(log|stdout|thread-dump|metrics)|log)$/, (_m, _q, _b, response) => { response.writeHead(200, { 'Content-Type': 'text/plain' }); response.end(empty ? '' : text(state === 'long' ? 100_000 : 400)); }],
  ['GET', /^config$/, () => ({ entries: [['rest.port', '18081', '18081', 'The port of the REST API and the pages.'], ['taskmanager.numberOfTaskSlots', '2', '1', 'Slots of a task manager.'], ['heartbeat.timeout', '5000', '5000', 'A task manager that was not heard of for so long is lost.']].map(([key, value, other, doc]) => ({ key, value, default: other, doc })) })],
  ['GET', /^topics$/, () => ({ topics: Array.from({ length: TOPICS }, (_, i) => data.topic(i)) })],
  ['POST', /^topics$/, () => ({})],
  ['GET', /^topics\/([^/]+)$/, ([, name]) => data.topicDetail(decodeURIComponent(name))],
  ['GET', /^topics\/[^/]+\/history$/, () => data.history('15m', [['messages_rate', 900, 1500], ['messages', 1e6, 2e6]])],
  ['GET', /^topics\/[^/]+\/messages$/, (_m, query) => (empty ? { messages: [], next: {} } : messages(query))],
  ['POST', /^topics\/[^/]+\/messages$/, () => ({ partition: 0, offset: 12_345 })],
  ['GET', /^topics\/[^/]+\/tail$/, (_m, _q, _b, response) => sse(response, (emit, tick) => emit('messages', [0, 1, 2].map((i) => data.message(0, tick * 3 + i))), 250)],
  ['POST', /^topics\/[^/]+\/search$/, (_m, _q, body, response) => (/no_such_column/.test(body.where) ? json(response, { error: { message: "Column 'no_such_column' not found in any table", hint: '', line: 1, column: 1 } }, 400) : search(response))],
  ['GET', /^topics\/[^/]+\/table$/, () => ({ sql: "CREATE TABLE `SALES` (\n  `store_id` STRING,\n  `sale_amount` INT\n) WITH (\n  'connector' = 'kafka',\n  'topic' = 'SALES'\n)", columns: [{ name: 'store_id', type: 'STRING' }] })],
  ['GET', /^topics\/[^/]+\/form$/, () => (empty ? { key: null, value: null } : data.form)],
  ['PUT', /./, () => ({})],
  ['DELETE', /./, () => ({})],
  ['GET', /^schemas$/, () => ({ compatibility: 'BACKWARD', subjects: empty ? [] : Array.from({ length: state === 'long' ? 5000 : 6 }, (_, i) => ({ subject: i ? `orders-${i}-value` : 'SALES-value', id: i + 1, version: 2, type: 'AVRO', versions: 2, compatibility: 'BACKWARD', topics: ['SALES'], tables: ['default_catalog.default_database.SALES'] })) })],
  ['GET', /^schemas\/([^/]+)$/, ([, name]) => data.subject(decodeURIComponent(name))],
  ['POST', /^schemas\/[^/]+\/check$/, (_m, _q, body) => (body.schema.includes('"int"') ? { compatible: false, level: 'BACKWARD', messages: [{ text: "The field 'sale_amount' is read as int but was written as long.", path: '/fields/1/type' }] } : { compatible: true, level: 'BACKWARD', messages: [] })],
  ['POST', /^schemas\/[^/]+$/, () => ({ id: 9, version: 3 })],
  ['GET', /^groups$/, () => ({ groups: empty ? [] : ['flink-sales', 'billing'].map((id) => ({ id, state: data.group(id).state, members: data.group(id).members.length, topics: ['SALES'], lag: 2070, job: data.group(id).job })) })],
  ['GET', /^groups\/([^/]+)$/, ([, id]) => data.group(decodeURIComponent(id))],
  ['GET', /^groups\/[^/]+\/history$/, () => data.history('15m', [['lag', 0, 4000], ['lag.SALES-0', 0, 1000], ['lag.SALES-1', 0, 2000], ['lag.SALES-2', 0, 1500]])],
  ['POST', /^groups\/[^/]+\/reset$/, () => ({ changes: [0, 1, 2].map((partition) => ({ topic: 'SALES', partition, from: 12_000 * (partition + 1), to: 0 })) })],
];

async function bodyOf(request) {
  let body = '';
  for await (const chunk of request) body += chunk;
  return body ? JSON.parse(body) : {};
}

function file(path, response) {
  const name = join(dist, normalize(path === '/' ? '/index.html' : path));
  if (!name.startsWith(dist) || !existsSync(name)) { response.writeHead(404); response.end(); return; }
  response.writeHead(200, { 'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream' });
  response.end(readFileSync(name));
}

function json(response, answer, status = 200) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(answer));
}

/** Asks the servers one after the other until one knows the path. */
function forward(request, response, body, servers = api.split(',')) {
  const { hostname, port } = new URL(servers[0]);
  const out = httpRequest({ hostname, port, path: request.url, method: request.method, headers: { accept: request.headers.accept, 'content-type': 'application/json' } }, (answer) => {
    if (answer.statusCode === 404 && servers.length > 1) return void forward(request, response, body, servers.slice(1));
    response.writeHead(answer.statusCode, answer.headers);
    return void answer.pipe(response);
  });
  out.on('error', (failure) => json(response, { error: { message: failure.message } }, 502));
  response.on('close', () => out.destroy());
  out.end(['POST', 'PUT'].includes(request.method) ? JSON.stringify(body) : undefined);
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  const body = request.method === 'POST' || request.method === 'PUT' ? await bodyOf(request) : {};
  if (!pathname.startsWith('/api/') && !pathname.startsWith('/v2/')) return file(pathname, response);
  if (api) return forward(request, response, body);
  if (state === 'error') return json(response, { error: { message: 'Kafka does not answer at 10.0.0.5:9092.', hint: 'Is the broker running, and is its address right in config.yaml?' } }, 502);
  const sql = gateway(request.method, pathname, body, state);
  if (sql) return json(response, sql.body, sql.status);
  const path = pathname.slice(5);
  for (const [method, pattern, answer] of ROUTES) {
    const match = method === request.method && pattern.exec(path);
    if (!match) continue;
    const made = answer(match, searchParams, body, response);
    if (made !== undefined) return json(response, made);
    if (response.headersSent) return undefined;
    break;
  }
  return json(response, { error: { message: `There is no ${path}.`, hint: '' } }, 404);
});

server.listen(Number(flag('port', 18081)), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/ (${state})`));
