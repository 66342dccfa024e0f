import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { ManualClock } from '../../testing/manual-clock.ts';
import type { Resolve } from '../guarded-post.ts';
import type { Destination, OutboxEntry } from '../outbox.ts';
import { retryAfterMs } from '../retry-after.ts';
import { isSignedWebhook, webhookSecret } from '../webhook-signature.ts';
import { webhookPublisher } from './webhook.ts';

const secret = webhookSecret(Buffer.alloc(32, 1));
const entry: OutboxEntry = {
  id: 'out_1',
  destination: 'hook',
  kind: 'note',
  payload: '{"n":1}',
  state: 'sending',
  attempt: 1,
  maxAttempts: 3,
  createdAt: Date.UTC(2026, 0, 1),
};

interface Heard {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A receiver on this machine that answers as it is told and keeps what it heard. */
async function receiver(answer: (response: ServerResponse) => void) {
  const heard: Heard[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      heard.push({ headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    heard,
    port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const destination = (url: string): Destination => ({
  name: 'hook',
  publisher: 'webhook',
  settings: { url, secret },
  createdAt: 0,
});
const signal = () => new AbortController().signal;
const publisher = (resolve?: Resolve) =>
  webhookPublisher({ clock: systemClock, version: '1', ...(resolve === undefined ? {} : { resolve }) });

describe('a webhook', () => {
  test('posts what can be verified with its secret', async () => {
    await using hook = await receiver((response) => response.setHeader('set-cookie', ['a=1', 'b=2']).end('thanks'));
    const at = `http://127.0.0.1:${hook.port}/a/b?c=d`;
    expect(await publisher().publish(entry, destination(at), signal())).toEqual({
      outcome: 'sent',
      detail: 'answered 200',
    });
    const [{ headers, body }] = hook.heard as [Heard];
    expect(JSON.parse(body)).toEqual({ type: 'note', timestamp: '2026-01-01T00:00:00.000Z', data: { n: 1 } });
    const plain = headers as Record<string, string | undefined>;
    expect(isSignedWebhook({ headers: plain, body, secret, nowMs: Date.now() })).toBe(true);
    expect(headers).toMatchObject({
      'webhook-id': 'out_1',
      'content-type': 'application/json',
      'user-agent': 'waggle/1',
    });
  });

  test.each([
    [204, {}, { outcome: 'sent' }],
    [302, { location: 'http://127.0.0.1:1/' }, { outcome: 'refused', disable: true }],
    [400, {}, { outcome: 'refused' }],
    [401, {}, { outcome: 'refused', disable: true }],
    [404, {}, { outcome: 'refused', disable: true }],
    [410, {}, { outcome: 'refused', disable: true }],
    [429, { 'retry-after': '7' }, { outcome: 'retry', afterMs: 7_000 }],
    [500, {}, { outcome: 'retry' }],
    [503, { 'retry-after': '0.5' }, { outcome: 'retry', afterMs: 500 }],
  ] as const)('answered %i: %o', async (status, headers, published) => {
    await using hook = await receiver((response) => response.writeHead(status, headers).end());
    const outcome = await publisher().publish(entry, destination(`http://localhost:${hook.port}/`), signal());
    expect(outcome).toEqual({ ...published, detail: expect.stringContaining(`answered ${status}`) });
    expect(hook.heard).toHaveLength(1);
  });

  test('an answer without end is not read to its end', async () => {
    await using hook = await receiver((response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(4_096)));
      };
      response.on('drain', more);
      more();
    });
    const outcome = await publisher().publish(entry, destination(`http://127.0.0.1:${hook.port}/`), signal());
    expect(outcome).toMatchObject({ outcome: 'sent' });
  });

  test('who does not answer in time, or at all, is tried again', async () => {
    const clock = new ManualClock();
    await using hook = await receiver(() => clock.advance(15_000));
    const slow = webhookPublisher({ clock, version: '1' });
    const outcome = await slow.publish(entry, destination(`http://127.0.0.1:${hook.port}/secret`), signal());
    expect(outcome).toEqual({ outcome: 'retry', detail: 'no answer within 15000 ms' });
    const nobody = await publisher().publish(entry, destination('http://127.0.0.1:9/secret'), signal());
    expect(nobody).toMatchObject({ outcome: 'retry', detail: expect.not.stringContaining('secret') });
    await using broken = await receiver((response) => response.socket?.destroy());
    const cut = await publisher().publish(entry, destination(`http://127.0.0.1:${broken.port}/`), signal());
    expect(cut).toMatchObject({ outcome: 'retry' });
  });

  test('a hub that stops gives a try up at once', async () => {
    const stop = new AbortController();
    await using hook = await receiver(() => stop.abort());
    const at = destination(`http://127.0.0.1:${hook.port}/`);
    expect(await publisher().publish(entry, at, stop.signal)).toMatchObject({ outcome: 'retry', detail: /stopping/ });
    expect(await publisher().publish(entry, at, stop.signal)).toMatchObject({ outcome: 'retry', detail: /stopping/ });
    expect(hook.heard).toHaveLength(1);
  });

  test('who answers without a certificate to an https address is not trusted', async () => {
    await using hook = await receiver((response) => response.end());
    const outcome = await publisher().publish(entry, destination(`https://127.0.0.1:${hook.port}/`), signal());
    expect(outcome).toMatchObject({ outcome: 'retry' });
    expect(hook.heard).toEqual([]);
  });

  test('settings that are none disable the destination instead of being tried for ever', async () => {
    const at = { ...destination(''), settings: {} };
    expect(await publisher().publish(entry, at, signal())).toMatchObject({ outcome: 'refused', disable: true });
    const bad = { ...destination('https://example.com/'), settings: { url: 'https://example.com/', secret: 'short' } };
    expect(await publisher().publish(entry, bad, signal())).toMatchObject({ outcome: 'refused', disable: true });
  });
});

describe('a name that leads inside', () => {
  const public4 = { address: '93.184.215.14', family: 4 };
  const inside = ['127.0.0.1', '169.254.169.254', '10.1.2.3', '::1', '::ffff:127.0.0.1', 'fd00::1', '0.0.0.0'].map(
    (address) => ({ address, family: address.includes(':') ? 6 : 4 }),
  );

  test.each(inside)('is never connected to: $address', async (address) => {
    await using hook = await receiver((response) => response.end());
    for (const answer of [[address], [public4, address]]) {
      const outcome = await publisher(async () => answer).publish(
        entry,
        destination(`https://rebound.example:${hook.port}/`),
        signal(),
      );
      expect(outcome).toMatchObject({ outcome: 'refused', disable: true, detail: /not allowed/ });
    }
    expect(hook.heard).toEqual([]);
  });

  test('is connected to where it led when it was vetted, whatever it says a moment later', async () => {
    // localhost stands for a stranger's name here: what counts is that the second answer is never asked for.
    await using hook = await receiver((response) => response.end());
    let asked = 0;
    const flips: Resolve = async () => {
      asked += 1;
      return [asked === 1 ? { address: '127.0.0.1', family: 4 } : { address: '10.0.0.1', family: 4 }];
    };
    const outcome = await publisher(flips).publish(entry, destination(`http://localhost:${hook.port}/`), signal());
    expect(outcome).toMatchObject({ outcome: 'sent' });
    expect(asked).toBe(1);
  });

  test('localhost that leads out of this machine is refused, and a name without address is tried again', async () => {
    const away = await publisher(async () => [public4]).publish(entry, destination('http://localhost:1/'), signal());
    expect(away).toMatchObject({ outcome: 'refused', detail: /not allowed/ });
    const none = await publisher(async () => []).publish(entry, destination('https://none.example/'), signal());
    expect(none).toMatchObject({ outcome: 'retry', detail: /no address/ });
  });
});

test.each([
  [undefined, undefined],
  ['nonsense', undefined],
  ['3', 3_000],
  [' 0.25 ', 250],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
  ['99999999', 86_400_000],
] as const)('Retry-After %j is %j ms', (header, ms) => {
  expect(retryAfterMs(header, Date.UTC(2026, 0, 1))).toBe(ms);
});
