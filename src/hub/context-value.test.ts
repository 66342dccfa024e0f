import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../message/limits.ts';
import { cleanContext } from './context-value.ts';

const cleaned = (given: unknown, limits = defaultLimits) => cleanContext(given, 'value', limits);

describe('cleanContext', () => {
  test('gives back an object that shares nothing with what came in, without its secrets', () => {
    const given = { notes: { api_key: 'sk-live-0123456789abcdef0123' }, step: 2 };
    const { value, redacted } = cleaned(given);
    expect(value['step']).toBe(2);
    expect(value['notes']).not.toBe(given.notes);
    expect(JSON.stringify(value)).not.toContain('0123456789abcdef');
    expect(redacted).toHaveLength(1);
  });

  test.each([['text'], [3], [null], [undefined], [[1, 2]]])('%j is no context', (given) => {
    expect(() => cleaned(given)).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });

  test('one byte over the limit is refused with both numbers', () => {
    const limits = { ...defaultLimits, contextBytes: 20 };
    expect(cleaned({ a: '123456789012' }, limits).value).toEqual({ a: '123456789012' }); // 20 bytes
    expect(() => cleaned({ a: '1234567890123' }, limits)).toThrow(
      expect.objectContaining({ code: 'payload_too_large', details: { field: 'value', bytes: 21, limit: 20 } }),
    );
  });
});
