import type { CommitTimes } from '../../monitor/store-watch.ts';

/** Upper bounds in seconds: from a sync on a fast disk to one that an operator should hear of. */
const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

/** How long synced commits took, since this process opened the store. Noting one allocates nothing. */
export class CommitHistogram {
  readonly #counts = new Float64Array(bounds.length + 1);
  /** One cell, so that adding to it makes no new number on the heap. */
  readonly #sumMs = new Float64Array(1);

  note(ms: number): void {
    let bucket = 0;
    while (bucket < bounds.length && ms > (bounds[bucket] ?? 0) * 1_000) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sumMs[0] = (this.#sumMs[0] ?? 0) + ms;
  }

  times(): CommitTimes {
    const counts = [...this.#counts];
    return {
      bounds,
      counts,
      count: counts.reduce((sum, count) => sum + count, 0),
      sumSeconds: (this.#sumMs[0] ?? 0) / 1_000,
    };
  }
}
