// Bundles each test/*.test.ts for Node and runs them with its own test runner.
import * as esbuild from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'ui-test-'));
const tests = readdirSync(join(root, 'test')).filter((name) => name.endsWith('.test.ts'));
await esbuild.build({
  absWorkingDir: root,
  entryPoints: tests.map((name) => `test/${name}`),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node18',
  outdir: out,
  outExtension: { '.js': '.mjs' },
});
const run = spawnSync(process.execPath, ['--test', ...tests.map((name) => join(out, name.replace(/\.ts$/, '.mjs')))],
  { stdio: 'inherit', env: { ...process.env, TZ: 'UTC' } });
rmSync(out, { recursive: true, force: true });
process.exit(run.status ?? 1);
