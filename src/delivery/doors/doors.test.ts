import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../clock.ts';
import { randomHex } from '../../ids.ts';
import { outboxSender } from '../../outbox/outbox-sender.ts';
import { webhookPublisher } from '../../outbox/publishers/webhook.ts';
import { webhookSecret } from '../../outbox/webhook-signature.ts';
import { startService } from '../../service.ts';
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts';
import { describeDoor, messageOf } from '../../testing/contracts/door-contract.ts';
import { StoreFixture } from '../../testing/contracts/store-fixture.ts';
import { eventually } from '../../testing/eventually.ts';
import { tempFolder } from '../../testing/temp-hub.ts';
import { framedMessages, wakeNotice } from '../wake-notice.ts';
import { hooksDoor } from './hooks.ts';
import { legacyInboxDoor } from './legacy-inbox.ts';
import { pullDoor } from './pull.ts';
import { webhookDoor } from './webhook.ts';

const newBoundary = () => randomHex(8);

describeDoor('webhook', async () => {
  const fixture = await StoreFixture.open((options) => openSqliteStore({ ...options, file: ':memory:' }));
  const { store } = fixture;
  const heard: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      heard.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  const settings = { url: `http://127.0.0.1:${port}/`, secret: webhookSecret(Buffer.alloc(32, 3)) };
  await store.outbox.putDestination({ name: 'agent-ada', publisher: 'webhook', settings });
  const publishers = [webhookPublisher({ clock: systemClock, version: 'test' })];
  const backoff = { minMs: 1, maxMs: 2 };
  const sender = startService(
    outboxSender({ store, clock: systemClock, random: () => 0, backoff, publishers }),
    () => {},
  );
  return {
    door: webhookDoor(store),
    settings: { destination: 'agent-ada' },
    async received() {
      await eventually(async () => expect(await store.outbox.list({ limit: 9, state: 'waiting' })).toEqual([]));
      await eventually(async () => expect(await store.outbox.list({ limit: 9, state: 'sending' })).toEqual([]));
      return heard;
    },
    takeAway: async () => void (await store.outbox.removeDestination('agent-ada')),
    async [Symbol.asyncDispose]() {
      await sender.stop();
      server.closeAllConnections();
      server.close();
      await fixture[Symbol.asyncDispose]();
    },
  };
});

describeDoor('legacy-inbox', async () => {
  const temp = tempFolder();
  const folder = join(temp.path, 'Agent-1', 'inbox');
  mkdirSync(folder, { recursive: true });
  return {
    door: legacyInboxDoor(newBoundary),
    settings: { folder },
    received: async () => readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')),
    takeAway: async () => rmSync(folder, { recursive: true }),
    [Symbol.asyncDispose]: async () => temp[Symbol.dispose](),
  };
});

const signal = () => new AbortController().signal;

test('a webhook is closed while its destination is disabled, or when none was named', async () => {
  await using fixture = await StoreFixture.open((options) => openSqliteStore({ ...options, file: ':memory:' }));
  const { outbox } = fixture.store;
  const door = webhookDoor(fixture.store);
  const look = (settings: Record<string, string>) => door.look({ agent: 'ada', settings }, 'append');
  expect(await look({})).toMatchObject({ open: false, reason: expect.stringContaining('does not exist') });
  await outbox.putDestination({ name: 'hook', publisher: 'webhook', settings: {} });
  expect(await look({ destination: 'hook' })).toEqual({ open: true });
  const { id } = await outbox.put({ destination: 'hook', kind: 'note', payload: '{}' });
  await outbox.claim(1);
  await outbox.settle({ id, attempt: 1 }, { end: 'dead', detail: 'answered 410', disable: 'answered 410' });
  expect(await look({ destination: 'hook' })).toEqual({
    open: false,
    reason: 'destination hook is disabled: answered 410',
  });
});

