import { describe, expect, test } from 'vitest';
import { judgeLiveness, livenessLimits, type Sign } from './liveness.ts';

const now = Date.UTC(2026, 0, 1);
const { aliveMs, suspectMs } = livenessLimits;
const call = (agoMs: number): Sign => ({ kind: 'call', tells: 'life', at: now - agoMs });
const running: Sign = { kind: 'program', tells: 'presence', at: now - 1_000_000 };
const ended = (agoMs: number): Sign => ({ kind: 'program', tells: 'end', at: now - agoMs, detail: 'exit 1' });
const verdict = (...signs: Sign[]) => judgeLiveness(signs, now).verdict;

describe('silence', () => {
  test('makes an agent suspect, then unknown, and never dead', () => {
    expect(verdict(call(0))).toBe('alive');
    expect(verdict(call(aliveMs))).toBe('alive');
    expect(verdict(call(aliveMs + 1))).toBe('suspect');
    expect(verdict(call(suspectMs))).toBe('suspect');
    expect(verdict(call(suspectMs + 1))).toBe('unknown');
    expect(verdict(call(365 * 86_400_000))).toBe('unknown');
  });

  test('of an agent nobody has heard of is unknown', () => {
    expect(judgeLiveness([], now)).toEqual({ verdict: 'unknown', evidence: [] });
  });

  test('of an agent whose program runs is suspect, however long it is', () => {
    expect(verdict(running)).toBe('suspect');
    expect(verdict(running, call(365 * 86_400_000))).toBe('suspect');
    expect(verdict(running, call(1))).toBe('alive');
  });
});

describe('an end', () => {
  test('that was seen after the last sign of life is death', () => {
    expect(verdict(ended(10), call(11))).toBe('dead');
    expect(verdict(ended(365 * 86_400_000))).toBe('dead');
    expect(verdict(ended(10), call(10))).toBe('dead');
  });

  test('is overtaken by a later sign of life, as of one that was started by hand', () => {
    expect(verdict(ended(11), call(10))).toBe('alive');
    expect(verdict(ended(suspectMs * 3), call(suspectMs * 2))).toBe('unknown');
  });
});

test('a clock that was set back does not make anybody silent', () => {
  expect(verdict(call(-3_600_000))).toBe('alive');
});

test('the evidence is told newest first', () => {
  const { evidence } = judgeLiveness([call(50), ended(10), call(20)], now);
  expect(evidence.map(({ at }) => now - at)).toEqual([10, 20, 50]);
});
