import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsoncDocument } from './jsonc-document.ts';

const mine = `{
    // who may do what
    "permissions": { "allow": ["Bash(ls)"], }, /* tight */
    "list": [
        1, // one
        2 // two
    ],
    "empty": {},
}
`;

function edited(text: string, ...changes: [path: (string | number)[], value: unknown][]): string {
  return changes.reduce((at, [path, value]) => at.with({ path, value }), new JsoncDocument(text, 'x.json')).text;
}

describe('a change writes only what it names', () => {
  test('a new member goes to the end, in the indentation of the file', () => {
    expect(edited(mine, [['hooks'], { a: [1] }])).toBe(
      mine.replace(
        '    "empty": {},\n',
        '    "empty": {},\n    "hooks": {\n        "a": [\n            1\n        ]\n    },\n',
      ),
    );
  });

  test('an element goes behind the comment of the one before it', () => {
    expect(edited(mine, [['list', 2], 3])).toBe(mine.replace('2 // two\n', '2, // two\n        3\n'));
  });

  test('an empty object is opened, a missing parent made', () => {
    expect(edited(mine, [['empty', 'a', 'b'], 1])).toBe(
      mine.replace('{},\n}', '{\n        "a": {\n            "b": 1\n        }\n    },\n}'),
    );
  });

  test('what was put in can be taken out again, to the byte', () => {
    expect(edited(mine, [['hooks'], { a: 1 }], [['hooks'], undefined])).toBe(mine);
    expect(edited(mine, [['list', 2], 3], [['list', 2], undefined])).toBe(mine);
  });

  test('a value is replaced where it stands', () => {
    expect(edited(mine, [['permissions', 'allow'], ['x']])).toContain('"permissions": { "allow": [\n');
    expect(edited('{"a":1}', [['a'], 2])).toBe('{"a":2}');
  });

  test('line ends, tabs and a byte order mark stay', () => {
    expect(edited('\ufeff{\r\n\t"a": 1\r\n}\r\n', [['b', 'c'], 2])).toBe(
      '\ufeff{\r\n\t"a": 1,\r\n\t"b": {\r\n\t\t"c": 2\r\n\t}\r\n}\r\n',
    );
  });

  test('a file on one line, a comma on the next one', () => {
    expect(edited('{"a": [1]}', [['a', 1], 2])).toBe('{"a": [1,\n  2\n]}');
    expect(edited('{\n  "a": 1\n  , // odd\n  "b": 2\n}', [['c'], 3])).toBe(
      '{\n  "a": 1\n  , // odd\n  "b": 2,\n  "c": 3\n}',
    );
    expect(edited('{\n  "a": 1\n  , // odd\n}', [['c'], 3])).toBe('{\n  "a": 1\n  , // odd\n  "c": 3,\n}');
  });

  test('no file yet, an empty one', () => {
    expect(edited('', [['a'], 1])).toBe('{\n  "a": 1\n}\n');
  });

  test('whatever stands there parses to the same value and our entry (fast-check)', () => {
    const key = fc.constantFrom('hooks', 'a', 'b', '', '//', 'ü"');
    const path = fc.array(key, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.dictionary(key, fc.jsonValue()), path, fc.jsonValue(), (before, at, value) => {
        const parents = at.slice(0, -1).reduce<unknown>((seen, name) => {
          const next = typeof seen === 'object' && seen !== null ? (seen as Record<string, unknown>)[name] : undefined;
          return next ?? {};
        }, before);
        fc.pre(typeof parents === 'object' && !Array.isArray(parents) && value !== undefined);
        for (const space of [0, 2, '\t']) {
          const text = JSON.stringify(before, undefined, space);
          try {
            const document = new JsoncDocument(text, 'x').with({ path: at, value });
            expect(document.at(at)).toEqual(value);
          } catch (error) {
            // An array or a scalar on the way: refused, never overwritten.
            expect(error).toMatchObject({ code: 'unreadable_file' });
          }
        }
      }),
    );
  });
});

describe('what cannot be read is refused with its place', () => {
  test.each([
    ['{"a": }', /line 1, column 7/],
    ['{\n"a": 1\n"b": 2}', /line 3, column 1/],
    ['{"a": 1', /CloseBraceExpected/],
    ['{} {}', /EndOfFileExpected/],
    ['# toml', /InvalidSymbol/],
  ])('%j', (text, problem) => {
    expect(() => new JsoncDocument(text, 'x.json')).toThrow(problem);
    expect(() => new JsoncDocument(text, 'x.json')).toThrow(/^x\.json: is not JSON/);
  });

  test('a member of the wrong kind', () => {
    const document = new JsoncDocument('{"hooks": [], "list": {}, "a": 1}', 'x.json');
    expect(() => document.objectAt(['hooks'])).toThrow('x.json: hooks must be an object; nothing was written');
    expect(() => document.arrayAt(['list'])).toThrow('x.json: list must be an array');
  });

  test('a name that stands there twice, of which a reader takes the last', () => {
    const twice = new JsoncDocument('{"a": {"x": 1}, "a": {"y": 2}}', 'x.json');
    expect(() => twice.with({ path: ['a', 'z'], value: 3 })).toThrow(/is a name there twice/);
  });
});
