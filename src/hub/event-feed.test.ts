import { expect, test } from 'vitest';
import { defaultBackoff } from '../backoff.ts';
import type { WaggleEvent } from '../events.ts';
import { defaultLimits } from '../message/limits.ts';
import { pruneAll } from '../message/retention.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { eventFeed, eventPages } from './event-feed.ts';

/** A store whose first message is gone, and a reader of its events. */
async function arrange() {
  const clock = new ManualClock();
  const store = openMemoryStore({ clock, random: () => 0.5, limits: defaultLimits, backoff: defaultBackoff });
  await store.agents.add({ id: 'ada', skills: [] });
  const send = async (state?: 'acked') => {
    const request = {
      inboxes: ['ada'],
      from: 'bob',
      body: 'x',
      bodyType: 'text',
      kind: 'text',
      priority: 'normal',
    } as const;
    await store.messages.accept([{ ...request, maxAttempts: 5, ...(state === undefined ? {} : { state }) }]);
    return store.events.last();
  };
  const prune = () => pruneAll(store, { states: ['acked'], settledForMs: 0 }, async () => {});
  /** What a reader is told until it has seen this sequence. */
  const read = async (
    after: number,
    until: number,
    onEvent: (event: WaggleEvent) => Promise<unknown> = async () => {},
  ) => {
    const stop = new AbortController();
    const seen: WaggleEvent[] = [];
    for await (const event of eventFeed({ store, clock }, after, stop.signal)) {
      seen.push(event);
      await onEvent(event);
      if (event.seq >= until) break;
    }
    stop.abort();
    return seen;
  };
  return { store, clock, send, prune, read };
}

test('a reader whose place was pruned is told first, then gets what is left', async () => {
  const { send, prune, read } = await arrange();
  const gone = await send('acked');
  const kept = await send();
  await prune();
  expect(await read(gone - 1, kept)).toMatchObject([
    { seq: gone - 1, type: 'events.pruned', data: { after: gone - 1, firstAvailable: gone + 1 } },
    { seq: kept, type: 'message.accepted' },
  ]);
});

test('a reader past what was pruned is told nothing of it', async () => {
  const { send, prune, read } = await arrange();
  const gone = await send('acked');
  const kept = await send();
  await prune();
  expect((await read(gone, kept)).map(({ type }) => type)).toEqual(['message.accepted']);
});

test('a slow reader whose next events go while it reads is told as well', async () => {
  const { store, send, prune, read } = await arrange();
  const start = await store.events.last();
  const first = await send();
  const seen = await read(start, first + 3, async ({ seq }) => {
    if (seq !== first) return;
    await send('acked');
    await prune();
    await send();
  });
  expect(seen.map(({ type }) => type)).toEqual([
    'message.accepted',
    'events.pruned',
    'message.pruned',
    'message.accepted',
  ]);
});

test('a reader that waits for its turn gets all that came meanwhile in one page, and misses nothing', async () => {
  const { store, clock, send } = await arrange();
  const start = await store.events.last();
  await send();
  let next = () => {};
  let waits = 0;
  const wait = () => {
    waits += 1;
    return new Promise<void>((resolve) => (next = resolve));
  };
  const stop = new AbortController();
  const pages = eventPages({ store, clock }, start, stop.signal, wait);
  expect((await pages.next()).value).toHaveLength(1);
  const second = pages.next();
  for (let n = 0; n < 7; n += 1) await send();
  expect(waits).toBe(1);
  next();
  expect((await second).value).toHaveLength(7);
  stop.abort();
  const end = pages.next();
  next();
  expect((await end).done).toBe(true);
});

test('readers that look together share what is read; after a commit it is read anew', async () => {
  const { store, clock, send } = await arrange();
  const start = await store.events.last();
  await send();
  const stop = new AbortController();
  const readers = [eventPages({ store, clock }, start, stop.signal), eventPages({ store, clock }, start, stop.signal)];
  const [one, other] = await Promise.all(readers.map((reader) => reader.next()));
  expect(one?.value).toBe(other?.value);
  await send();
  const third = await eventPages({ store, clock }, start, stop.signal).next();
  expect(third.value).toHaveLength(2);
  stop.abort();
});
