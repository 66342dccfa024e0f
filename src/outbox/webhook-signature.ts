import { createHmac, timingSafeEqual } from 'node:crypto';
import { invalidInput } from '../errors.ts';

/** Standard Webhooks (standardwebhooks.com, 1.0): symmetric signatures, `v1`. */
export interface SignedHeaders {
  readonly 'webhook-id': string;
  /** Seconds since the Unix epoch. */
  readonly 'webhook-timestamp': string;
  /** One or more `v1,<base64>`, separated by spaces. */
  readonly 'webhook-signature': string;
}

const secretPrefix = 'whsec_';
/** Bytes of a key, as the specification bounds them. */
const keyBytes = { least: 24, most: 64 };
/** Either way: an older one may be a replay. */
const toleranceMs = 5 * 60_000;

/** A secret as both sides keep it. `bytes` must be fresh random ones. */
export function webhookSecret(bytes: Buffer): string {
  return `${secretPrefix}${bytes.toString('base64')}`;
}

/** `invalid_input` for what is not base64 of 24 to 64 bytes; the value is not shown. */
export function parseWebhookSecret(secret: string): Buffer {
  const text = secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret;
  const key = Buffer.from(text, 'base64');
  const isWhole = key.toString('base64').replace(/=+$/, '') === text.replace(/=+$/, '');
  if (isWhole && key.length >= keyBytes.least && key.length <= keyBytes.most) return key;
  throw invalidInput(
    'secret',
    '(not shown)',
    `must be whsec_ and base64 of ${keyBytes.least} to ${keyBytes.most} bytes`,
  );
}

export function signWebhook(message: { id: string; atMs: number; body: string; secret: string }): SignedHeaders {
  const { id, atMs, body, secret } = message;
  const timestamp = String(Math.floor(atMs / 1_000));
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${mac({ id, timestamp, body, secret }).toString('base64')}`,
  };
}

/** Whether the raw body is what the holder of the secret signed, and lately. Compared in constant time. */
export function isSignedWebhook(received: {
  headers: Readonly<Record<string, string | undefined>>;
  body: string;
  secret: string;
  nowMs: number;
}): boolean {
  const { headers, body, secret, nowMs } = received;
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (id === undefined || id === '' || timestamp === undefined || signatures === undefined) return false;
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(nowMs - Number(timestamp) * 1_000) > toleranceMs) return false;
  const expected = mac({ id, timestamp, body, secret });
  return signatures
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) => Buffer.from(one.slice(3), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}

function mac({ id, timestamp, body, secret }: { id: string; timestamp: string; body: string; secret: string }): Buffer {
  return createHmac('sha256', parseWebhookSecret(secret)).update(`${id}.${timestamp}.${body}`).digest();
}
