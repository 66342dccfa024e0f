import { WaggleError } from '../errors.ts';
import { parseStrictJson } from '../json.ts';

/**
 * The progress that a legacy agent's `status.json` tells: tasks completed of those completed and current. `unreadable_file`
 * for a file that holds neither list: not knowing is not zero.
 */
export function legacyProgress(text: string, file: string): { done: number; of: number; evidence: string } {
  const status = parsed(text, file);
  const completed = tasks(status['completed_tasks']);
  const current = tasks(status['current_tasks']);
  const of = (completed ?? 0) + (current ?? 0);
  if (completed === undefined || of === 0) {
    throw new WaggleError(
      'unreadable_file',
      `${file}: tells no progress (completed_tasks and current_tasks); report it with --done and --of`,
      { details: { file } },
    );
  }
  const updated = status['last_updated'];
  const when = typeof updated === 'string' ? `, last updated ${updated.slice(0, 40)}` : '';
  return { done: completed, of, evidence: `${file}: ${completed} completed tasks, ${current ?? 0} current${when}` };
}

function parsed(text: string, file: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parseStrictJson(text);
  } catch (cause) {
    throw new WaggleError('unreadable_file', `${file}: is not JSON; it is never taken for an empty one`, {
      cause,
      details: { file },
    });
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>; // an object of JSON has text keys
  throw new WaggleError('unreadable_file', `${file}: is not a JSON object`, { details: { file } });
}

function tasks(value: unknown): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}
