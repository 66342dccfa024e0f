import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WaggleError } from './errors.ts';
import { JsonSource, parseStrictJson, type StrictJsonOptions } from './json.ts';
import { countReads } from './testing/count-reads.ts';

function refusal(text: string, options?: StrictJsonOptions): { path: unknown; offset: unknown; problem: unknown } {
  try {
    parseStrictJson(text, options);
  } catch (error) {
    if (error instanceof WaggleError && error.code === 'invalid_input') {
      const { path, offset, problem } = error.details;
      return { path, offset, problem };
    }
    throw error;
  }
  throw new Error(`accepted: ${text.slice(0, 80)}`);
}

/** In the manner of JSONTestSuite: everything RFC 8259 allows. */
const accepted = [
  '[]',
  '{}',
  ' [ ] ',
  'null',
  'true',
  'false',
  '""',
  '"a"',
  '0',
  '-0',
  '-1',
  '42',
  '123456789',
  '1234567890',
  '1e5',
  '1E+2',
  '1e-2',
  '0e1',
  '0.5',
  '-123.25e10',
  '100000000000000000000',
  '1e-400',
  '"\\u0041\\n\\t\\b\\f\\r\\"\\\\\\/"',
  '"\\uD834\\uDD1E"',
  '"\\u0000"',
  '"\u2028\u2029\u007f"',
  '"😀"',
  '"\\\\"',
  '"a/*b*/c"',
  '{"":0}',
  '{"a":{"b":[1,{"c":null}]}}',
  '{"toString":1,"constructor":2,"hasOwnProperty":3}',
  '{"2":1,"1":2}',
  '\t[\r\n1 , 2\n]\r',
  '[[[[[[]]]]]]',
  '["a long string that is certainly longer than the short scan",1]',
  '["a long string that is certainly longer than the short \\n scan",1]',
];

const refused = [
  '',
  ' ',
  '[',
  ']',
  '{',
  '}',
  '[1',
  '[1,',
  '[1,]',
  '[,1]',
  '[1 2]',
  '[1,,2]',
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,',
  '{"a":1,}',
  '{"a" 1}',
  '{"a":1 "b":2}',
  '{a:1}',
  "{'a':1}",
  '{1:1}',
  '[1}',
  '{"a":1]',
  'nul',
  'True',
  'None',
  'NaN',
  'Infinity',
  '-Infinity',
  '[-NaN]',
  '01',
  '-01',
  '+1',
  '1.',
  '.5',
  '1e',
  '1e+',
  '-',
  '--1',
  '0x10',
  '1_000',
  '١',
  '"',
  '"a',
  '"\\',
  '"\\"',
  '"\\x41"',
  '"\\u12"',
  '"\\u12G4"',
  '"\\u 123"',
  '"\n"',
  '"\t"',
  '"\u0000"',
  '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"',
  '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  "'a'",
  '\u00a0[]',
  '\ufeff[]',
  '[]]',
  '[] []',
  '1 2',
  '[]#',
  '/**/[]',
  '[1]//',
  '1e999',
  '-1e999',
  '"\\ud800"',
  '"\\udc00"',
  '"\\ud800\\u0041"',
  '"\ud800"',
  '"a\udc00b"',
  '"\ud800\\udc00"',
  '{"\\ud800":1}',
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '{"__proto__":1}',
  '{"\\u005f_proto__":1}',
  '{"toString":1,"toString":2}',
];

