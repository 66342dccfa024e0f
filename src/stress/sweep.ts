import type { StressReport } from './stress-report.ts';

/** Options that can be swept, and what the legacy project expected of each; it never measured any. */
export const legacyEstimates: Readonly<Record<string, string>> = {
  store: '10–50× for memory instead of the file',
  'batch-size': '5–10× for 50–100 instead of 10',
  delay: '20–30 % for none instead of 1 ms',
  interval: '10–20 % for 10 ms or none instead of 100 ms',
};

export interface SweepRow {
  readonly option: string;
  readonly value: string;
  readonly throughput: number;
  /** Throughput ÷ that of the option's first value. */
  readonly factor: number;
  readonly p50: number;
  readonly p99: number;
  readonly batchEfficiency: number;
  readonly verdict: 'passed' | 'failed';
  readonly legacyEstimate: string;
}

/** One row for each value, factors relative to the first. */
export function sweepRows(option: string, runs: readonly { value: string; report: StressReport }[]): SweepRow[] {
  const base = runs[0]?.report.result.throughput ?? 0;
  return runs.map(({ value, report: { result } }) => ({
    option,
    value,
    throughput: result.throughput,
    factor: base === 0 ? 0 : Number((result.throughput / base).toFixed(3)),
    p50: result.latencyMs.p50,
    p99: result.latencyMs.p99,
    batchEfficiency: result.batch.efficiency,
    verdict: result.verdict,
    legacyEstimate: legacyEstimates[option] ?? 'none',
  }));
}
