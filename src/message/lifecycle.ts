import { type BackoffPolicy, nextDelay, type Random } from '../backoff.ts';
import { WaggleError } from '../errors.ts';
import type { MessageId } from '../ids.ts';
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

/**
 * What is kept aside may be larger than what is delivered (guarantee G13), so a release is where the limit of a send
 * holds. All that are too large are named at once.
 */
export function requireDeliverable(
  messages: readonly { readonly id: MessageId; readonly body: string }[],
  maxBytes: number,
): void {
  const tooLarge = messages.filter(({ body }) => Buffer.byteLength(body) > maxBytes);
  const [first] = tooLarge;
  if (first === undefined) return;
  const bytes = Buffer.byteLength(first.body);
  throw new WaggleError(
    'payload_too_large',
    `message ${first.id}: ${bytes} bytes, at most ${maxBytes} are delivered (limits.bodyBytes); ${tooLarge.length} of ${messages.length} are too large and nothing was released: name the others, or raise the limit`,
    { details: { id: first.id, bytes, limit: maxBytes, ids: tooLarge.slice(0, 100).map(({ id }) => id) } },
  );
}
