import { expect, test } from 'vitest';
import { isSignedWebhook, parseWebhookSecret, signWebhook, webhookSecret } from './webhook-signature.ts';

/** The vector that the libraries of Standard Webhooks share. */
const vector = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  atMs: 1_614_265_330_000,
  body: '{"test": 2432232314}',
};
const signature = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=';

const received = (more: Partial<Parameters<typeof isSignedWebhook>[0]> = {}) => ({
  headers: { ...signWebhook(vector) } as Record<string, string | undefined>,
  body: vector.body,
  secret: vector.secret,
  nowMs: vector.atMs,
  ...more,
});

test('signs as the published vector says', () => {
  expect(signWebhook(vector)).toEqual({
    'webhook-id': vector.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': signature,
  });
  expect(isSignedWebhook(received())).toBe(true);
});

test('a secret with and without its prefix is the same key; a new one can be used', () => {
  expect(parseWebhookSecret(vector.secret)).toEqual(parseWebhookSecret(vector.secret.slice('whsec_'.length)));
  expect(parseWebhookSecret(webhookSecret(Buffer.alloc(32, 7)))).toEqual(Buffer.alloc(32, 7));
});

test.each([
  '',
  'whsec_',
  'whsec_c2hvcnQ=',
  `whsec_${Buffer.alloc(65).toString('base64')}`,
  'whsec_!!!not base64 at all, nowhere!!!',
])('the secret %j is refused, and not shown', (secret) => {
  expect(() => parseWebhookSecret(secret)).toThrow(/secret: must be whsec_ .*\(not shown\)/);
});

const other = signWebhook({ ...vector, secret: webhookSecret(Buffer.alloc(24, 9)) })['webhook-signature'];
const withHeader = (name: string, value: string | undefined) =>
  received({ headers: { ...signWebhook(vector), [name]: value } });

test('several signatures are one of many keys: any may fit', () => {
  expect(isSignedWebhook(withHeader('webhook-signature', `${other} v1a,xyz ${signature}`))).toBe(true);
});

test.each([
  ['another body', received({ body: '{"test":2432232314}' })],
  ['an added byte', received({ body: `${vector.body} ` })],
  ['another id', withHeader('webhook-id', 'msg_other')],
  ['no id', withHeader('webhook-id', undefined)],
  ['an empty id', withHeader('webhook-id', '')],
  ['another time', withHeader('webhook-timestamp', '1614265331')],
  ['no time', withHeader('webhook-timestamp', undefined)],
  ['a time that is no number', withHeader('webhook-timestamp', '1614265330.0')],
  ['a time in hex', withHeader('webhook-timestamp', '0x60')],
  ['a negative time', withHeader('webhook-timestamp', '-5')],
  ['no signature', withHeader('webhook-signature', undefined)],
  ['an empty signature', withHeader('webhook-signature', '')],
  ["another key's signature", withHeader('webhook-signature', other)],
  ['a signature without version', withHeader('webhook-signature', signature.slice(3))],
  ['another version', withHeader('webhook-signature', signature.replace('v1', 'v2'))],
  ['a cut signature', withHeader('webhook-signature', signature.slice(0, 20))],
  ['signatures joined by a comma', withHeader('webhook-signature', `v1,AAAA,${signature}`)],
  ['another secret', received({ secret: webhookSecret(Buffer.alloc(24, 9)) })],
  ['a replay after more than five minutes', received({ nowMs: vector.atMs + 301_000 })],
  ['a message from the future', received({ nowMs: vector.atMs - 301_000 })],
] as const)('%s is not signed', (_what, message) => {
  expect(isSignedWebhook(message)).toBe(false);
});
