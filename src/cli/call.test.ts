import { describe, expect, test } from 'vitest';
import { Call, present } from './call.ts';

describe('arguments', () => {
  const call = new Call(['bob', ['a', 'b'], undefined], {});
  test('by position, single and variadic', () => {
    expect(call.arg(0)).toBe('bob');
    expect(call.args(0)).toEqual(['bob']);
    expect(call.args(1)).toEqual(['a', 'b']);
    expect(call.optionalArg(1)).toBe('a');
  });
  test('absent ones are empty', () => {
    expect(call.arg(2)).toBe('');
    expect(call.optionalArg(2)).toBeUndefined();
    expect(call.args(7)).toEqual([]);
  });
});

describe('options', () => {
  const call = new Call([], {
    leaseFor: '5s',
    peek: true,
    skill: ['a'],
    gen: '42',
    bad: '4x',
    zero: '0',
    huge: '9'.repeat(20),
  });
  test('are read by the name the user typed', () => {
    expect(call.durationMs('lease-for')).toBe(5_000);
    expect(call.durationMs('delay')).toBeUndefined();
    expect(call.flag('peek')).toBe(true);
    expect(call.flag('dead')).toBe(false);
    expect(call.text('peek')).toBeUndefined();
    expect(call.list('skill')).toEqual(['a']);
    expect(call.list('role')).toEqual([]);
    expect(call.count('gen')).toBe(42);
    expect(call.count('limit')).toBeUndefined();
    expect(call.requiredCount('gen', '')).toBe(42);
  });
  test.each([
    [() => call.count('bad'), '--bad: must be a whole number, got "4x"'],
    [() => call.count('huge'), '--huge: must be a whole number, got "99999999999999999999"'],
    [() => call.count('zero'), '--zero: must be at least 1, got "0"'],
    [() => call.requiredCount('nope', 'inbox prints it'), '--nope: is missing; inbox prints it'],
  ])('a refusal names flag and value', (read, message) => expect(read).toThrow(message));
});

test('present drops what is undefined and keeps everything else', () => {
  expect(present({ a: undefined, b: null, c: 0, d: '' })).toEqual({ b: null, c: 0, d: '' });
});
