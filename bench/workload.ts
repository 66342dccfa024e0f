/** How whole lives are asked for: by how many callers at once, one by one or in batches. */
export interface Workload {
  readonly callers: number;
  readonly batch?: number;
}

/** Milliseconds of the two halves of some lives: storing all, then taking and settling all. */
export interface Took {
  readonly sendMs: number;
  readonly drainMs: number;
}

/** Lives per second. */
export function rateOf(count: number, { sendMs, drainMs }: Took): number {
  return (count / (sendMs + drainMs)) * 1_000;
}

/** The middle of some measurements with their extremes. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median =
    sorted.length % 2 === 1 ? (sorted[middle] ?? Number.NaN) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return { median, low: sorted[0] ?? Number.NaN, high: sorted.at(-1) ?? Number.NaN };
}

/** Round by round, because what disturbs the machine disturbs both sides of a round. */
export function ratiosOf(above: readonly number[], below: readonly number[]): number[] {
  return above.map((value, round) => value / (below[round] ?? Number.NaN));
}
