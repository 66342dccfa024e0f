import { z } from 'zod';
import { WaggleError } from '../errors.ts';
import { parseInput } from '../hub/parse-input.ts';
import { parseStrictJson } from '../json.ts';
import type { Baseline } from './compare-reports.ts';

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

/** Reads an earlier report. `invalid_input` names the file and what is wrong with it. */
export function parseBaseline(text: string, file: string): Baseline {
  try {
    return parseInput(baselineSchema, parseStrictJson(text, { maxKeys: 100_000 }));
  } catch (error) {
    if (!(error instanceof WaggleError)) throw error;
    throw new WaggleError('invalid_input', `${file}: ${error.message}`, { details: { ...error.details, file } });
  }
}
