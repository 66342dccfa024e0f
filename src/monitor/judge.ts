import { type AlertRule, isBeyond, isCleared } from './alert-rule.ts';

/** What a rule has seen of one subject. `undefined` stands for nothing: no alert, no suspicion. */
export type Condition =
  /** Beyond the threshold, not yet for long enough. */
  | { readonly state: 'pending'; readonly since: number; readonly count: number }
  /** `clearedAt`: back within the limit of recovery since then, not yet for long enough. */
  | { readonly state: 'firing'; readonly since: number; readonly count: number; readonly clearedAt?: number };

export interface Judgement {
  readonly condition: Condition | undefined;
  readonly change?: 'fired' | 'resolved';
}

/**
 * The next condition from the one before and a value now (steady milliseconds). A value that could not be told changes
 * nothing: neither is it a breach, nor does an alert end because nobody can look.
 */
export function judge(
  rule: AlertRule,
  before: Condition | undefined,
  value: number | undefined,
  now: number,
): Judgement {
  if (value === undefined) return { condition: before };
  if (isBeyond(rule, value)) {
    const { since = now, count = 0 } = before ?? {};
    if (before?.state === 'firing') return { condition: { state: 'firing', since, count: count + 1 } };
    if (now - since < rule.forMs) return { condition: { state: 'pending', since, count: count + 1 } };
    return { condition: { state: 'firing', since, count: count + 1 }, change: 'fired' };
  }
  if (before?.state !== 'firing') return { condition: undefined };
  if (!isCleared(rule, value)) {
    const { since, count } = before;
    return { condition: { state: 'firing', since, count } };
  }
  const { clearedAt = now } = before;
  if (now - clearedAt < rule.keepMs) return { condition: { ...before, clearedAt } };
  return { condition: undefined, change: 'resolved' };
}
