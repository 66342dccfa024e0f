/** Counts over the last while, in steps: what happened between two looks falls into one. */
export class RecentCounts {
  readonly #windowMs: number;
  #steps: { readonly at: number; readonly counts: Readonly<Record<string, number>> }[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(at: number, counts: Readonly<Record<string, number>>): void {
    this.#steps.push({ at, counts });
    const from = at - this.#windowMs;
    if ((this.#steps[0]?.at ?? at) <= from) this.#steps = this.#steps.filter((step) => step.at > from);
  }

  sum(name: string): number {
    return this.#steps.reduce((sum, { counts }) => sum + (counts[name] ?? 0), 0);
  }
}

/** A share of at least `least` cases; of fewer nothing can be said. */
export function shareOf(part: number, all: number, least: number): number | undefined {
  return all < least ? undefined : part / all;
}

/** The value at a share (0–1) of the sorted values; undefined of none. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** The same from counts by upper bound: the bound that the value lies below; beyond the last bound, that one. */
export function quantileOfCounts(
  bounds: readonly number[],
  counts: readonly number[],
  share: number,
): number | undefined {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return undefined;
  let seen = 0;
  const index = counts.findIndex((count) => (seen += count) >= share * all);
  return bounds[Math.min(index, bounds.length - 1)];
}
