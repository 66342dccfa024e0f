/** A source of numbers in [0, 1). Seeded in tests and simulations. */
export type Random = () => number;

export interface BackoffPolicy {
  readonly minMs: number;
  readonly maxMs: number;
}

export const defaultBackoff: BackoffPolicy = { minMs: 1_000, maxMs: 300_000 };

/**
 * Full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015): a uniform pick between `minMs` and the doubled
 * ceiling, so that consumers that failed together do not come back together. `attempt` counts from 1.
 */
export function nextDelay(attempt: number, policy: BackoffPolicy, random: Random): number {
  const doublings = Math.min(Math.max(0, attempt - 1), 52);
  const ceiling = Math.min(policy.maxMs, policy.minMs * 2 ** (doublings + 1));
  return Math.round(policy.minMs + random() * Math.max(0, ceiling - policy.minMs));
}
