// Bundles src/ into a folder of hashed files and an index.html that names them.
// usage: node build.mjs [--out FOLDER] [--watch]
import * as esbuild from 'esbuild';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const outFlag = process.argv.indexOf('--out');
const out = resolve(outFlag > 0 ? process.argv[outFlag + 1] : join(root, 'dist'));
const version = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  target: ['es2022'],
  outdir: join(out, 'assets'),
  metafile: true,
  legalComments: 'none',
  entryNames: '[name]-[hash]',
  chunkNames: '[name]-[hash]',
  define: { UI_VERSION: JSON.stringify(version) },
};

// The hashed name of each entry point.
function entryNames(results) {
  const names = {};
  for (const { metafile } of results) {
    for (const [file, output] of Object.entries(metafile.outputs)) {
      if (output.entryPoint) names[output.entryPoint] = basename(file);
    }
  }
  return names;
}

function writePage(results) {
  const names = entryNames(results);
  const page = readFileSync(join(root, 'src/index.html'), 'utf8').replace(/\{\{(.+?)\}\}/g, (_, entry) => {
    if (!names[entry]) throw new Error(`index.html names ${entry}, which is no entry point`);
    return `assets/${names[entry]}`;
  });
  writeFileSync(join(out, 'index.html'), page);
  cpSync(join(root, 'src/favicon.svg'), join(out, 'favicon.svg'));
}

async function build() {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const results = await Promise.all([
    esbuild.build({ ...shared, entryPoints: ['src/main.tsx'], format: 'esm', splitting: true }),
    esbuild.build({ ...shared, entryPoints: ['src/theme_boot.ts', 'src/styles/all.css'], format: 'iife' }),
  ]);
  writePage(results);
}

await build();
