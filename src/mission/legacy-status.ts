import { parseStatus } from '../agent/legacy-status.ts';
import { WaggleError } from '../errors.ts';

/**
 * The progress that a legacy agent's `status.json` tells: tasks completed of those completed and current. `unreadable_file`
 * for a file that holds neither list: not knowing is not zero.
 */
export function legacyProgress(text: string, file: string): { done: number; of: number; evidence: string } {
  const status = parseStatus(text, file);
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

function tasks(value: unknown): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}
