import { expect, test } from 'vitest';
import { checkRegister, type RegisterCall } from './linearizable.ts';
import type { Moment } from './moment.ts';

let line = 0;
const moment = (t: number): Moment => ({ t, file: 0, line: (line += 1) });
type Facts = Partial<Pick<RegisterCall, 'expected' | 'version' | 'value'>>;
const call = (kind: RegisterCall['kind'], from: number, to: number | undefined, facts: Facts = {}): RegisterCall => ({
  kind,
  invoked: moment(from),
  ended: to === undefined ? undefined : moment(to),
  expected: undefined,
  version: undefined,
  value: undefined,
  ...facts,
});
const fine = { broken: [], skipped: [] };

test('a read sees the last write; one that was over before it, or open with it', () => {
  const write = call('set', 0, 10, { version: 1, value: 'a' });
  expect(checkRegister([write, call('get', 11, 12, { version: 1, value: 'a' })])).toEqual(fine);
  expect(
    checkRegister([write, call('get', 5, 12, { version: 0 }), call('get', 6, 9, { version: 1, value: 'a' })]),
  ).toEqual(fine);
  expect(checkRegister([write, call('get', 11, 12, { version: 0 })]).broken).toHaveLength(1);
  expect(checkRegister([write, call('get', 11, 12, { version: 1, value: 'b' })]).broken).toHaveLength(1);
});

test('a read does not go back behind another that was over', () => {
  const write = call('set', 0, 100, { version: 1, value: 'a' });
  const newer = call('get', 10, 20, { version: 1, value: 'a' });
  const older = call('get', 30, 40, { version: 0 });
  expect(checkRegister([write, newer, older]).broken).toHaveLength(1);
});

test('two writes of one version are a lost update, also when both were open at once', () => {
  const first = call('set', 0, 10, { expected: 0, version: 1, value: 'a' });
  const second = call('set', 0, 10, { expected: 0, version: 2, value: 'b' });
  expect(checkRegister([first, second]).broken).toHaveLength(1);
  expect(checkRegister([first, call('mismatch', 0, 10, { expected: 0, version: 1 })])).toEqual(fine);
  expect(checkRegister([call('mismatch', 0, 10, { expected: 0 })]).broken).toHaveLength(1);
});

test('a version never repeats, not even after a delete', () => {
  const calls = [
    call('set', 0, 1, { version: 1, value: 'a' }),
    call('set', 2, 3, { expected: 1, version: 2 }),
    call('set', 4, 5, { version: 2, value: 'b' }),
  ];
  expect(checkRegister(calls.slice(0, 2))).toEqual(fine);
  expect(checkRegister(calls).broken).toHaveLength(1);
});

test('a write of unknown outcome may take effect much later, once, or never', () => {
  const lost = call('set', 0, undefined, { value: 'a' });
  const before = call('get', 10, 11, { version: 0 });
  const seen = call('get', 20, 21, { version: 1, value: 'a' });
  const overwritten = call('set', 30, 31, { expected: 1, version: 2, value: 'b' });
  const again = call('get', 40, 41, { version: 3, value: 'a' });
  expect(checkRegister([lost, before])).toEqual(fine);
  expect(checkRegister([lost, before, seen, overwritten])).toEqual(fine);
  expect(checkRegister([lost, before, seen, overwritten, again]).broken).toHaveLength(1);
});

test('a stretch that is too large, or too wide, is reported as not searched, and what follows is still checked', () => {
  const crowd = Array.from({ length: 30 }, (_, index) => call('set', 0, 100, { value: `v${index}` }));
  const after = [
    call('set', 200, 201, { version: 900, value: 'x' }),
    call('get', 300, 301, { version: 7, value: 'y' }),
  ];
  expect(checkRegister(crowd, { windowCalls: 29 })).toEqual({ broken: [], skipped: [30] });
  expect(checkRegister([...crowd, ...after], { states: 500 })).toMatchObject({ broken: [[{}]], skipped: [30] });
});

test('200 calls open at once are searched', () => {
  const crowd = Array.from({ length: 200 }, (_, index) =>
    call('set', 0, 1_000, { expected: index, version: index + 1, value: String(index) }),
  );
  expect(checkRegister(crowd)).toEqual(fine);
});
