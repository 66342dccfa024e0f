import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectSwarm } from '../src/sdk/connect.ts';
import type { Swarm } from '../src/sdk/swarm.ts';
import { spawnHub } from '../src/testing/hub-process.ts';

/**
 * One agent with a token of its own that sends 1,000 messages a second, beside four that send 50 each: what it costs them.
 * The limits are the default ones. Slices without it, with it, and with one that a model drives (whom the loop guard
 * refuses) take turns, so that the machine's other work falls on all alike. `npm run bench:rogue [rounds]`, 5 by default.
 */
const rounds = Number(process.argv[2] ?? 5);
const sliceMs = 3_000;
const pauseMs = 20;
const others = ['ada', 'bob', 'cy', 'dan'];
const child = fileURLToPath(new URL('rogue-child.ts', import.meta.url));

type Rogue = ChildProcessByStdio<Writable, Readable, null>;

async function startRogue(dir: string, agent: string): Promise<Rogue> {
  const rogue = spawn(process.execPath, [child, dir, agent], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(rogue.stdout, 'data');
  return rogue;
}

async function endRogue(rogue: Rogue): Promise<{ accepted: number; refused: number }> {
  const said = once(rogue.stdout, 'data');
  rogue.stdin.end('end\n');
  const [text] = (await said) as [Buffer]; // as child_process documents it
  return JSON.parse(text.toString('utf8')) as { accepted: number; refused: number }; // printed by rogue-child.ts
}

/** What each send of the well-behaved took, in milliseconds. */
async function slice(swarms: readonly Swarm[]): Promise<number[]> {
  const end = performance.now() + sliceMs;
  const each = swarms.map(async (swarm, index) => {
    const took: number[] = [];
    while (performance.now() < end) {
      const started = performance.now();
      await swarm.send({ to: others[(index + 1) % others.length] ?? '', body: 'x'.repeat(240) });
      took.push(performance.now() - started);
      await sleep(pauseMs);
    }
    return took;
  });
  return (await Promise.all(each)).flat();
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const folder = mkdtempSync(join(tmpdir(), 'waggle-rogue-'));
try {
  const dir = join(folder, '.waggle');
  mkdirSync(dir, { mode: 0o700 });
  await using hub = spawnHub(dir);
  if (!(await hub.up)) throw new Error(`the hub did not start: ${(await hub.ended).stderr}`);
  await using operator = await connectSwarm({ dir, start: false });
  for (const id of [...others, 'script']) await operator.agents.add({ id });
  await operator.agents.add({ id: 'model', client: 'codex' });
  // A slice of 1,000 a second fills less than half an inbox: each has one of its own.
  for (let round = 0; round < rounds; round += 1) await operator.agents.add({ id: `sink-${round}` });
  for (const id of [...others, 'script', 'model']) await operator.agents.token(id);
  await using stack = new AsyncDisposableStack();
  const swarms = await Promise.all(others.map((agent) => connectSwarm({ dir, agent, start: false })));
  for (const swarm of swarms) stack.use(swarm);
  const script = await startRogue(dir, 'script');
  const model = await startRogue(dir, 'model');
  const took: Record<'alone' | 'script' | 'model', number[]> = { alone: [], script: [], model: [] };
  await slice(swarms); // warms up
  for (let round = 0; round < rounds; round += 1) {
    took.alone.push(...(await slice(swarms)));
    for (const [name, rogue] of [
      ['script', script],
      ['model', model],
    ] as const) {
      rogue.stdin.write(`go sink-${round}\n`);
      took[name].push(...(await slice(swarms)));
      rogue.stdin.write('stop\n');
      await sleep(200);
    }
  }
  const counts = { script: await endRogue(script), model: await endRogue(model) };
  const alone = percentile(took.alone, 0.99);
  const row = (what: string, values: readonly number[], rogue?: { accepted: number; refused: number }) => {
    const p99 = percentile(values, 0.99);
    const of = rogue === undefined ? ['', ''] : [`${rogue.accepted}, ${rogue.refused}`, (p99 / alone).toFixed(2)];
    return `| ${[what, percentile(values, 0.5).toFixed(1), p99.toFixed(1), ...of].join(' | ')} |\n`;
  };
  process.stdout.write(
    `| four agents, 50 sends a second each | p50 ms | p99 ms | of the rogue: accepted, refused | p99 ÷ alone (goal ≤ 2) |\n| --- | --- | --- | --- | --- |\n${
      row('alone', took.alone) +
      row('beside 1,000 a second of a script', took.script, counts.script) +
      row('beside 1,000 a second of an agent a model drives', took.model, counts.model)
    }`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
