import { invalidInput } from '../errors.ts';
import type { Severity } from './alert.ts';
import type { FigureName } from './figure.ts';

/**
 * When a figure is a reason to tell somebody. Data, so that a configuration can change any of it. It fires when the
 * figure has been beyond `threshold` for `forMs` without a break, and is over only when it has been back within `clear`
 * for `keepMs`: between the two nothing changes, so a figure that trembles around a limit does not flap.
 */
export interface AlertRule {
  readonly name: string;
  readonly figure: FigureName;
  readonly when: 'above' | 'below';
  readonly threshold: number;
  /** On the good side of `threshold`, or the same. */
  readonly clear: number;
  readonly forMs: number;
  readonly keepMs: number;
  readonly severity: Severity;
}

const minute = 60_000;
const mebibyte = 1_048_576;

/** One row a rule; the limits are explained in docs/monitoring.md. */
export const builtInRules: readonly AlertRule[] = [
  rule('depth', 'depth', 'above', 5_000, 4_000, minute, 'warning'),
  rule('inbox-filling', 'inbox_fill', 'above', 0.8, 0.6, 30_000, 'warning'),
  rule('inbox-full', 'inbox_fill', 'above', 0.95, 0.8, 10_000, 'critical'),
  rule('idle-unread', 'idle_unread', 'above', 2 * minute, minute, 30_000, 'warning'),
  rule('idle-unread-long', 'idle_unread', 'above', 15 * minute, minute, 30_000, 'critical'),
  rule('wake-slow', 'wake_latency', 'above', 5 * minute, 2 * minute, 2 * minute, 'warning'),
  rule('lease-old', 'lease_age', 'above', 60 * minute, 30 * minute, minute, 'warning'),
  rule('retries', 'retry_rate', 'above', 0.25, 0.1, 2 * minute, 'warning'),
  rule('dying', 'dead_rate', 'above', 0.05, 0.02, minute, 'critical'),
  rule('dead-letters', 'dead_letters', 'above', 100, 50, minute, 'warning'),
  rule('commits-slow', 'commit_latency', 'above', 250, 100, minute, 'warning'),
  rule('log-large', 'wal_size', 'above', 96 * mebibyte, 80 * mebibyte, 30_000, 'warning'),
  rule('disk-low', 'disk_free', 'below', 512 * mebibyte, 768 * mebibyte, 10_000, 'warning'),
  rule('disk-full', 'disk_free', 'below', 96 * mebibyte, 192 * mebibyte, 0, 'critical'),
  rule('store-down', 'store_state', 'above', 0, 0, 0, 'critical'),
  rule('store-file', 'store_file', 'above', 0, 0, 0, 'critical'),
  rule('page-damage', 'integrity', 'above', 0, 0, 0, 'critical'),
  rule('unchecked', 'integrity_age', 'above', 6 * 60 * minute, 60 * minute, 0, 'warning'),
  rule('corruption-persists', 'corruption', 'above', 0, 0, 0, 'critical'),
  rule('parse-errors', 'parse_errors', 'above', 0, 0, 0, 'warning'),
  rule('outbox-dead', 'outbox_dead', 'above', 0, 0, 0, 'warning'),
  rule('monitor-trouble', 'monitor_trouble', 'above', 0, 0, 30_000, 'critical'),
];

function rule(
  name: string,
  figure: FigureName,
  when: AlertRule['when'],
  threshold: number,
  clear: number,
  forMs: number,
  severity: Severity,
): AlertRule {
  // Over is over at once where the limit is nothing at all; elsewhere it has to last.
  return { name, figure, when, threshold, clear, forMs, keepMs: threshold === 0 ? 0 : 30_000, severity };
}

/** A change of a built-in rule, by its name, or a rule of one's own, which must say its figure and threshold. */
export interface RuleChange extends Partial<Omit<AlertRule, 'name'>> {
  readonly name: string;
  /** The rule does not apply. */
  readonly off?: boolean;
}

/** The rules that apply. `invalid_input` names the rule and what is wrong with it. */
export function rulesWith(changes: readonly RuleChange[]): readonly AlertRule[] {
  const rules = new Map(builtInRules.map((each) => [each.name, each]));
  for (const { off = false, ...change } of changes) {
    if (off) {
      rules.delete(change.name);
      continue;
    }
    const changed = { ...(rules.get(change.name) ?? ownRule(change)), ...change };
    // A threshold that moves past the limit of recovery takes it along.
    const clear = change.clear ?? (isBeyond(changed, changed.clear) ? changed.threshold : changed.clear);
    rules.set(change.name, { ...changed, clear });
    if (isBeyond(changed, clear))
      throw invalidInput(
        `rule ${change.name}: clear`,
        clear,
        `must not be ${changed.when} the threshold ${changed.threshold}`,
      );
  }
  return [...rules.values()];
}

function ownRule({ name, figure, threshold, clear = threshold, when = 'above' }: RuleChange): AlertRule {
  if (figure === undefined || threshold === undefined || clear === undefined)
    throw invalidInput('rule', name, 'is none of the built-in ones, so it must say its figure and its threshold');
  return { name, figure, when, threshold, clear, forMs: 0, keepMs: 0, severity: 'warning' };
}

/** Whether a value is beyond the rule's threshold. */
export function isBeyond({ when, threshold }: Pick<AlertRule, 'when' | 'threshold'>, value: number): boolean {
  return when === 'above' ? value > threshold : value < threshold;
}

/** Whether a value is so far back that an alert may end. */
export function isCleared({ when, clear }: Pick<AlertRule, 'when' | 'clear'>, value: number): boolean {
  return when === 'above' ? value <= clear : value >= clear;
}
