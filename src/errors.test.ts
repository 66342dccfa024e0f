import { describe, expect, test } from 'vitest';
import {
  type ErrorCode,
  errorFromDocument,
  errorKinds,
  invalidInput,
  showValue,
  toWaggleError,
  WaggleError,
} from './errors.ts';

const codes = Object.keys(errorKinds) as ErrorCode[]; // keys of the table

describe('the table of errors', () => {
  test.each(codes)('%s has an HTTP status that means an error and an exit code that means a failure', (code) => {
    expect(errorKinds[code].http).toBeGreaterThanOrEqual(400);
    expect(errorKinds[code].exit).toBeGreaterThan(0);
  });

  test.each(codes)('%s survives the way over a wire', (code) => {
    const sent = new WaggleError(code, 'words', { details: { field: 'to', limit: 3 } });
    const received = errorFromDocument(JSON.parse(JSON.stringify(sent.toDocument())));
    expect(received).toMatchObject({ code, message: 'words', details: { field: 'to', limit: 3 }, retry: sent.retry });
  });
});

describe('WaggleError', () => {
  test('is an Error with a name, and keeps its cause only when there is one', () => {
    const cause = new Error('below');
    expect(new WaggleError('internal', 'above', { cause })).toMatchObject({ name: 'WaggleError', cause, details: {} });
    expect('cause' in new WaggleError('internal', 'alone')).toBe(false);
  });
});

describe('errorFromDocument', () => {
  test('an unknown code of a newer peer becomes internal, with the original kept', () => {
    const error = errorFromDocument({ code: 'quantum_lost', message: 'gone', details: { a: 1 } });
    expect(error).toMatchObject({ code: 'internal', message: 'gone', details: { a: 1, peerCode: 'quantum_lost' } });
  });

  test('names of the prototype are no codes', () => {
    expect(errorFromDocument({ code: 'toString', message: 'x' }).code).toBe('internal');
  });

  test('details may be missing', () => {
    expect(errorFromDocument({ code: 'not_found', message: 'x' }).details).toEqual({});
  });
});

describe('toWaggleError', () => {
  test('leaves our own alone', () => {
    const error = new WaggleError('timeout', 'slow');
    expect(toWaggleError(error)).toBe(error);
  });

  test.each([
    [new TypeError('x is not a function'), 'x is not a function'],
    ['a text', 'a text'],
    [undefined, 'undefined'],
  ])('wraps %s as a defect of ours', (thrown, text) => {
    const error = toWaggleError(thrown);
    expect(error.code).toBe('internal');
    expect(error.message).toContain(text);
    expect(error.cause).toBe(thrown);
  });
});

test('invalidInput names the field and shows the value', () => {
  const error = invalidInput('priority', 'asap', 'must be urgent, high, normal or low');
  expect(error.message).toBe('priority: must be urgent, high, normal or low, got "asap"');
  expect(error).toMatchObject({ code: 'invalid_input', details: { field: 'priority', value: '"asap"' } });
});

describe('showValue', () => {
  test.each([
    ['x'.repeat(200), `"${'x'.repeat(78)}…`],
    ['a\n\u001b', '"a\\n\\u001b"'],
    [undefined, 'undefined'],
    [{ a: [1] }, '{"a":[1]}'],
  ])('%j', (value, text) => expect(showValue(value)).toBe(text));

  test('never throws, whatever it is given', () => {
    expect(showValue(10n)).toBe('10');
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(showValue(loop)).toBe('[object Object]');
  });
});
