import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './child.ts';
import { type ContenderName, contender } from './contenders.ts';
import type { Run } from './run.ts';
import { rateOf, type Took, type Workload } from './workload.ts';

/** Lives per second of each contender, one figure a round; rounds stand beside each other. */
export type Rates = Partial<Record<ContenderName, readonly number[]>>;

const script = new URL('./contender-child.ts', import.meta.url);
/** Warm-up before the first round, as a part of a slice: compilers and caches settle. */
const warmUp = 1.5;

/**
 * Measures contenders against each other under one workload: every round gives each of them one slice of about
 * `run.sliceMs`, in an order that turns, so that a disturbance or a drift of the machine falls on all alike.
 */
export async function measureLives(run: Run, names: readonly ContenderName[], workload: Workload): Promise<Rates> {
  await using stack = new AsyncDisposableStack();
  const children = new Map<ContenderName, Child>();
  for (const name of names) {
    try {
      children.set(name, stack.use(await openContender(run, name)));
    } catch (error) {
      run.fail(name, error);
    }
  }
  return await takeTurns(run, children, workload); // awaited here, so that they are closed after it
}

/** The same for children that stand ready under names of any kind. */
export async function takeTurns<N extends string>(
  run: Run,
  children: ReadonlyMap<N, Child>,
  workload: Workload,
): Promise<Partial<Record<N, readonly number[]>>> {
  const sides: { name: N; child: Child; count: number; rates: number[] }[] = [];
  for (const [name, child] of children) {
    try {
      sides.push({ name, child, count: await calibrate(child, workload, run.sliceMs), rates: [] });
    } catch (error) {
      run.fail(name, error);
    }
  }
  for (let round = 0; round < run.rounds; round += 1) {
    const turn = round % Math.max(1, sides.length);
    for (const side of [...sides.slice(turn), ...sides.slice(0, turn)]) {
      if (!sides.includes(side)) continue;
      try {
        const took = await side.child.call<Took>('lives', side.count, workload);
        side.rates.push(rateOf(side.count, took));
      } catch (error) {
        // A peer that gives up in the middle costs its own figures, nobody else's.
        run.fail(side.name, error);
        sides.splice(sides.indexOf(side), 1);
      }
    }
  }
  return Object.fromEntries(sides.map(({ name, rates }) => [name, rates])) as Partial<Record<N, number[]>>; // by name
}

/** A contender in its own process, with its own folder, connected to its server (started now unless one is named). */
export async function openContender(run: Run, name: ContenderName, running?: string): Promise<Child> {
  const { server, durability } = contender(name);
  const address = running ?? (server === undefined ? undefined : await run.server(server));
  const folder = join(run.folder, `${name}-${run.nextNumber()}`);
  mkdirSync(folder, { recursive: true });
  const child = new Child(script, [name]);
  await child.call('open', {
    folder,
    packages: run.packages,
    ...(address === undefined ? {} : { server: address }),
    ...(durability === undefined ? {} : { durability }),
  });
  return child;
}

/** How many lives fill a slice; asking for them is the warm-up. */
async function calibrate(child: Child, workload: Workload, sliceMs: number): Promise<number> {
  const unit = workload.batch ?? workload.callers;
  let count = unit;
  let spent = 0;
  for (;;) {
    const took = await child.call<Took>('lives', count, workload);
    const ms = took.sendMs + took.drainMs;
    spent += ms;
    const fitting = Math.max(unit, Math.round((count * sliceMs) / ms / unit) * unit);
    if (spent >= warmUp * sliceMs) return fitting;
    count = Math.min(fitting, 4 * count);
  }
}
