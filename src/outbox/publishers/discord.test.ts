import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { Destination, OutboxEntry } from '../outbox.ts';
import { discordPublisher, discordTextLength } from './discord.ts';

const publisher = discordPublisher({ clock: systemClock, version: '1' });

async function channel(answer: (response: ServerResponse) => void) {
  const heard: { content: string; allowed_mentions: { parse: string[] } }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      heard.push(JSON.parse(body));
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // it listens on a port
  const to: Destination = {
    name: 'ops',
    publisher: 'discord',
    settings: { url: `http://127.0.0.1:${port}/` },
    createdAt: 0,
  };
  const post = (payload: object, destination = to) => {
    const entry: OutboxEntry = {
      id: 'out_1',
      destination: 'ops',
      kind: 'alert.fired',
      payload: JSON.stringify(payload),
      state: 'sending',
      attempt: 1,
      maxAttempts: 3,
      createdAt: 0,
    };
    return publisher.publish(entry, destination, new AbortController().signal);
  };
  return { heard, post, to };
}

test('a text is posted within the length of a message, and calls nobody', async () => {
  const { heard, post } = await channel((response) => response.writeHead(204).end());
  expect(await post({ content: `@everyone ${'x'.repeat(3_000)}` })).toMatchObject({ outcome: 'sent' });
  expect(heard[0]?.content).toHaveLength(discordTextLength);
  expect(heard[0]?.allowed_mentions).toEqual({ parse: [] });
  // A test of the destination brings no text.
  await post({});
  expect(heard[1]?.content).toContain('Waggle');
});

test('a budget that is spent holds the destination for as long as it was told', async () => {
  const spent = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': '1.5' };
  const { post } = await channel((response) => response.writeHead(204, spent).end());
  expect(await post({ content: 'hello' })).toEqual({ outcome: 'sent', detail: 'answered 204', holdMs: 1_500 });
});

test('too many requests are tried again after the time it says', async () => {
  const { post } = await channel((response) => response.writeHead(429, { 'retry-after': '2' }).end());
  expect(await post({ content: 'hello' })).toEqual({ outcome: 'retry', detail: 'answered 429', afterMs: 2_000 });
});

test('a channel that is gone, or an address that is none, is not asked again', async () => {
  const { post, to } = await channel((response) => response.writeHead(404).end());
  expect(await post({ content: 'hello' })).toMatchObject({ outcome: 'refused', disable: true });
  expect(await post({ content: 'hello' }, { ...to, settings: {} })).toMatchObject({
    outcome: 'refused',
    disable: true,
  });
});