describe('strict JSON', () => {
  test.each(accepted)('accepts %j as JSON.parse does', (text) => {
    expect(parseStrictJson(text)).toStrictEqual(JSON.parse(text));
  });

  test.each(refused)('refuses %j', (text) => {
    expect(refusal(text)).toHaveProperty('problem');
  });

  test('names path, offset and problem', () => {
    expect(refusal('{"to":["a",{"body":tru}]}')).toEqual({
      path: '$.to[1].body',
      offset: 19,
      problem: 'expected a JSON value',
    });
    expect(refusal('{"a b":{"x":1,"x":2}}')).toEqual({ path: '$["a b"].x', offset: 14, problem: 'duplicate key "x"' });
    expect(refusal('{x')).toEqual({ path: '$', offset: 1, problem: 'expected a key in double quotes' });
    expect(refusal(`{"${'k'.repeat(80)}":?}`).path).toBe(`$["${'k'.repeat(63)}…"]`);
    expect(refusal('[1').problem).toBe('expected "," or "]"');
  });

  test('depth and keys are limited, and the limits can be moved', () => {
    const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(parseStrictJson(deep(64))).toStrictEqual(JSON.parse(deep(64)));
    expect(refusal(deep(65)).problem).toBe('nested deeper than 64');
    expect(parseStrictJson(deep(3), { maxDepth: 3 })).toEqual([[[]]]);
    expect(refusal(deep(4), { maxDepth: 3 }).problem).toBe('nested deeper than 3');
    expect(() => parseStrictJson('1', { maxDepth: 100_000 })).toThrow(/maxDepth/);
    const wide = (keys: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: keys }, (_, i) => [`k${i}`, i])));
    expect(parseStrictJson(wide(1000))).toHaveProperty('k999');
    expect(refusal(wide(1001)).problem).toBe('more than 1000 keys in one object');
    expect(refusal(wide(3), { maxKeys: 2 }).offset).toBe(15);
  });

  test('a member named by sourceKey keeps its text unless it is a string', () => {
    const options = { sourceKey: 'body' };
    expect(parseStrictJson('{"body":"x"}', options)).toEqual({ body: 'x' });
    const value = parseStrictJson('{"m":[{"body": {"id":9007199254740993, "body":1.50 } }]}', options);
    const source = (value as { m: { body: unknown }[] }).m[0]?.body;
    expect(source).toBeInstanceOf(JsonSource);
    expect(source).toMatchObject({ text: '{"id":9007199254740993, "body":1.50 }', value: { body: 1.5 } });
    expect(parseStrictJson('[{"body":1},{"body":null}]', options)).toEqual([
      { body: new JsonSource('1', 1) },
      { body: new JsonSource('null', null) },
    ]);
  });

  test('lone surrogates can be let through for legacy data', () => {
    const options = { allowLoneSurrogates: true };
    expect(parseStrictJson('["\\ud800","\udc00"]', options)).toEqual(['\ud800', '\udc00']);
  });

  test('agrees with JSON.parse on every valid document', () => {
    const compact = fc.json({ maxDepth: 8, stringUnit: 'binary' });
    const spaced = fc
      .jsonValue({ maxDepth: 6, stringUnit: 'grapheme' })
      .map((value) => JSON.stringify(value, null, '\t'));
    fc.assert(
      fc.property(fc.oneof(compact, spaced), (text) => {
        fc.pre(!text.includes('__proto__'));
        const options = { maxDepth: 512 };
        expect(parseStrictJson(text, options)).toStrictEqual(JSON.parse(text));
        const wrapped = parseStrictJson(`{"body":${text}}`, { ...options, sourceKey: 'body' }) as { body: unknown };
        if (wrapped.body instanceof JsonSource) expect(wrapped.body.text).toBe(text.trim());
      }),
      { numRuns: 500 },
    );
  });

  test('never accepts what JSON.parse refuses', () => {
    const piece = fc.constantFrom(...'[]{}:,"\\ 1-.eE0'.split(''), 'true', 'null', '"a"', '\n', '\\u00', 'd8');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        let value: unknown;
        try {
          value = parseStrictJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(WaggleError);
          return;
        }
        expect(value).toStrictEqual(JSON.parse(text));
      }),
      { numRuns: 5000 },
    );
  });

  test.each([
    ['lists in lists', (n: number) => '['.repeat(n)],
    ['strings that open', (n: number) => '"a'.repeat(n)],
    ['objects in objects', (n: number) => '{"message":'.repeat(n)],
    ['escapes without an end', (n: number) => `"${'\\"'.repeat(n)}`],
    ['escaped strings without a last bracket', (n: number) => `[${'"\\n",'.repeat(n)}`],
    ['quotes', (n: number) => '"'.repeat(n)],
    ['digits', (n: number) => `[${'1'.repeat(n)}`],
    ['blanks', (n: number) => ' '.repeat(n)],
    ['members', (n: number) => `[${'{"a":[1,"b"]},'.repeat(n)}`],
  ])('hostile texts are gone over a few times at most, and take no stack: %s', (_, make) => {
    refusal(make(1e5));
    const text = make(5_000);
    expect(countReads(() => refusal(text))).toBeLessThan(5 * text.length);
  });

  test('what is gone over is counted', () => {
    const text = JSON.stringify(Array.from({ length: 500 }, (_, n) => ({ [`key\n${n}`]: [n, 'word'] })));
    expect(countReads(() => parseStrictJson(text))).toBeGreaterThan(text.length);
  });
});
