import { expect, test } from 'vitest';
import type { MessageDigest } from '../hub/api.ts';
import { estimateTokens } from '../tokens.ts';
import { digest } from './digest.ts';

const message = (n: number, more: Partial<MessageDigest> = {}): MessageDigest => ({
  id: `msg_${n}`,
  inboxSeq: n,
  from: 'bob',
  kind: 'text',
  priority: 'normal',
  subject: null,
  bodyType: 'text',
  bodyText: `please look at number ${n}`,
  ...more,
});

test('as many messages as fit, in order, and which they were', () => {
  const messages = Array.from({ length: 40 }, (_, n) => message(n));
  for (const budget of [120, 250, 400]) {
    const made = digest('News:', messages, budget, 'f00d');
    expect(made?.told).toEqual(messages.slice(0, made?.told.length).map(({ id }) => id));
    expect(made?.told.length).toBeGreaterThan(0);
    expect(estimateTokens(made?.text ?? '')).toBeLessThanOrEqual(budget);
    expect(made?.text.endsWith('</data-f00d>')).toBe(true); // a frame is never left open
  }
});

test('nothing where not even one finds room', () => {
  expect(digest('News:', [message(1)], 10, 'f00d')).toBeUndefined();
  expect(digest('News:', [], 400, 'f00d')).toBeUndefined();
});

test('the subject stands for the body, the kind for what it is', () => {
  const { text } = digest('News:', [message(1, { subject: 'fuel', kind: 'gas', priority: 'urgent' })], 400, 'f') ?? {
    text: '',
  };
  expect(text).toContain('msg_1: urgent gas from bob: fuel');
  expect(text).not.toContain('please look');
});
