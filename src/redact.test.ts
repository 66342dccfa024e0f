import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { redact, redactJson } from './redact.ts';

/** Built at run time, so that no scanner of repositories takes these for real. */
const random = (length: number) => 'aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW0xYzC'.repeat(8).slice(0, length);
const canaries: readonly (readonly [kind: string, secret: string])[] = [
  ['anthropic key', `sk-ant-api03-${random(40)}`],
  ['openai key', `sk-proj-${random(48)}`],
  ['openai key', `sk-${random(48)}`],
  ['stripe key', `sk_live_${random(24)}`],
  ['github token', `ghp_${random(36)}`],
  ['github token', `github_pat_${random(60)}`],
  ['gitlab token', `glpat-${random(20)}`],
  ['npm token', `npm_${random(36)}`],
  ['slack token', `xoxb-1234567890-${random(24)}`],
  ['slack webhook', `https://hooks.slack.com/services/T000/B000/${random(24)}`],
  ['aws key id', `AKIA${random(16).toUpperCase()}`],
  ['google key', `AIza${random(35)}`],
  ['json web token', `eyJ${random(20)}.eyJ${random(30)}.${random(40)}`],
  ['discord webhook', `https://discord.com/api/webhooks/123456789/${random(60)}`],
  ['waggle token', `wag_ada_${random(43)}`],
  ['private key', `-----BEGIN RSA PRIVATE KEY-----\n${random(64)}\n${random(64)}\n-----END RSA PRIVATE KEY-----`],
];

describe('secrets in text', () => {
  test.each(canaries)('%s is taken wherever it stands', (kind, secret) => {
    for (const text of [secret, `use ${secret} for this`, `"${secret}"`, `export KEY=${secret}\n`]) {
      const redacted = redact(text);
      expect(redacted.text).not.toContain(secret);
      expect(redacted.found).toContain(kind);
    }
  });

  test.each([
    ['password: hunter2-Zq81x', 'hunter2-Zq81x'],
    ['"api_key": "9f8a7b6c5d4e3f2a1b0c"', '9f8a7b6c5d4e3f2a1b0c'],
    ['Authorization: Bearer 9f8a7b6c5d4e3f2a1b0cXYZ', '9f8a7b6c5d4e3f2a1b0cXYZ'],
    ['DB_PASSWORD=c0rrect-h0rse-battery', 'c0rrect-h0rse-battery'],
    ['postgres://app:Sup3rS3cret@db.local/x', 'Sup3rS3cret'],
  ])('what a word announces: %s', (text, secret) => {
    expect(redact(text).text).not.toContain(secret);
  });

  test('a secret of this machine is taken though it looks like nothing', () => {
    expect(redact('the code is swordfishswordfish ok', ['swordfishswordfish'])).toEqual({
      text: 'the code is [redacted secret] ok',
      found: ['secret'],
    });
  });

  test.each([
    'The token bucket limits each sender; see rate_limited.',
    'password: see the vault',
    'const token = readToken(directory);',
    'authorization: every route takes the bearer token',
    'secret: ${SECRET_FROM_ENV}',
    'cookie: HttpOnly SameSite=Strict',
    'msg_01890a5d-ac96-774b-bcce-b302099a8057 was acked',
    'commit 5c700847b556b8a365102069238aac008c9f096b',
  ])('plain talk is left alone: %s', (text) => {
    expect(redact(text)).toEqual({ text, found: [] });
  });

  test('our own sources and pages hold no secret, and almost none is seen in them', () => {
    const files = ['./', './hub/', './http/', './sdk/', '../docs/', '../docs/reference/'].flatMap((folder) => {
      const base = new URL(folder, import.meta.url);
      return readdirSync(base)
        .filter((name) => /\.(?:ts|md)$/.test(name) && !name.startsWith('redact'))
        .map((name) => readFileSync(new URL(name, base), 'utf8'));
    });
    const words = files.join('\n').split(/\s+/).length;
    const taken = files.reduce((sum, text) => sum + redact(text).found.length, 0);
    expect(taken / words).toBeLessThan(0.001);
  });
});

test('in JSON a member announces its value, and the place is told', () => {
  const value = { goal: 'ship', db: { password: 'c0rrect-h0rse' }, notes: [`ghp_${random(36)}`, 'fine'] };
  expect(redactJson(value)).toEqual({
    value: { goal: 'ship', db: { password: '[redacted secret]' }, notes: ['[redacted github token]', 'fine'] },
    paths: ['$.db.password', '$.notes[0]'],
  });
});
