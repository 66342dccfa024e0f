import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration, relativeTime } from './durations.ts';

describe('parseDuration', () => {
  test.each([
    ['250ms', 250],
    ['5s', 5_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['2d', 172_800_000],
    ['1.5h', 5_400_000],
    ['0s', 0],
    [' 3 s ', 3_000],
  ])('%s is %i ms', (text, ms) => expect(parseDuration('--delay', text)).toBe(ms));

  test.each([
    ['5', '--delay: has no unit; write 5s (units are ms, s, m, h, d), got "5"'],
    ['-5s', '--delay: must not be negative, got "-5s"'],
    ['5w', '--delay: has an unknown unit "w"; use ms, s, m, h or d, got "5w"'],
    ['5S', '--delay: has an unknown unit "S"; use ms, s, m, h or d, got "5S"'],
    ['5constructor', '--delay: has an unknown unit "constructor"; use ms, s, m, h or d, got "5constructor"'],
    ['soon', '--delay: is not a duration; write 250ms, 5s, 10m, 1h or 2d, got "soon"'],
    ['', '--delay: is not a duration; write 250ms, 5s, 10m, 1h or 2d, got ""'],
    ['99999999999999d', '--delay: is too long, got "99999999999999d"'],
  ])('%s is refused with the field and the value', (text, message) => {
    expect(() => parseDuration('--delay', text)).toThrow(message);
  });
});

test.each([
  [0, '0ms'],
  [340, '340ms'],
  [5_000, '5s'],
  [5_250, '5.3s'],
  [12_000, '12s'],
  [125_000, '2m 5s'],
  [3 * 3_600_000, '3h'],
  [3 * 3_600_000 + 4_000, '3h'],
  [2 * 86_400_000 + 4 * 3_600_000 + 60_000, '2d 4h'],
  [-5, '0ms'],
])('%i ms reads %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

describe('relativeTime', () => {
  const now = Date.parse('2026-01-01T00:01:00.000Z');
  test('past', () => expect(relativeTime('2026-01-01T00:00:00.400Z', now)).toBe('1m ago'));
  test('future', () => expect(relativeTime('2026-01-01T00:01:30.000Z', now)).toBe('in 30s'));
  test('now', () => expect(relativeTime('2026-01-01T00:01:00.300Z', now)).toBe('now'));
  test('something else stays as it is', () => expect(relativeTime('n/a', now)).toBe('n/a'));
});