describe('the legacy inbox', () => {
  test('names its file by the message, so that two of one second are two, and says who wrote it', async () => {
    using temp = tempFolder();
    const door = legacyInboxDoor(newBoundary);
    const messages = [messageOf(1), messageOf(2)];
    const at = { agent: 'ada', settings: { folder: temp.path }, messages, urgency: 'next-turn' } as const;
    expect(await door.deliver(at, signal())).toEqual({ result: 'injected' });
    const names = readdirSync(temp.path).sort();
    expect(names).toEqual([
      'WAGGLE_MESSAGE_20260101_000000_00000000-0000-7000-8000-000000000001.md',
      'WAGGLE_MESSAGE_20260101_000000_00000000-0000-7000-8000-000000000002.md',
    ]);
    const text = readFileSync(join(temp.path, names[0] ?? ''), 'utf8');
    expect(text).toMatch(/^# Message from bob\n\n\*\*From\*\*: bob\n\*\*To\*\*: ada\n/);
    expect(text).toContain('text 1');
  });

  test('follows no link, takes no file for a folder, and says when it cannot write', async () => {
    using temp = tempFolder();
    const door = legacyInboxDoor(newBoundary);
    const look = (folder: string) => door.look({ agent: 'ada', settings: { folder } }, 'append');
    symlinkSync('/tmp', join(temp.path, 'link'));
    writeFileSync(join(temp.path, 'file'), '');
    expect(await look(join(temp.path, 'link'))).toMatchObject({ open: false });
    expect(await look(join(temp.path, 'file'))).toMatchObject({ open: false });
    expect(await look('relative')).toMatchObject({ open: false, reason: expect.stringContaining('absolute') });
    const at = { agent: 'ada', messages: [messageOf(1)], urgency: 'append' } as const;
    const gone = await door.deliver({ ...at, settings: { folder: join(temp.path, 'gone') } }, signal());
    expect(gone).toMatchObject({ result: 'refused', reason: expect.stringContaining('cannot be written') });
    expect(existsSync(join(temp.path, 'gone'))).toBe(false);
  });
});

describe('doors the agent comes to by itself', () => {
  test('the inbox is always open, and nothing is done', async () => {
    expect(await pullDoor.look({ agent: 'ada', settings: {} }, 'append')).toEqual({ open: true });
    const at = { agent: 'ada', settings: {}, messages: [messageOf(1)], urgency: 'append' } as const;
    expect(await pullDoor.deliver(at, signal())).toMatchObject({ result: 'refused' });
  });

  test.each([
    [[], 'interrupt', false],
    [[{ isIdle: false, waits: false }], 'next-turn', true],
    [[{ isIdle: true, waits: true }], 'next-turn', false],
    [[{ isIdle: true, waits: true }], 'interrupt', true],
    [[{ isIdle: true, waits: false }], 'interrupt', false],
  ] as const)('hooks with sessions %o and %s: open is %s', async (sessions, urgency, isOpen) => {
    const door = hooksDoor(async () => sessions);
    expect(await door.look({ agent: 'ada', settings: {} }, urgency)).toMatchObject({ open: isOpen });
    const at = { agent: 'ada', settings: {}, messages: [messageOf(1)], urgency } as const;
    expect(await door.deliver(at, signal())).toMatchObject({ result: 'refused' });
  });
});

describe('what is said', () => {
  test('a notice names how many and from whom, and nothing a peer chose', () => {
    const messages = Array.from({ length: 7 }, (_, n) => ({ ...messageOf(n + 1), from: `agent-${n}`, body: 'SECRET' }));
    const text = wakeNotice('ada', [{ ...messageOf(9), priority: 'urgent' }, ...messages]);
    expect(text).toMatch(/^Waggle: 8 messages wait for you \(1 urgent\), from bob, agent-0, .* and 3 more\./);
    expect(text).not.toContain('SECRET');
    expect(wakeNotice('ada', [messageOf(1)])).toContain('1 message waits for you, from bob.');
  });

  test('a long text is cut and says where the rest is; each frame has a boundary of its own', () => {
    const long = { ...messageOf(1), body: 'x'.repeat(10_000), subject: 'about' };
    const text = framedMessages([long, messageOf(2)], newBoundary);
    expect(text).toContain(`all of it: waggle message ${long.id}`);
    expect(text).toContain('Subject: about');
    expect(new Set([...text.matchAll(/<data-([0-9a-f]+)>/g)].map(([, boundary]) => boundary)).size).toBe(2);
  });
});
