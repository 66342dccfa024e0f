import { describe, expect, test } from 'vitest';
import { afterFailedAttempt, afterLeaseExpiry } from './lifecycle.ts';

const policy = { minMs: 1_000, maxMs: 60_000 };
const failed = { attempt: 1, maxAttempts: 3, expiresAt: undefined, now: 10_000 };
const never = () => {
  throw new Error('drew a random number without need');
};

describe('after a failed attempt', () => {
  test('the message waits for the backoff of its attempt', () => {
    expect(afterFailedAttempt(failed, policy, () => 0)).toEqual({ state: 'scheduled', readyAt: 11_000 });
    expect(afterFailedAttempt({ ...failed, attempt: 2 }, policy, () => 0.5)).toEqual({
      state: 'scheduled',
      readyAt: 12_500,
    });
  });

  test('a delay the consumer asked for replaces the backoff', () => {
    expect(afterFailedAttempt({ ...failed, delayMs: 7 }, policy, never)).toEqual({
      state: 'scheduled',
      readyAt: 10_007,
    });
    expect(afterFailedAttempt({ ...failed, delayMs: 0 }, policy, never)).toEqual({ state: 'ready', readyAt: 10_000 });
  });

  test('the last attempt ends in a dead letter, as does a terminal failure', () => {
    const dead = { state: 'dead', readyAt: 10_000 };
    expect(afterFailedAttempt({ ...failed, attempt: 3 }, policy, never)).toEqual(dead);
    expect(afterFailedAttempt({ ...failed, terminal: true, delayMs: 5 }, policy, never)).toEqual(dead);
    expect(afterFailedAttempt({ ...failed, terminal: false, delayMs: 0 }, policy, never).state).toBe('ready');
  });

  test('a message past its time expires, at the very millisecond', () => {
    expect(afterFailedAttempt({ ...failed, expiresAt: 10_000 }, policy, never)).toEqual({
      state: 'expired',
      readyAt: 10_000,
    });
    expect(afterFailedAttempt({ ...failed, expiresAt: 10_001, delayMs: 0 }, policy, never).state).toBe('ready');
  });

  test('a message that is both out of attempts and past its time is a dead letter: somebody failed on it', () => {
    expect(afterFailedAttempt({ ...failed, attempt: 3, expiresAt: 1 }, policy, never).state).toBe('dead');
  });
});

describe('after a lease ran out', () => {
  test('the message is deliverable at once', () => {
    expect(afterLeaseExpiry(failed)).toEqual({ state: 'ready', readyAt: 10_000 });
  });

  test('unless it is out of attempts or past its time', () => {
    expect(afterLeaseExpiry({ ...failed, attempt: 3 }).state).toBe('dead');
    expect(afterLeaseExpiry({ ...failed, expiresAt: 9_000 }).state).toBe('expired');
  });
});
