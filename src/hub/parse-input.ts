import type { z } from 'zod';
import { showValue, WaggleError } from '../errors.ts';

/** What the schema makes of it; `invalid_input` names the first offending field and its value, and lists the others. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({
    field: fieldOf(issue),
    problem: 'expected' in issue && issue.expected === 'nonoptional' ? 'is required' : issue.message,
    value: showValue(issue.input),
  }));
  const { field, problem, value } = issues[0] as (typeof issues)[number]; // a refusal has at least one reason
  throw new WaggleError('invalid_input', `${field}: ${problem}, got ${value}`, {
    details: { field, value, problem, issues: issues.slice(0, 50) },
  });
}

function fieldOf(issue: { path: readonly PropertyKey[]; code?: string; keys?: readonly string[] }): string {
  const path = [...issue.path, ...(issue.keys?.slice(0, 1) ?? [])];
  return path.length === 0 ? 'input' : path.map(String).join('.');
}
