import { describe, expect, test } from 'vitest';
import { jsonLine, plain, plainExcerpt, plainLine } from './plain.ts';

describe('plain', () => {
  test('keeps ordinary text of any script, newlines and tabs', () => {
    const text = 'Größe\tδοκιμή 検査 🐝\nsecond line';
    expect(plain(text)).toBe(text);
  });

  test('drops what commands a terminal, so an escape sequence is only letters', () => {
    expect(plain('\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u009b2J \u007f \u0000')).toBe(
      '[31mred[0m ]0;title 2J  ',
    );
  });

  test('a carriage return cannot overwrite the line it stands in', () => {
    expect(plain('harmless\rEVIL')).toBe('harmlessEVIL');
    expect(plain('one\r\ntwo')).toBe('one\ntwo');
  });

  test('shows what hides or reorders by its number', () => {
    expect(plain('a\u202eb\u2066c\u200bd\ufeffe\u{e0041}f')).toBe(
      'a\\u{202E}b\\u{2066}c\\u{200B}d\\u{FEFF}e\\u{E0041}f',
    );
  });
});

test('plainLine puts everything on one line', () => {
  expect(plainLine('  a\n\n\tb \n')).toBe('a b');
});

describe('plainExcerpt', () => {
  test('leaves a short text alone', () => expect(plainExcerpt('short', 10)).toBe('short'));
  test('cuts by characters, not by halves of one', () => expect(plainExcerpt('🐝🐝🐝🐝', 3)).toBe('🐝🐝…'));
  test('says that a long text goes on even when its beginning is blank', () => {
    expect(plainExcerpt(`x${' '.repeat(500)}y`, 10)).toBe('…'.padStart(2, 'x'));
  });
});

describe('jsonLine', () => {
  test('is one line and the same value, digits and key order included', () => {
    const source = '{"b": 1.0,\n "a":\r\n [12345678901234567890, "x\u202ey\u0085\u{e0041}"]}';
    const line = jsonLine(source);
    expect(line).toBe('{"b": 1.0,  "a":  [12345678901234567890, "x\\u202ey\\u0085\\udb40\\udc41"]}');
    expect(JSON.parse(line)).toEqual(JSON.parse(source));
  });
});
