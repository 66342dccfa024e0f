import { type Clock, sleep } from '../clock.ts';
import type { Service } from '../service.ts';
import type { Store } from '../store/store.ts';
import type { RetentionPolicy } from './retention-policy.ts';
import type { PrunableState, PruneRequest } from './retention-store.ts';

/**
 * Measured so that one batch holds the writer for less than 5 ms (`bench/retention.ts`). A message longer than that goes
 * alone and takes longer, because the full-text index must be told every word it forgets.
 */
export const pruneBatch = { limit: 30, bytes: 8 * 1024 };
const eventBatch = 100;
const pagesPerStep = 32;
/** Free space that is kept, because it will be used again soon. */
const spareBytes = 4 * 1024 * 1024;

const firstRoundMs = 60_000;
const roundMs = 10 * 60_000;
/** Between two batches, so that messages have the writer to themselves nearly all of the time. */
const pauseMs = 10;

/** What is over for good; dead letters are not, because a person may redrive them. */
export const overStates = ['acked', 'expired', 'cancelled'] as const satisfies readonly PrunableState[];

/**
 * Deletes what is over and old, in short batches with pauses between them, and gives the space back. It wakes every ten
 * minutes. Messages that are open are never its business, dead letters only when the policy says so.
 */
export function retention(store: Store, clock: Clock, policy: RetentionPolicy): Service {
  return {
    name: 'retention',
    async run(signal) {
      const pause = () => sleep(clock, pauseMs, signal);
      try {
        await sleep(clock, firstRoundMs, signal);
        for (;;) {
          // A round that failed left whole batches behind; the next one goes on from what there is.
          await retentionRound(store, policy, pause).catch(() => {});
          await sleep(clock, roundMs, signal);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}

/** One round of everything the policy asks for; `pause` is awaited between two batches and ends the round by throwing. */
export async function retentionRound(store: Store, policy: RetentionPolicy, pause: () => Promise<void>): Promise<void> {
  const { messagesMs, deadMs, quarantinedMs, eventsMs, maxBytes } = policy;
  for (const [states, settledForMs] of [
    [overStates, messagesMs],
    [['dead'], deadMs],
    [['quarantined'], quarantinedMs],
  ] as const) {
    if (settledForMs !== undefined) await pruneAll(store, { states, settledForMs }, pause);
  }
  if (maxBytes !== undefined) {
    const isTooLarge = async () => (await store.retention.size()).usedBytes > maxBytes;
    if (await isTooLarge()) await pruneAll(store, { states: overStates, settledForMs: 0 }, pause, isTooLarge);
  }
  if (eventsMs !== undefined) {
    while ((await store.retention.pruneEvents({ olderThanMs: eventsMs, limit: eventBatch })) > 0) await pause();
  }
  while ((await store.retention.size()).freeBytes > spareBytes && (await store.retention.giveBack(pagesPerStep)) > 0) {
    await pause();
  }
}

type Selection = Pick<PruneRequest, 'states' | 'settledForMs' | 'inbox' | 'dryRun'>;

/** Batch after batch from the oldest message on, while `goOn`; resolves to what was deleted. */
export async function pruneAll(
  store: Store,
  selection: Selection,
  pause: () => Promise<void>,
  goOn: () => Promise<boolean> = async () => true,
): Promise<{ pruned: number; bytes: number }> {
  const total = { pruned: 0, bytes: 0 };
  let after: number | undefined = 0;
  while (after !== undefined && (await goOn())) {
    const { pruned, bytes, next } = await store.retention.prune({ ...selection, ...pruneBatch, after });
    total.pruned += pruned;
    total.bytes += bytes;
    after = next;
    if (after !== undefined) await pause();
  }
  return total;
}
