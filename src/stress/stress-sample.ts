import type { LatencySummary } from './latency.ts';
import type { FaultKind } from './scenario.ts';

/** The state of a run at one moment: what a live page draws. Counts are since the start, rates of the last stretch. */
export interface StressSample {
  /** Milliseconds since the first worker was let go. */
  readonly at: number;
  /** Messages accepted and acked so far, one for each recipient. */
  readonly sent: number;
  readonly acked: number;
  /** Accepted and not at their end: what lies in the queue. */
  readonly depth: number;
  /** Acks per second since the sample before. */
  readonly throughput: number;
  /** acked ÷ sent so far; 1 while nothing was sent. */
  readonly successRate: number;
  /** From the first send call to the ack's answer, of what was acked since the sample before. */
  readonly latencyMs: LatencySummary;
  /** Messages per lease call that returned any ÷ batch size, so far. */
  readonly batchEfficiency: number;
  readonly redelivered: number;
  /** Calls that the hub refused so far. */
  readonly refused: number;
  /** Share of the work that is done, 0 to 1. */
  readonly progress: number;
  /** Faults under way now. */
  readonly faults: readonly FaultKind[];
}
