import type { StressResult } from './stress-report.ts';

/** What a report must have to be compared with. */
export interface Baseline {
  readonly result: Pick<StressResult, 'throughput' | 'successRate' | 'latencyMs'> & {
    readonly batch: Pick<StressResult['batch'], 'efficiency'>;
  };
}

export interface ComparisonRow {
  readonly name: string;
  readonly before: number;
  readonly now: number;
  /** now ÷ before; undefined when there was nothing before. */
  readonly ratio: number | undefined;
  /** How much worse it is, in percent of before; negative is better. */
  readonly worsePercent: number;
}

const measures: readonly {
  readonly name: string;
  readonly better: 'higher' | 'lower';
  readonly of: (report: Baseline) => number;
}[] = [
  { name: 'throughput', better: 'higher', of: ({ result }) => result.throughput },
  { name: 'success rate', better: 'higher', of: ({ result }) => result.successRate },
  { name: 'latency p50 ms', better: 'lower', of: ({ result }) => result.latencyMs.p50 },
  { name: 'latency p95 ms', better: 'lower', of: ({ result }) => result.latencyMs.p95 },
  { name: 'latency p99 ms', better: 'lower', of: ({ result }) => result.latencyMs.p99 },
  { name: 'batch efficiency', better: 'higher', of: ({ result }) => result.batch.efficiency },
];

/** Row by row, how this run compares with an earlier one. */
export function compareReports(now: Baseline, before: Baseline): ComparisonRow[] {
  return measures.map(({ name, better, of }) => {
    const was = of(before);
    const is = of(now);
    const grownPercent = was === 0 ? 0 : ((is - was) / was) * 100;
    return {
      name,
      before: was,
      now: is,
      ratio: was === 0 ? undefined : is / was,
      worsePercent: better === 'higher' ? -grownPercent : grownPercent,
    };
  });
}
