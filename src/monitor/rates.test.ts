import { expect, test } from 'vitest';
import { formatValue } from './figure.ts';
import { quantile, quantileOfCounts, RecentCounts, shareOf } from './rates.ts';

test('counts fall out of the window as time goes on', () => {
  const recent = new RecentCounts(100);
  recent.add(0, { a: 1 });
  recent.add(50, { a: 2, b: 5 });
  expect([recent.sum('a'), recent.sum('b'), recent.sum('c')]).toEqual([3, 5, 0]);
  recent.add(100, {});
  expect(recent.sum('a')).toBe(2);
  recent.add(1_000, { a: 7 });
  expect([recent.sum('a'), recent.sum('b')]).toEqual([7, 0]);
});

test('a share of too few cases says nothing', () => {
  expect([shareOf(1, 19, 20), shareOf(5, 20, 20), shareOf(0, 0, 0.5)]).toEqual([undefined, 0.25, undefined]);
});

test('percentiles of values, and of counts by bound', () => {
  expect([quantile([], 0.5), quantile([3], 0.95), quantile([5, 1, 3, 2, 4], 0.5), quantile([1, 2], 1)]).toEqual([
    undefined,
    3,
    3,
    2,
  ]);
  const bounds = [1, 10, 100];
  expect(quantileOfCounts(bounds, [0, 0, 0, 0], 0.95)).toBeUndefined();
  expect(quantileOfCounts(bounds, [94, 5, 1, 0], 0.95)).toBe(10);
  expect(quantileOfCounts(bounds, [0, 0, 0, 4], 0.95)).toBe(100);
});

test.each([
  ['ratio', 0.256, '25.6 %'],
  ['ms', 999, '999 ms'],
  ['ms', 1_500, '1.5 s'],
  ['ms', 180_000, '3 min'],
  ['bytes', 512, '0.5 KiB'],
  ['bytes', 3_145_728, '3 MiB'],
  ['bytes', 5_368_709_120, '5 GiB'],
  ['per hour', 3, '3 an hour'],
  ['messages', 1_234.4, '1234'],
  ['count', 1, '1'],
] as const)('a value in %s: %d is %s', (unit, value, text) => expect(formatValue(unit, value)).toBe(text));
