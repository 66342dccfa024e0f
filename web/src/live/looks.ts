import { effect, signal } from '@preact/signals';
import type { WireSeriesPoint } from '../../../src/hub/monitor-api.ts';
import { call } from './api.ts';
import { connection } from './events.ts';

/** One look of the hub's monitor, and how long the oldest deliverable message had waited when the page heard of it. */
export interface Look extends WireSeriesPoint {
  /** Seconds; null for looks of before the page was opened. */
  readonly oldestS: number | null;
}

/** A quarter of an hour of looks, the newest last. */
export const looks = signal<readonly Look[]>([]);

const kept = 450;
const everyMs = 2_000;

/** Asks on whatever view is open, so that one that opens has something to show. */
export function watchLooks(): void {
  let timer: ReturnType<typeof setInterval> | undefined;
  effect(() => {
    clearInterval(timer);
    if (connection.value !== 'live') return;
    void ask();
    timer = setInterval(() => void ask(), everyMs);
  });
}

let isAsking = false;

/** One question at a time: two answers to the same one would tell the same looks twice. */
async function ask(): Promise<void> {
  if (isAsking) return;
  isAsking = true;
  try {
    const after = looks.peek().at(-1)?.at;
    const [{ points }, { inboxes }] = await Promise.all([
      call('monitor.series', after === undefined ? {} : { after }),
      call('queue.inboxes', {}),
    ]);
    const waiting = inboxes.flatMap(({ oldestReadyAt }) =>
      oldestReadyAt === undefined ? [] : [Date.parse(oldestReadyAt)],
    );
    const oldestS = waiting.length === 0 ? 0 : Math.max(0, (Date.now() - Math.min(...waiting)) / 1_000);
    const isFirst = looks.peek().length === 0;
    const fresh = points.map((point, index) => ({
      ...point,
      oldestS: isFirst && index < points.length - 1 ? null : oldestS,
    }));
    if (fresh.length > 0) looks.value = [...looks.peek(), ...fresh].slice(-kept);
  } catch {
    // The connection says so; the charts have a gap.
  } finally {
    isAsking = false;
  }
}
