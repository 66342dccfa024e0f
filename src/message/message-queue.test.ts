import { describe, expect, test, vi } from 'vitest';
import { defaultBackoff } from '../backoff.ts';
import { startService } from '../service.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import type { Store } from '../store/store.ts';
import { eventually } from '../testing/eventually.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { dueKeeper } from './due-keeper.ts';
import { fullTextIndexer } from './full-text-indexer.ts';
import { InboxWaiters } from './inbox-waiters.ts';
import { defaultLimits } from './limits.ts';
import { MessageQueue } from './message-queue.ts';
import { parseRecipient, resolveRecipient } from './recipients.ts';
import { SenderBudget } from './sender-budget.ts';

async function queueWith(...agents: string[]) {
  const clock = new ManualClock();
  const store = openMemoryStore({ clock, random: () => 0.5, limits: defaultLimits, backoff: defaultBackoff });
  for (const id of agents) await store.agents.add({ id, skills: [] });
  return { clock, store, queue: new MessageQueue(store, defaultLimits, clock) };
}

const text = { from: 'ada', body: 'x', bodyType: 'text' } as const;

describe('recipients', () => {
  const agents = [
    { id: 'ada', role: 'captain', skills: ['ts'], createdAt: 0 },
    { id: 'bob', role: 'tester', skills: ['ts', 'sql'], createdAt: 0 },
  ];

  test('names, roles, skills and all are told apart', () => {
    expect(parseRecipient('bob')).toEqual({ kind: 'agent', id: 'bob' });
    expect(parseRecipient('role:tester')).toEqual({ kind: 'role', role: 'tester' });
    expect(parseRecipient('skill:sql')).toEqual({ kind: 'skill', skill: 'sql' });
    expect(parseRecipient('all')).toEqual({ kind: 'all' });
  });

  test('a group is everybody it names but the sender; nobody is an error', () => {
    const resolve = (to: string, sender = 'operator') => resolveRecipient(parseRecipient(to), sender, agents);
    expect(resolve('all')).toEqual(['ada', 'bob']);
    expect(resolve('all', 'ada')).toEqual(['bob']);
    expect(resolve('skill:ts', 'bob')).toEqual(['ada']);
    expect(resolve('role:tester')).toEqual(['bob']);
    expect(resolve('ada')).toEqual(['ada']);
    for (const to of ['role:nobody', 'skill:none', 'eve']) expect(() => resolve(to)).toThrow(to);
    expect(() => resolveRecipient({ kind: 'all' }, 'ada', agents.slice(0, 1))).toThrow('all');
  });
});

describe('a sender’s budget', () => {
  test('refuses what is over, says when to come back, and refills', () => {
    const clock = new ManualClock();
    const budget = new SenderBudget({ senderPerSecond: 10, senderBurst: 20 }, clock);
    budget.spend('ada', 20);
    expect(() => budget.spend('ada', 1)).toThrow(/retry in 100 ms/);
    budget.spend('bob', 1);
    clock.advance(100);
    budget.spend('ada', 1);
    expect(() => budget.spend('ada', 1)).toThrow(/rate_limited|over 10/);
  });

  test('a batch larger than the burst passes when the bucket is full, and leaves a debt', () => {
    const clock = new ManualClock();
    const budget = new SenderBudget({ senderPerSecond: 10, senderBurst: 20 }, clock);
    budget.spend('ada', 50);
    clock.advance(2_900);
    expect(() => budget.spend('ada', 1)).toThrow();
    clock.advance(300);
    budget.spend('ada', 1);
  });
});

describe('waiting', () => {
  test('as many are woken as there are messages, first come first', async () => {
    const waiters = new InboxWaiters(new ManualClock());
    const woken: number[] = [];
    const waits = [1, 2, 3].map((n) => waiters.wait('ada', 1_000).then((yes) => yes && woken.push(n)));
    waiters.wake(
      new Map([
        ['ada', 2],
        ['nobody', 1],
      ]),
    );
    await Promise.all(waits.slice(0, 2));
    expect(woken).toEqual([1, 2]);
    expect(waiters.size).toBe(1);
    waiters.releaseAll();
    await waits[2];
    expect(waiters.size).toBe(0);
  });

  test('time and the caller’s signal end a wait', async () => {
    const clock = new ManualClock();
    const waiters = new InboxWaiters(clock);
    const timed = waiters.wait('ada', 100);
    clock.advance(100);
    expect(await timed).toBe(false);
    expect(await waiters.wait('ada', 100, AbortSignal.abort())).toBe(false);
    expect(await waiters.wait('ada', 0)).toBe(false);
  });
});

