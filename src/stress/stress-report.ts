import type { Finding, HistoryReport } from '../history/report.ts';
import type { LatencySummary } from './latency.ts';
import type { Measured } from './measurement.ts';
import type { FaultKind, Scenario } from './scenario.ts';
import type { StressSample } from './stress-sample.ts';

/** The last line of `waggle stress --json`; DESIGN names the first eleven keys. */
export interface StressResult {
  /** Messages accepted; a broadcast counts once for each recipient. */
  readonly sent: number;
  /** Messages delivered at least once. */
  readonly received: number;
  readonly lost: number;
  /** Delivered or acked again after an ack, or accepted twice. A plain redelivery is not one of these. */
  readonly duplicated: number;
  readonly altered: number;
  readonly outOfOrder: number;
  /** acked ÷ (last ack − first send), per second. */
  readonly throughput: number;
  /** acked ÷ sent. */
  readonly successRate: number;
  readonly latencyMs: LatencySummary;
  readonly batch: { readonly size: number; readonly efficiency: number; readonly calls: number };
  readonly verdict: 'passed' | 'failed';
  readonly acked: number;
  /** Ended as dead letters: known, kept, with every attempt's error. */
  readonly dead: number;
  readonly redelivered: number;
  /** Delivered though nobody sent them. */
  readonly invented: number;
  readonly durationMs: number;
}

export interface FaultRecord {
  readonly kind: FaultKind;
  /** Milliseconds since the start. */
  readonly at: number;
  readonly endedAt: number;
  /** How much it did; 0 means it could not be made. */
  readonly acted: number;
  readonly detail: string;
}

/** Everything about a run, as `--report` writes it and `--baseline` reads it. */
export interface StressReport {
  readonly format: 'waggle-stress-1';
  readonly startedAt: string;
  readonly scenario: Scenario;
  readonly environment: {
    readonly version: string;
    readonly node: string;
    readonly platform: string;
    readonly cpus: number;
    /** How an accept was made durable. */
    readonly durability: string;
  };
  readonly result: StressResult;
  readonly acceptMs: LatencySummary;
  readonly deliveryMs: LatencySummary;
  readonly latencyBars: Measured['latencyBars'];
  readonly agents: Measured['agents'];
  readonly samples: readonly StressSample[];
  readonly faults: readonly FaultRecord[];
  /** Calls the hub refused, by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** What is wrong, a sentence each. Holds text of messages and peers. */
  readonly findings: readonly string[];
  readonly notChecked: readonly string[];
}

/** The verdict: passed when the checker found nothing and nothing else went wrong. */
export function judge(checked: HistoryReport, measured: Measured, trouble: readonly string[]): StressResult {
  const { summary } = checked;
  return {
    sent: summary.sent,
    received: summary.received,
    lost: summary.lost,
    duplicated: summary.duplicated,
    altered: summary.altered,
    outOfOrder: summary.outOfOrder,
    throughput: rounded(measured.throughput, 1),
    successRate: rounded(measured.successRate, 4),
    latencyMs: measured.latencyMs,
    batch: { ...measured.batch, efficiency: rounded(measured.batch.efficiency, 4) },
    verdict: checked.ok && trouble.length === 0 ? 'passed' : 'failed',
    acked: measured.acked,
    dead: summary.endedOtherwise,
    redelivered: summary.redelivered,
    invented: summary.invented,
    durationMs: rounded(measured.durationMs, 1),
  };
}

export function describeFinding(finding: Finding): string {
  return `${finding.class}: ${finding.sentence}`;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
