// The servers that the pages are tested on: `millrace local --demo` on free ports, and fixtures for states it is never in.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
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

/** Its base address (with "/" at its end), that of the console, and its Kafka. */
export async function demo() {
  const help = spawnSync(bin, ['local', '--help'], { encoding: 'utf8' }).stdout;
  const ports = {};
  const args = ['local', '--demo', '--rate', '20', '--data-dir', 'FOLDER/data'];
  for (const name of ['broker', 'registry', 'rest', 'console', 'gateway']) {
    ports[name] = await freePort();
    if (help.includes(`--${name}-port`)) args.push(`--${name}-port`, String(ports[name]));
  }
  const { child, folder } = start(bin, args, 'demo');
  const url = `http://127.0.0.1:${ports.rest}/`;
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`the demo ended:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`);
    const jobs = await fetch(`${url}api/jobs`).then((response) => response.json(), () => undefined);
    return jobs?.jobs?.some((job) => job.state === 'RUNNING');
  }, () => `no job is running:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`, 60_000);
  return { url, consoleUrl: help.includes('--console-port') ? `http://127.0.0.1:${ports.console}/` : undefined };
}

/** Made-up answers in one state: "full", "empty", "error" or "long" (1 000 jobs, 5 000 topics, a million rows). */
export async function fixture(state) {
  const port = await freePort();
  start(process.execPath, [join(root, 'ui/dev/server.mjs'), '--port', String(port), '--state', state], state);
  const url = `http://127.0.0.1:${port}/`;
  await until(() => answers(url), `the fixture ${state} does not start`);
  return url;
}
