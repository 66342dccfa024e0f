import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultBackoff, nextDelay } from './backoff.ts';

describe('nextDelay', () => {
  test('picks between the least wait and a ceiling that doubles with each attempt', () => {
    const policy = { minMs: 1_000, maxMs: 300_000 };
    const ceilings = [1, 2, 3, 4].map((attempt) => nextDelay(attempt, policy, () => 1));
    expect(ceilings).toEqual([2_000, 4_000, 8_000, 16_000]);
    expect(nextDelay(4, policy, () => 0)).toBe(1_000);
    expect(nextDelay(4, policy, () => 0.5)).toBe(8_500);
  });

  test('stays within the policy for any attempt and any luck', () => {
    const luck = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: -5, max: 10_000 }), luck, (attempt, pick) => {
        const delayMs = nextDelay(attempt, defaultBackoff, () => pick);
        expect(delayMs).toBeGreaterThanOrEqual(defaultBackoff.minMs);
        expect(delayMs).toBeLessThanOrEqual(defaultBackoff.maxMs);
        expect(Number.isInteger(delayMs)).toBe(true);
      }),
    );
  });

  test('a policy whose most is below its least waits the least', () => {
    expect(nextDelay(3, { minMs: 500, maxMs: 100 }, () => 0.9)).toBe(500);
  });
});
