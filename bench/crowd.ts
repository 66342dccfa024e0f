import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { connectSwarm } from '../src/sdk/connect.ts';
import { spawnHub } from '../src/testing/hub-process.ts';
import { benchDirectory } from './peers/waggle.ts';

/**
 * T8 in numbers: sixteen client processes send to one hub, one message in flight each, as fast as it answers. Beside them
 * and in the same run: how many one-row commits a second one process gets out of the same disk, each with its fsync.
 * The hub's limits are raised in its configuration: a minute fills every inbox of the default size.
 * `npm run bench:crowd [seconds]`, 5 by default, 60 for the record.
 */
const seconds = Number(process.argv[2] ?? 5);
const clients = 16;
const folder = mkdtempSync(join(tmpdir(), 'waggle-crowd-'));
const child = fileURLToPath(new URL('crowd-child.ts', import.meta.url));

interface ClientReport {
  readonly accepted: number;
  readonly busy: number;
  readonly latencies: readonly number[];
}

function rawCommitsPerSecond(): number {
  const db = new DatabaseSync(join(folder, 'raw.db'));
  db.exec('PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS t (body TEXT); PRAGMA synchronous = FULL');
  const insert = db.prepare('INSERT INTO t VALUES (?)');
  const body = 'x'.repeat(240);
  const end = performance.now() + 2_000;
  let commits = 0;
  for (; performance.now() < end; commits += 1) insert.run(body);
  db.close();
  return commits / 2;
}

async function send(dir: string): Promise<ClientReport[]> {
  const children = Array.from({ length: clients }, (_, index) =>
    spawn(process.execPath, [child, dir, String(index), String(seconds)], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  await Promise.all(children.map((running) => once(running.stdout, 'data')));
  const reports = Promise.all(children.map(report));
  for (const running of children) running.stdin.write('go\n');
  return reports;
}

async function report(running: ChildProcessByStdio<Writable, Readable, null>): Promise<ClientReport> {
  let text = '';
  running.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  await once(running, 'close');
  return JSON.parse(text) as ClientReport; // printed by crowd-child.ts
}

try {
  const before = rawCommitsPerSecond();
  const dir = benchDirectory(folder);
  await using hub = spawnHub(dir);
  if (!(await hub.up)) throw new Error(`the hub did not start: ${(await hub.ended).stderr}`);
  await using swarm = await connectSwarm({ dir, start: false });
  for (let index = 0; index < clients; index += 1) await swarm.agents.add({ id: `agent-${index}` });
  const reports = await send(dir);
  const raw = (before + rawCommitsPerSecond()) / 2;
  const counts = reports.map(({ accepted }) => accepted);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const { accepted } = await swarm.queue.stats();
  const latencies = reports.flatMap((report) => report.latencies).sort((a, b) => a - b);
  const p99 = latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN;
  const busy = reports.reduce((sum, report) => sum + report.busy, 0);
  const rows = [
    ['accepts a second, 16 processes, fsync before each answer', (total / seconds).toFixed(0), ''],
    ['÷ one-row fsync commits a second, same run', `${(total / seconds / raw).toFixed(1)} (${raw.toFixed(0)})`, '≥ 8'],
    ['p99 of an accept', `${p99.toFixed(1)} ms`, '≤ 100 ms'],
    ['slowest ÷ fastest client', (Math.min(...counts) / Math.max(...counts)).toFixed(2), '≥ 0.5'],
    ['busy errors to a caller', String(busy), '0'],
    ['answered, and stored', `${total}, ${accepted}`, 'the same'],
  ];
  process.stdout.write(`| measured | here | goal |\n| --- | --- | --- |\n`);
  for (const row of rows) process.stdout.write(`| ${row.join(' | ')} |\n`);
  if (total !== accepted) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
