import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './child.ts';
import type { Share } from './contention-child.ts';
import type { Run } from './run.ts';

const script = new URL('./contention-child.ts', import.meta.url);
const callers = 8;
/** Long enough to see a process that waits for seconds: in a turn of one second it hardly ends a call, so it hardly shows. */
const turnMs = 5_000;

/** One round of eight processes with eight calls in flight each. */
export interface Contended {
  readonly livesPerSecond: number;
  /**
   * Of a call in the process that was served worst, in milliseconds. Over the calls of all processes together it would
   * be blind: who waits ten seconds makes one call, while the winner makes its fifty thousand.
   */
  readonly worstP99: number;
  /** Lives of the process that got least, by those of the one that got most. */
  readonly fairness: number;
}

/** The same processes through a hub and over one shared file, round by round. */
export async function measureContention(run: Run): Promise<{ hub: Contended[]; file: Contended[] }> {
  const rounds: { hub: Contended[]; file: Contended[] } = { hub: [], file: [] };
  await using stack = new AsyncDisposableStack();
  const folder = join(run.folder, `shared-${run.nextNumber()}`);
  mkdirSync(folder);
  const processes = run.isQuick ? 2 : 8;
  const groups = {
    hub: await openGroup(stack, processes, 'hub', await run.server('hub')),
    file: await openGroup(stack, processes, 'file', join(folder, 'shared.db')),
  };
  const ms = run.isQuick ? run.sliceMs : Math.max(turnMs, run.sliceMs);
  for (const kind of ['hub', 'file'] as const) await contend(groups[kind], run.sliceMs);
  for (let round = 0; round < run.rounds; round += 1) {
    for (const kind of ['hub', 'file'] as const) rounds[kind].push(await contend(groups[kind], ms));
  }
  return rounds;
}

async function openGroup(
  stack: AsyncDisposableStack,
  processes: number,
  kind: 'hub' | 'file',
  where: string,
): Promise<Child[]> {
  const children = Array.from({ length: processes }, (_, index) =>
    stack.use(new Child(script, [kind, where, `agent-${index}`])),
  );
  // One after the other: the first makes the schema of the shared file.
  for (const child of children) await child.call('open');
  return children;
}

async function contend(children: readonly Child[], ms: number): Promise<Contended> {
  const started = performance.now();
  const shares = await Promise.all(children.map((child) => child.call<Share>('live', callers, ms)));
  const seconds = (performance.now() - started) / 1_000;
  const lives = shares.map((share) => share.lives);
  return {
    livesPerSecond: lives.reduce((sum, each) => sum + each, 0) / seconds,
    worstP99: Math.max(...shares.map((share) => p99Of(share.calls))),
    fairness: Math.min(...lives) / Math.max(...lives),
  };
}

function p99Of(calls: readonly number[]): number {
  return calls.toSorted((a, b) => a - b)[Math.floor(calls.length * 0.99)] ?? Number.NaN;
}
