import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agentIdPattern, decodeMessageId, encodeMessageId, labelPattern, maxSalt, randomHex, saltOf } from './ids.ts';

const address = fc.record({
  seq: fc.maxSafeNat(),
  createdAt: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  salt: fc.integer({ min: 0, max: maxSalt }),
});

describe('message ids', () => {
  test('give back the address they were made from', () => {
    fc.assert(
      fc.property(address, (made) => {
        expect(decodeMessageId(encodeMessageId(made))).toEqual(made);
      }),
    );
  });

  test('are UUIDs of version 7 with a prefix', () => {
    const uuid7 = /^msg_[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    fc.assert(
      fc.property(address, (made) => {
        expect(encodeMessageId(made)).toMatch(uuid7);
      }),
    );
  });

  test('differ when any part of the address does', () => {
    fc.assert(
      fc.property(address, address, (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(encodeMessageId(one)).not.toBe(encodeMessageId(other));
      }),
    );
  });

  test.each(['', 'msg_', 'msg_0190163d-8694-4000-8000-000000000000', 'MSG_0190163d-8694-7000-8000-000000000000', '1'])(
    '%j is none',
    (text) => expect(decodeMessageId(text)).toBeUndefined(),
  );

  test('no text makes decoding throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void decodeMessageId(text)));
  });
});

test('a salt is the 21 bits that a swarm id puts into its message ids', () => {
  expect(saltOf('ffffffff00')).toBe(maxSalt);
  expect(saltOf('00000001')).toBe(1);
  const salt = saltOf(randomHex(16));
  expect(salt).toBeGreaterThanOrEqual(0);
  expect(salt).toBeLessThanOrEqual(maxSalt);
});

test('randomHex answers so many bytes, never the same twice', () => {
  expect(randomHex(16)).toMatch(/^[0-9a-f]{32}$/);
  expect(randomHex(16)).not.toBe(randomHex(16));
});

test.each([
  ['ada', true],
  ['a.b-c_9', true],
  ['x'.repeat(64), true],
  ['x'.repeat(65), false],
  ['Ada', false],
  ['-ada', false],
  ['a b', false],
  ['a/b', false],
  ['', false],
])('agent id %j is allowed: %s', (id, allowed) => expect(agentIdPattern.test(id)).toBe(allowed));

test.each([
  ['Deploy:2026@prod+x=1', true],
  ['../etc', false],
  ['a b', false],
  ['a\n', false],
])('label %j is allowed: %s', (label, allowed) => expect(labelPattern.test(label)).toBe(allowed));
