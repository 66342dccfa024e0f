import { expect, test } from 'vitest';
import { defaultBackoff } from '../backoff.ts';
import type { WaggleEvent } from '../events.ts';
import { defaultLimits } from '../message/limits.ts';
import { pruneAll } from '../message/retention.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { eventFeed } from './event-feed.ts';

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
  return { store, send, prune, read };
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
