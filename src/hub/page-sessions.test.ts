import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { PageSessions } from './page-sessions.ts';

const minuteMs = 60_000;

test('a code works once', () => {
  const pages = new PageSessions(new ManualClock(), 'token');
  const code = pages.newCode();
  expect(pages.exchange(code).csrf).not.toBe('');
  expect(() => pages.exchange(code)).toThrow(/used already or is too old/);
  expect(() => pages.exchange('0'.repeat(32))).toThrow(/waggle status prints a new one/);
});

test('a code ends after five minutes, and many codes push out the oldest', () => {
  const clock = new ManualClock();
  const pages = new PageSessions(clock, 'token');
  const late = pages.newCode();
  clock.advance(5 * minuteMs + 1);
  expect(() => pages.exchange(late)).toThrow(/too old/);
  const first = pages.newCode();
  const rest = Array.from({ length: 32 }, () => pages.newCode());
  expect(() => pages.exchange(first)).toThrow(/too old/);
  expect(pages.exchange(rest[0] ?? '').cookie).not.toBe('');
});

test('a session is known after a restart, until it ends or the token is another', () => {
  const clock = new ManualClock();
  const pages = new PageSessions(clock, 'token');
  const { cookie, csrf } = pages.exchange(pages.newCode());
  const restarted = new PageSessions(clock, 'token');
  expect(restarted.read(cookie)).toMatchObject({ csrf });
  expect(restarted.cookieName).toBe(pages.cookieName);
  const other = new PageSessions(clock, 'another token');
  expect(other.read(cookie)).toBeUndefined();
  expect(other.cookieName).not.toBe(pages.cookieName);
  clock.advance(13 * 60 * minuteMs);
  expect(restarted.read(cookie)).toBeUndefined();
});

test('a cookie that was changed anywhere is none', () => {
  const pages = new PageSessions(new ManualClock(), 'token');
  const { cookie, csrf } = pages.exchange(pages.newCode());
  const [expires = '', nonce = '', signature = ''] = cookie.split('.');
  for (const changed of [
    `${Number(expires) + 1}.${nonce}.${signature}`,
    `${expires}.${nonce}0.${signature}`,
    `${expires}.${nonce}.${csrf}`,
    `${expires}.${nonce}`,
    '',
    'x.y.z',
  ])
    expect(pages.read(changed), changed).toBeUndefined();
});
