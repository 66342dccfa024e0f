import type { StoreWatch, Unread } from '../../monitor/store-watch.ts';
import type { MemoryState } from './memory-state.ts';
import { readEvents } from './read-events.ts';
import { queueStats } from './read-messages.ts';
import type { Run } from './rooms.ts';
import { verify } from './verify.ts';

const wakesLookedAt = 256;
const wakeWindowMs = 10 * 60_000;

/** The same figures without a file: nothing here can be missing, grow a log or lose a page. */
export function memoryWatch(state: MemoryState, run: Run): StoreWatch {
  return {
    examine: async () => ({ state: 'none' }),
    sizes: async () => ({}),
    figures: (since) =>
      run(() => {
        const events = readEvents(state, since, Number.POSITIVE_INFINITY);
        const told = Map.groupBy(events, ({ type }) => type);
        const { 'message.acked': acked, ...stored } = Object.fromEntries(
          [...told].map(([type, those]) => [type, those.length]),
        );
        const imported = told.get('recovery.imported') ?? [];
        return {
          stats: queueStats(state),
          seq: state.lastSeq,
          eventsSince: withoutHot(stored),
          ackedSince: acked ?? 0,
          importedSince: imported.reduce((sum, { data }) => sum + Number(data['imported'] ?? 0), 0),
          fullest: fullest(state),
          oldestLeaseMs: oldestLeaseMs(state),
          wakeMs: wakeTimes(state),
        };
      }),
    unread: (inboxes) =>
      run(() => {
        const found = new Map<string, Unread>();
        for (const inbox of inboxes) {
          const { oldestReadyAt: at, leased = 0 } = state.inboxes.get(inbox)?.stats() ?? {};
          if (at !== undefined) found.set(inbox, { oldestMs: Math.max(0, state.options.clock.now() - at), leased });
        }
        return found;
      }),
    commitTimes: () => ({ bounds: [], counts: [0], count: 0, sumSeconds: 0 }),
    check: async () => ({ problems: (await run(() => verify(state))).problems, slices: 1, busyMs: 0 }),
  };
}

function withoutHot({ 'message.accepted': _accepted, 'message.leased': _leased, ...stored }: Record<string, number>) {
  return stored;
}

function oldestLeaseMs(state: MemoryState): number | undefined {
  let oldest: number | undefined;
  for (const { counts, rows } of state.inboxes.values()) {
    let left = counts.leased;
    for (let index = rows.length - 1; left > 0 && index >= 0; index -= 1) {
      const life = rows[index]?.life;
      if (life?.state !== 'leased') continue;
      left -= 1;
      oldest = Math.min(oldest ?? Number.POSITIVE_INFINITY, Number(life.leasedAt));
    }
  }
  return oldest === undefined ? undefined : Math.max(0, state.now() - oldest);
}

/** Of the latest messages of each inbox. */
function wakeTimes(state: MemoryState): number[] {
  const from = state.now() - wakeWindowMs;
  return [...state.inboxes.values()].flatMap(({ rows }) =>
    rows
      .slice(-wakesLookedAt)
      .filter((row) => row?.life.attempt === 1 && Number(row.life.leasedAt) >= from)
      .map((row) => Math.max(0, Number(row?.life.leasedAt) - Number(row?.life.readyAt))),
  );
}

function fullest({ inboxes, options: { limits } }: MemoryState): { inbox: string; share: number } | undefined {
  let most: { inbox: string; share: number } | undefined;
  for (const { name, open, openBytes } of inboxes.values()) {
    const share = Math.max(open / limits.inboxMessages, openBytes / limits.inboxBytes);
    if (share > (most?.share ?? 0)) most = { inbox: name, share };
  }
  return most;
}
