import type { Child } from './child.ts';
import { openContender, takeTurns } from './lives.ts';
import type { Run } from './run.ts';

/** Lives per second, 64 callers in place, over a queue that already holds so many messages. */
export async function measureDepth(
  run: Run,
  depths: readonly number[],
): Promise<Partial<Record<string, readonly number[]>>> {
  await using stack = new AsyncDisposableStack();
  const children = new Map<string, Child>();
  for (const depth of depths) {
    const child = stack.use(await openContender(run, 'in-place'));
    await child.call('fill', depth);
    children.set(String(depth), child);
  }
  return await takeTurns(run, children, { callers: 64 });
}
