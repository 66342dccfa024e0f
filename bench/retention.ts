/**
 * How long one batch of retention holds the writer: `node bench/retention.ts`. A store on disk with acked, indexed
 * messages of each size; every batch is timed from its start in the writer to its end, the commit included.
 */
import { join } from 'node:path';
import { pruneBatch } from '../src/message/retention.ts';
import { openStoreAt } from '../src/testing/store-at.ts';
import { tempFolder } from '../src/testing/temp-hub.ts';

const word = () => Math.random().toString(36).slice(2, 9);

async function measure(bytes: number, count: number): Promise<void> {
  using folder = tempFolder();
  await using store = await openStoreAt(join(folder.path, 'waggle.db'));
  await store.agents.add({ id: 'ada', skills: [] });
  const request = {
    inboxes: ['ada'],
    from: 'bob',
    bodyType: 'text',
    kind: 'text',
    priority: 'normal',
    state: 'acked',
  } as const;
  for (let sent = 0; sent < count; sent += 100) {
    const batch = Array.from({ length: Math.min(100, count - sent) }, () => {
      let body = '';
      while (body.length < bytes) body += `${word()} `;
      return { ...request, body, maxAttempts: 5 };
    });
    await store.messages.accept(batch);
  }
  while ((await store.messages.indexNext(100)) > 0);
  const prunes = await timed(async () => {
    const { pruned } = await store.retention.prune({ states: ['acked'], settledForMs: 0, after: 0, ...pruneBatch });
    return pruned > 0;
  });
  const gives = await timed(async () => (await store.retention.giveBack(32)) > 0);
  console.log(`${bytes} B × ${count}: prune ${shown(prunes)}; give back ${shown(gives)}`);
}

async function timed(step: () => Promise<boolean>): Promise<number[]> {
  const times: number[] = [];
  for (;;) {
    const start = process.cpuUsage();
    const more = await step();
    const { user, system } = process.cpuUsage(start);
    if (!more) return times.toSorted((a, b) => a - b);
    times.push((user + system) / 1_000);
  }
}

function shown(times: readonly number[]): string {
  const at = (share: number) => (times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(1);
  return `p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, max ${at(1)} ms CPU (${times.length} batches)`;
}

for (const [bytes, count] of [
  [240, 4_000],
  [2_000, 2_000],
  [250_000, 40],
] as const) {
  await measure(bytes, count);
}
