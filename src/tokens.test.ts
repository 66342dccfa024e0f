import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { encode as cl100k } from 'gpt-tokenizer/encoding/cl100k_base';
import { encode as o200k } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import { seededRandom } from './testing/seeded-random.ts';
import { cutToTokens, estimateTokens } from './tokens.ts';

const sample = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const real = (text: string) => Math.max(o200k(text).length, cl100k(text).length);

describe('the estimate stands above the real count', () => {
  test.each([
    ['prose', sample('../README.md')],
    ['a map of code', sample('../AGENTS.md')],
    ['TypeScript', sample('./json.ts')],
    ['JSON', sample('../package.json')],
    ['a lock file', sample('../package-lock.json').slice(0, 50_000)],
    ['Chinese', '一个消息从来不会丢失。每个代理都有自己的收件箱，租约到期后消息会重新投递。'.repeat(5)],
    ['Japanese', 'メッセージは決して失われません。エージェントは受信箱を持ちます。'.repeat(5)],
    ['Russian', 'Принятое сообщение никогда не теряется, даже при сбое питания.'.repeat(5)],
    ['Arabic', 'لا تضيع رسالة مقبولة أبدًا حتى عند انقطاع التيار الكهربائي.'.repeat(5)],
    ['emoji', '🐝🚀✅❌🧪👩‍💻🏳️‍🌈'.repeat(10)],
    [
      'German',
      'Eine angenommene Nachricht geht niemals verloren; Übergabeverfahren, Wiederherstellungsprotokoll.'.repeat(3),
    ],
  ])('%s', (_name, text) => {
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(real(text));
  });

  test('it is no more than two and a half times the real count on prose and code', () => {
    for (const name of ['../README.md', '../AGENTS.md', './json.ts']) {
      expect(estimateTokens(sample(name))).toBeLessThan(2.5 * real(sample(name)));
    }
  });

  test.each(['hex', 'base64', 'base64url'] as const)('random bytes as %s', (encoding) => {
    const random = seededRandom(7);
    for (let round = 0; round < 20; round += 1) {
      const text = Buffer.from(Array.from({ length: 400 }, () => Math.floor(random() * 256))).toString(encoding);
      expect(estimateTokens(text)).toBeGreaterThanOrEqual(real(text));
    }
  });
});

test('a text is never estimated above its bytes', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => estimateTokens(text) <= Buffer.byteLength(text)));
});

test('a cut text fits its budget, begins like the whole, and a text that fits is not cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(60), (text, budget) => {
      const cut = cutToTokens(text, budget);
      expect(text.startsWith(cut)).toBe(true);
      expect(estimateTokens(cut)).toBeLessThanOrEqual(budget);
    }),
  );
  expect(cutToTokens('a short text', 100)).toBe('a short text');
});
