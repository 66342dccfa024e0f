import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectSwarm } from '../src/sdk/connect.ts';
import { spawnHub } from '../src/testing/hub-process.ts';

/**
 * Measures what the foundation promises in numbers, on this machine, in one run: `npm run bench:foundation`. Ratios and
 * counts are comparable between machines; milliseconds are not.
 */
const bin = fileURLToPath(new URL('../bin/waggle.js', import.meta.url));
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'waggle-bench-'));
const rows: string[][] = [];

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function timed(command: string[], cwd: string): number {
  const started = performance.now();
  execFileSync(process.execPath, command, { cwd, stdio: 'ignore' });
  return performance.now() - started;
}

function coldSend(): void {
  const dir = join(folder, 'cold');
  execFileSync('mkdir', ['-p', dir]);
  const waggle = (...args: string[]) => [bin, ...args];
  timed(waggle('agent', 'add', 'ada'), dir);
  for (let warm = 0; warm < 3; warm += 1) timed(waggle('send', 'ada', 'warm'), dir);
  const node: number[] = [];
  const send: number[] = [];
  for (let run = 0; run < 21; run += 1) {
    node.push(timed(['-e', '0'], dir));
    send.push(timed(waggle('send', 'ada', 'hello'), dir));
  }
  timed(waggle('down'), dir);
  const ratio = median(send) / median(node);
  rows.push([
    '`waggle send`, cold, hub running ÷ `node -e 0`',
    `${ratio.toFixed(2)} (${median(send).toFixed(0)} ms ÷ ${median(node).toFixed(0)} ms)`,
    '3',
  ]);
}

function syncsPerThousandLives(): void {
  if (spawnSync('strace', ['-e', 'trace=none', 'true']).status !== 0) {
    rows.push(['fsyncs per 1,000 lives, 64 callers', 'strace is missing', '120, aim 50']);
    return;
  }
  const count = (work: string, lives: number) => {
    const out = join(folder, 'counts');
    const child = here('../test/fault/sync-child.ts');
    execFileSync('strace', [
      '-f',
      '-c',
      '-o',
      out,
      '-e',
      'trace=fsync,fdatasync',
      process.execPath,
      child,
      join(folder, 'syncs.db'),
      work,
      String(lives),
    ]);
    const lines = readFileSync(out, 'utf8')
      .split('\n')
      .map((line) => line.trim());
    return lines
      .filter((line) => /\bf(data)?sync$/.test(line))
      .reduce((sum, line) => sum + Number(line.split(/\s+/)[3]), 0);
  };
  count('nothing', 0);
  const idle = count('nothing', 0);
  rows.push([
    'fsyncs per 1,000 lives, 64 callers',
    String(Math.round((count('lives', 10_000) - idle) / 10)),
    '120, aim 50',
  ]);
}

async function restartAfterKill(): Promise<void> {
  const dir = join(folder, '.waggle');
  {
    await using hub = spawnHub(dir);
    await hub.up;
    const loader = spawn(process.execPath, [here('load-child.ts'), dir, '100000'], { stdio: 'inherit' });
    await once(loader, 'exit');
    await hub.kill();
  }
  const started = performance.now();
  await using hub = spawnHub(dir);
  if (!(await hub.up)) throw new Error(`the hub did not come back: ${(await hub.ended).stderr}`);
  const ms = performance.now() - started;
  await using swarm = await connectSwarm({ dir, start: false });
  const { accepted } = await swarm.queue.stats();
  if (accepted !== 100_000) throw new Error(`100,000 messages were accepted, ${accepted} are there`);
  rows.push(['hub restart after kill -9, 100,000 messages', `${(ms / 1_000).toFixed(2)} s`, '2 s']);
}

try {
  coldSend();
  syncsPerThousandLives();
  await restartAfterKill();
  process.stdout.write(
    `| measured | here | at most |\n| --- | --- | --- |\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
