import { Child } from './child.ts';
import { type ContenderName, contender } from './contenders.ts';
import { openContender } from './lives.ts';
import type { Run } from './run.ts';
import { spreadOf } from './workload.ts';

const script = new URL('./wake-child.ts', import.meta.url);
type WokenName = 'socket' | 'bullmq';
/** Far enough apart that each finds everybody asleep. */
const apartMs = 10;

/**
 * Milliseconds from before a send to its handler in another process, with the server in a third: the median of each
 * round. Both processes read the machine's one monotonic clock.
 */
export async function measureWakeUps(
  run: Run,
  asked: readonly ContenderName[],
): Promise<Partial<Record<WokenName, readonly number[]>>> {
  await using stack = new AsyncDisposableStack();
  const names = (['socket', 'bullmq'] as const).filter((name) => asked.includes(name));
  const messages = Math.max(10, Math.round(run.sliceMs / 20));
  const pairs: { name: WokenName; sender: Child; listener: Child }[] = [];
  for (const name of names) {
    const server = await run.server(contender(name).server ?? 'hub');
    const sender = stack.use(await openContender(run, name, server));
    const listener = stack.use(new Child(script, [name]));
    await listener.call('open', { folder: run.folder, packages: run.packages, server });
    pairs.push({ name, sender, listener });
  }
  const medians = new Map<WokenName, number[]>(names.map((name) => [name, []]));
  for (let round = -1; round < run.rounds; round += 1) {
    for (const { name, sender, listener } of pairs) {
      const delays = listener.call<number[]>('delays', messages);
      await sender.call('ping', messages, apartMs);
      const { median } = spreadOf(await delays);
      if (round >= 0) medians.get(name)?.push(median); // the first warms up
    }
  }
  return Object.fromEntries(medians);
}