describe('the queue', () => {
  test('a group send is one commit for all of them, or none', async () => {
    const { store, queue } = await queueWith('ada', 'bob', 'cy');
    let commits = 0;
    store.onCommit(() => {
      commits += 1;
    });
    const [receipt] = await queue.send([{ to: 'all', ...text }]);
    expect([receipt?.ids.length, commits]).toEqual([2, 1]);
    await expect(
      queue.send([
        { to: 'all', ...text },
        { to: 'eve', ...text },
      ]),
    ).rejects.toMatchObject({ code: 'not_found' });
    expect((await store.messages.stats()).accepted).toBe(2);
  });

  test('a key covers what the receiver would see', async () => {
    const { queue } = await queueWith('bob');
    const send = (more: object) => queue.send([{ to: 'bob', ...text, idempotencyKey: 'k', ...more }]);
    await send({});
    expect((await send({}))[0]?.duplicate).toBe(true);
    for (const more of [{ subject: 's' }, { body: 'y' }, { kind: 'gas' }, { priority: 'high' }]) {
      await expect(send(more)).rejects.toMatchObject({ code: 'idempotency_conflict' });
    }
  });

  test('a waiting lease is over when its time is', async () => {
    const { clock, queue } = await queueWith('bob');
    const waiting = queue.lease({ inbox: 'bob', limit: 1, leaseMs: 1_000, waitMs: 500 });
    await Promise.resolve();
    clock.advance(500);
    expect(await waiting).toEqual([]);
  });
});

test('a wake-up for a consumer that leaves at that moment goes to the next in line', async () => {
  const { store, queue } = await queueWith('bob');
  const leaves = new AbortController();
  const waiting = { inbox: 'bob', limit: 1, leaseMs: 1_000, waitMs: 60_000 };
  const first = queue.lease({ ...waiting, signal: leaves.signal });
  const second = queue.lease(waiting);
  await eventually(() => expect(queue.waiting).toBe(2));
  // Both have looked in vain by the time the store answers this.
  await store.messages.stats();
  // Told after the queue, which has woken the first by then.
  store.onCommit(() => leaves.abort());
  await queue.send([{ to: 'bob', ...text }]);
  expect(await first).toEqual([]);
  expect(await second).toHaveLength(1);
});

describe('the loops', () => {
  const running = async (store: Store, service: (typeof loops)[keyof typeof loops], clock: ManualClock) => {
    const failures: unknown[] = [];
    const loop = startService(service(store, clock), (error) => failures.push(error));
    // Its first look happens now, before the test moves time.
    await Promise.resolve();
    clock.advance(0);
    await new Promise((resolve) => setImmediate(resolve));
    return { stop: () => loop.stop(), failures };
  };
  const loops = { dueKeeper, fullTextIndexer };

  test('a delayed message becomes deliverable on time though nobody asks', async () => {
    const { clock, store, queue } = await queueWith('bob');
    const loop = await running(store, dueKeeper, clock);
    const waiting = queue.lease({ inbox: 'bob', limit: 1, leaseMs: 1_000, waitMs: 60_000 });
    await queue.send([{ to: 'bob', ...text, delayMs: 5_000 }]);
    clock.advance(5_000);
    expect(await waiting).toHaveLength(1);
    // Its lease runs out as well, and the next one waiting gets it.
    const again = queue.lease({ inbox: 'bob', limit: 1, leaseMs: 1_000, waitMs: 60_000 });
    await store.messages.stats();
    clock.advance(1_000);
    expect((await again)[0]?.attempt).toBe(2);
    await loop.stop();
    expect(loop.failures).toEqual([]);
  });

  test('the indexer follows the mail and rests when there is none', async () => {
    const { clock, store, queue } = await queueWith('bob');
    const loop = await running(store, fullTextIndexer, clock);
    const turn = async () => {
      clock.advance(250);
      await new Promise((resolve) => setImmediate(resolve));
    };
    await turn();
    await queue.send([{ to: 'bob', ...text }]);
    const indexed = vi.spyOn(store.messages, 'indexNext');
    await turn();
    expect(indexed).toHaveBeenCalledTimes(1);
    await turn();
    await turn();
    // One more turn found nothing to do; after that it waits for the next commit.
    expect(indexed.mock.calls.length).toBeLessThanOrEqual(2);
    await loop.stop();
  });
});
