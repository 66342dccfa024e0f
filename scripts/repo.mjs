// What `npm start` and `npm test` share. Plain JavaScript without dependencies: it runs in a bare clone, under whatever
// Node >= 20 the machine has, before anything is installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const inRepo = (...parts) => join(root, ...parts);

/** The repo's own Node 24, a dev dependency: what we need does not depend on what the machine has. */
export const repoNode = inRepo('node_modules', '.bin', 'node');
const entry = inRepo('dist', 'cli', 'main.js');
const buildStamp = inRepo('dist', '.built');
const installStamp = inRepo('node_modules', '.waggle-installed');

/** Runs a program to its end. `quiet` keeps its output and returns it instead of showing it. */
export function run(command, args, { quiet = false, env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, PATH: `${inRepo('node_modules', '.bin')}:${process.env.PATH}`, ...env },
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', (error) => resolve({ code: 127, output: `${command}: ${error.message}\n` }));
    child.once('close', (code, signal) => resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 1), output }));
  });
}

/** One line per step: what is being done, then how long it took. Its output is shown only when it fails. */
export async function step(title, command, args) {
  const isTerminal = process.stdout.isTTY;
  if (isTerminal) process.stdout.write(`${title} …`);
  const start = performance.now();
  const result = await run(command, args, { quiet: true });
  const seconds = `${((performance.now() - start) / 1_000).toFixed(1)} s`;
  const outcome = result.code === 0 ? seconds : `failed after ${seconds}`;
  process.stdout.write(`${isTerminal ? '\r\x1b[K' : ''}${title}: ${outcome}\n`);
  if (result.code !== 0) process.stdout.write(result.output);
  return result.code === 0;
}

/** `npm ci` when node_modules is missing or older than the lock file. */
export async function ensureInstalled() {
  if (!isInstalled()) {
    if (!(await step('Installing dependencies (npm ci)', 'npm', ['ci', '--no-audit', '--no-fund']))) return false;
    writeFileSync(installStamp, lockHash());
  }
  if ((await run(repoNode, ['--version'], { quiet: true })).code === 0) return true;
  // npm can be told to skip install scripts, and the dev dependency `node` fetches its binary in one.
  return step("Fetching the repo's Node 24 (npm rebuild node)", 'npm', ['rebuild', 'node', '--ignore-scripts=false']);
}

function isInstalled() {
  const installed = modifiedMs(inRepo('node_modules', '.package-lock.json')); // npm writes it last
  if (installed === undefined) return false;
  if (installed >= modifiedMs(inRepo('package-lock.json'))) return true;
  // A checkout may give an unchanged lock file a new time; its content decides.
  return existsSync(installStamp) && readFileSync(installStamp, 'utf8') === lockHash();
}

/** Compiles src to dist, and web to dist/ui, when something changed since the last build. Prints nothing when there is nothing to do. */
export async function ensureBuilt() {
  return isBuilt() || build();
}

export async function build() {
  const startedAt = Date.now();
  // The incremental record believes in output that somebody may have removed by hand.
  if (!existsSync(entry)) rmSync(inRepo('dist', '.tsbuildinfo'), { force: true });
  const ok = await step('Building (tsc)', inRepo('node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json']);
  const page = await step('Building the dashboard (vite)', inRepo('node_modules', '.bin', 'vite'), [
    'build',
    '--config',
    inRepo('web', 'vite.config.ts'),
  ]);
  if (ok && page) {
    mkdirSync(dirname(buildStamp), { recursive: true });
    writeFileSync(buildStamp, `${startedAt}\n`);
  }
  return ok && page;
}

/** Compares with the moment the build began: a file saved while it ran may not be in it. */
export function isBuilt() {
  if (!existsSync(entry) || !existsSync(buildStamp)) return false;
  const builtAt = Number(readFileSync(buildStamp, 'utf8'));
  const inputs = ['tsconfig.json', 'tsconfig.build.json', 'package.json'].map((name) => inRepo(name));
  return [...inputs, ...sourceFiles(inRepo('src')), ...sourceFiles(inRepo('web'))].every(
    (file) => modifiedMs(file) <= builtAt,
  );
}

export const hasBuild = () => existsSync(entry);

function sourceFiles(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((item) => {
    const path = join(folder, item.name);
    if (item.isDirectory()) return sourceFiles(path);
    return /\.(?:tsx?|css|html|svg)$/.test(item.name) && !item.name.endsWith('.test.ts') ? [path] : [];
  });
}

function modifiedMs(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(inRepo('package-lock.json')))
    .digest('hex');
}
