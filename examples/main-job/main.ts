import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify, styleText } from 'node:util';
import { connect } from 'waggle-swarm';
import { damagedQueue } from './damaged-queue.ts';

/**
 * The main job in one go: a damaged legacy queue is rescued, eight worker processes consume all of it, and the hub is
 * killed with kill -9 on the way. Exits 1 when a single message is lost.
 */
const bin = fileURLToPath(new URL('../../bin/waggle.js', import.meta.url));
const agents = Array.from({ length: 8 }, (_, index) => `agent-${index + 1}`);
const perAgent = 120;
const isTerminal = process.stdout.isTTY;
const workers: ChildProcess[] = [];
const started = performance.now();

const folder = mkdtempSync(join(tmpdir(), 'waggle-demo-'));
const dir = join(folder, '.waggle');
const file = join(folder, 'queue.json');

say('');
say(`  ${strong('Waggle')}  rescue a damaged queue, deliver all of it, survive a crash`);
say(dim(`  in ${folder}`));

heading(1, 'A legacy queue file, damaged in six ways');
const queue = damagedQueue(agents, perAgent);
writeFileSync(file, queue.bytes);
const fileHash = sha256();
for (const damage of queue.damages) say(`     ${bad('✗')} ${damage}`);
say(
  `     ${count(queue.written)} entries were written, ${count(queue.intact)} of them are still whole; JSON.parse reads ${bad(parsable())}`,
);

heading(2, 'A hub, and the rescue');
const hub = spawn(process.execPath, [bin, 'up', '--json', '--no-open', '--port', '0', '--dir', dir], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const status = JSON.parse(await firstLine(hub)) as { pid: number; url: string }; // the contract of `status --json`
const rescue = JSON.parse((await waggle('recover', file, '--import', '--json')).stdout) as {
  recovered: number;
  ambiguous: number;
  discardedBytes: number;
  imported: number;
  quarantine: string;
}; // the contract of `recover --json`
say(
  `     ${good('✓')} ${strong(count(rescue.recovered))} of ${count(queue.intact)} whole entries recovered, ${count(rescue.ambiguous)} ambiguous kept aside, ${count(rescue.discardedBytes)} bytes of debris`,
);
say(
  `     ${good('✓')} the file as it was is kept in quarantine; the original is unchanged (${sha256() === fileHash ? 'same hash' : bad('CHANGED')})`,
);

heading(3, 'Eight workers; the hub dies in the middle');
await using swarm = await connect({ dir });
const before = await swarm.queue.stats();
const toDeliver = before.ready;
const handledTimes = new Map<string, number>();
const workersStarted = performance.now();
let killedAfter = 0;
let backAfterMs = 0;
let restart: Promise<void> | undefined;
const allHandled = new Promise<void>((resolve) => {
  for (const worker of agents.map(startWorker)) {
    worker.on('message', ({ handled }: { handled: string }) => {
      handledTimes.set(handled, (handledTimes.get(handled) ?? 0) + 1);
      showProgress(handledTimes.size);
      if (restart === undefined && handledTimes.size >= toDeliver / 2) restart = killHub();
      if (handledTimes.size === toDeliver) resolve();
    });
  }
});
await allHandled;
await restart;
const after = await settled();
const seconds = (performance.now() - workersStarted) / 1_000;
clearProgress();
say(`     ${bad('✗')} hub ${status.pid} killed with kill -9 after ${count(killedAfter)} messages`);
say(`     ${good('✓')} the workers brought a new one up in ${backAfterMs.toFixed(0)} ms and went on`);

// Before the hub may stop: a worker that still wants mail would bring it back.
await Promise.all(workers.map(dismiss));

const redelivered = [...handledTimes.values()].filter((times) => times > 1).length;
const lost = toDeliver - (after.acked - before.acked);
const verified = await swarm.queue.verify();
heading(4, 'The account');
say(`     recovered    ${strong(count(rescue.imported))}`);
say(`     delivered    ${strong(count(handledTimes.size))}  in ${seconds.toFixed(2)} s by ${agents.length} processes`);
say(`     redelivered  ${count(redelivered)}  ${dim('at-least-once: what was in hand when the hub died')}`);
say(
  `     lost         ${lost === 0 ? good(strong('0')) : bad(String(lost))}  ${dim(verified.ok ? 'every accepted message is accounted for' : 'the store does not verify')}`,
);
say('');
say(`  ${strong(`${((performance.now() - started) / 1_000).toFixed(1)} s`)} in all. Look around:`);
say(`     cd ${folder}`);
for (const next of ['queue stats', 'search emoji', 'recover queue.json --entries', 'events', 'doctor', 'down'])
  say(`     waggle ${next}`);
say(dim(`  From this checkout write node_modules/.bin/node bin/waggle.js --dir ${dir} instead of waggle.`));
if (!process.argv.includes('--keep')) {
  await swarm.stopHub();
  say(dim('  The hub was stopped; any of these commands starts it again. Delete the folder when you are done.'));
}
say('');
process.exitCode = lost === 0 && verified.ok && rescue.recovered === queue.intact ? 0 : 1;

function startWorker(agent: string): ChildProcess {
  const worker = fork(fileURLToPath(new URL('worker.ts', import.meta.url)), [dir, agent]);
  workers.push(worker);
  return worker;
}

function dismiss(worker: ChildProcess): Promise<unknown> {
  const gone = once(worker, 'exit');
  worker.disconnect();
  return gone;
}

async function killHub(): Promise<void> {
  killedAfter = handledTimes.size;
  const at = performance.now();
  process.kill(status.pid, 'SIGKILL');
  // Our own connection lost its hub as well; this call is carried across to the new one.
  while ((await swarm.status()).pid === status.pid);
  backAfterMs = performance.now() - at;
}

/** The acks of the last messages are on their way when their handlers report. */
async function settled() {
  for (;;) {
    const stats = await swarm.queue.stats();
    if (stats.leased === 0 && stats.ready === 0 && stats.scheduled === 0) return stats;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function waggle(...args: string[]) {
  return promisify(execFile)(process.execPath, [bin, ...args, '--dir', dir]);
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the hub has no output to read');
  for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('the hub ended before it was up');
}

function parsable(): string {
  try {
    JSON.parse(readFileSync(file, 'utf8'));
    return 'all';
  } catch {
    return 'none';
  }
}

function sha256(): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

function heading(step: number, text: string): void {
  say('');
  say(`  ${dim(`${step}`)}  ${strong(text)}`);
}

function showProgress(done: number): void {
  if (!isTerminal) return;
  const width = 32;
  const filled = Math.round((done / toDeliver) * width);
  process.stdout.write(`\r     ${'█'.repeat(filled)}${dim('░'.repeat(width - filled))} ${done} of ${toDeliver}`);
}

function clearProgress(): void {
  if (isTerminal) process.stdout.write('\r\x1b[K');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function strong(text: string): string {
  return isTerminal ? styleText('bold', text) : text;
}

function dim(text: string): string {
  return isTerminal ? styleText('dim', text) : text;
}

function good(text: string): string {
  return isTerminal ? styleText('green', text) : text;
}

function bad(text: string): string {
  return isTerminal ? styleText('red', text) : text;
}
