import { type BackoffPolicy, nextDelay, type Random } from '../backoff.ts';
import type { MessageState } from './message.ts';

/** How an attempt that did not end in an ack goes on. Decided here once, for every store. */
export interface FailedAttempt {
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly expiresAt: number | undefined;
  readonly now: number;
  readonly terminal?: boolean;
  /** Asked for by the consumer; default: backoff. */
  readonly delayMs?: number;
}

export interface NextState {
  readonly state: Extract<MessageState, 'scheduled' | 'ready' | 'dead' | 'expired'>;
  readonly readyAt: number;
}

export function afterFailedAttempt(failed: FailedAttempt, policy: BackoffPolicy, random: Random): NextState {
  const { now, expiresAt } = failed;
  if (failed.terminal === true || failed.attempt >= failed.maxAttempts) return { state: 'dead', readyAt: now };
  if (expiresAt !== undefined && expiresAt <= now) return { state: 'expired', readyAt: now };
  const delayMs = failed.delayMs ?? nextDelay(failed.attempt, policy, random);
  return delayMs > 0 ? { state: 'scheduled', readyAt: now + delayMs } : { state: 'ready', readyAt: now };
}

/**
 * A lease that ran out: the consumer is gone or stuck, and its lease was the wait. The message is deliverable at once,
 * unless it is out of attempts (a poison message that kills its handler must end somewhere).
 */
export function afterLeaseExpiry(failed: Omit<FailedAttempt, 'terminal' | 'delayMs'>): NextState {
  return afterFailedAttempt({ ...failed, delayMs: 0 }, { minMs: 0, maxMs: 0 }, () => 0);
}
