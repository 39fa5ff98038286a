// The servers that the pages are tested on: `millrace local --demo` on free ports, and fixtures for states it is never in.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, until } from './harness.mjs';

const bin = process.env.MILLRACE_BIN ?? join(root, 'build/release/millrace');
const started = [];

function freePort() {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(url) {
  return fetch(url).then((response) => response.ok, () => false);
}

/** A folder, the process's output in it, and its end with ours. */
function start(command, args, name) {
  const folder = mkdtempSync(join(tmpdir(), `ui-${name}-`));
  const log = openSync(join(folder, 'log'), 'w');
  const child = spawn(command, args.map((arg) => arg.replace('FOLDER', folder)), { stdio: ['ignore', log, log], cwd: folder });
  started.push({ child, folder });
  return { child, folder };
}

export function stopAll() {
  for (const { child, folder } of started) {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `millrace local` on free ports, once `ready` says so of its jobs: its base address (with "/" at its end), that of the console, and its Kafka. */
async function local(name, options, ready, millis = 60_000) {
  const ports = {};
  const args = ['local', '--data-dir', 'FOLDER/data', ...options];
  for (const one of ['broker', 'registry', 'rest', 'console', 'gateway']) {
    ports[one] = await freePort();
    args.push(`--${one}-port`, String(ports[one]));
  }
  const { child, folder } = start(bin, args, name);
  const log = () => readFileSync(join(folder, 'log'), 'utf8').slice(-2000);
  const url = `http://127.0.0.1:${ports.rest}/`;
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`millrace local ended:\n${log()}`);
    const jobs = await fetch(`${url}api/jobs`).then((response) => response.json(), () => undefined);
    return jobs && ready(jobs.jobs);
  }, () => `the jobs do not run:\n${log()}`, millis);
  return { url, consoleUrl: `http://127.0.0.1:${ports.console}/`, kafka: `127.0.0.1:${ports.broker}` };
}

export const json = (url, options) => fetch(url, options).then((response) => response.json());
const post = (url, body) => json(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/** Runs `script` through the SQL gateway, one statement after the other; the id of the job that its INSERT became. */
async function submit(url, script) {
  const { sessionHandle } = await post(`${url}v2/sessions`, { sessionName: 'test' });
  const session = `${url}v2/sessions/${sessionHandle}`;
  const { statements } = await post(`${url}api/sql/split`, { text: script });
  let id;
  for (const { text: statement } of statements.filter(({ text }) => text.trim())) {
    const { operationHandle } = await post(`${session}/statements`, { statement });
    const page = await until(() => json(`${session}/operations/${operationHandle}/result/0?rowFormat=PLAIN_TEXT`).then((one) => one.resultType !== 'NOT_READY' && one), 'the statement does not end', 30_000);
    if (!page.resultType) throw new Error(`${statement}: ${JSON.stringify(page)}`);
    id = page.jobID ?? id;
  }
  return id;
}

/** A topic for a test of its own. */
export async function makeTopic(url, name, partitions = 1) {
  const made = await post(`${url}api/topics`, { name, partitions, configs: {} });
  if (made.error) throw new Error(made.error.message);
  return name;
}

export async function produce(url, topic, partition, data) {
  const written = await post(`${url}api/topics/${topic}/messages`, { partition, value: { format: 'json', data } });
  if (written.error) throw new Error(written.error.message);
  return written;
}

/** `use` with the id of the job that `script` makes, once it has left the queue; what is left of it is canceled: slots are few. */
export async function withJob(url, script, use) {
  const id = await submit(url, script);
  const job = () => json(`${url}api/jobs/${id}`);
  const ended = async () => ['CANCELED', 'FAILED', 'FINISHED'].includes((await job()).state);
  try {
    await until(async () => (await job()).state !== 'CREATED', 'the job gets no slot', 20_000);
    return await use(id);
  } finally {
    if (!(await ended())) await post(`${url}api/jobs/${id}/cancel`, {});
    await until(ended, 'the job does not end', 20_000);
  }
}

/** The id of the demo's job. */
export async function salesJob(url) {
  const { jobs } = await json(`${url}api/jobs`);
  return jobs.find((job) => job.state === 'RUNNING' && job.name.includes('SALES_AGGREGATE')).id;
}

export const demo = () => local('demo', ['--demo', '--rate', '20', '--slots', '3'], (jobs) => jobs.some((job) => job.state === 'RUNNING'));

/** 1 000 jobs, of which some run and the others wait for a slot, and 5 000 topics. */
export async function crowd() {
  const script = join(mkdtempSync(join(tmpdir(), 'ui-crowd-')), 'jobs.sql');
  const jobs = Array.from({ length: 1000 }, (_, i) => `SET 'pipeline.name' = 'shop-${i}';\nINSERT INTO nowhere SELECT * FROM numbers;`);
  writeFileSync(script, `CREATE TABLE numbers (id BIGINT, n INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');
CREATE TABLE nowhere (id BIGINT, n INT) WITH ('connector' = 'blackhole');\n${jobs.join('\n')}`);
  const { url, kafka } = await local('crowd', ['--slots', '20', '--script', script], (all) => all.length >= 1000 && all.some((job) => job.state === 'RUNNING'), 180_000);
  const topics = Array.from({ length: 5000 }, (_, i) => `region-${i}.orders`);
  const made = spawnSync(bin, ['topics', 'create', '--partitions', '1', '--bootstrap-server', kafka, ...topics], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`the topics are not made: ${made.stderr}`);
  return { url, kafka };
}

/** `use` with the base address of a `millrace console` that looks at the jobs and the Kafka of another process. */
export async function withConsole({ url, kafka }, use) {
  const port = await freePort();
  const { child } = start(bin, ['console', '--listen', `127.0.0.1:${port}`, '--bootstrap-server', kafka, '--jobmanager', url.slice(0, -1)], 'console');
  const base = `http://127.0.0.1:${port}/`;
  try {
    await until(() => answers(`${base}api/home`), 'the console does not start', 20_000);
    await use(base);
  } finally {
    child.kill('SIGKILL');
  }
}

/** Made-up answers in one state: "full", "empty", "error" or "long" (lists and results that are long). */
export async function fixture(state) {
  const port = await freePort();
  start(process.execPath, [join(root, 'ui/dev/server.mjs'), '--port', String(port), '--state', state], state);
  const url = `http://127.0.0.1:${port}/`;
  await until(() => answers(url), `the fixture ${state} does not start`);
  return url;
}
