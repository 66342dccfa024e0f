import { z } from 'zod';
import { WaggleError } from '../errors.ts';
import { parseInput } from '../hub/parse-input.ts';
import { parseStrictJson } from '../json.ts';
import type { StressReport } from './stress-report.ts';

const number = z.number();

/** What a baseline must have of a report; the rest of the file is not looked at. */
const baselineSchema = z.object({
  format: z.literal('waggle-stress-1', 'must be waggle-stress-1: this is no report of waggle stress'),
  result: z.object({
    throughput: number,
    successRate: number,
    latencyMs: z.object({ p50: number, p95: number, p99: number, max: number }),
    batch: z.object({ efficiency: number }),
  }),
});

export type Baseline = z.infer<typeof baselineSchema>;

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

/** Reads an earlier report. `invalid_input` names the file and what is wrong with it. */
export function parseBaseline(text: string, file: string): Baseline {
  try {
    return parseInput(baselineSchema, parseStrictJson(text, { maxKeys: 100_000 }));
  } catch (error) {
    if (!(error instanceof WaggleError)) throw error;
    throw new WaggleError('invalid_input', `${file}: ${error.message}`, { details: { ...error.details, file } });
  }
}

/** Row by row, how this run compares with an earlier one. */
export function compareReports(now: StressReport, before: Baseline): ComparisonRow[] {
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
