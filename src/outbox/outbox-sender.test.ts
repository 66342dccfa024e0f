import { describe, expect, test, vi } from 'vitest';
import { startService } from '../service.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { StoreFixture } from '../testing/contracts/store-fixture.ts';
import { eventually } from '../testing/eventually.ts';
import type { OutboxEntry } from './outbox.ts';
import { outboxSender } from './outbox-sender.ts';
import type { Published, Publisher } from './publisher.ts';

/** A store with one destination, and a sender whose publisher does what the test says. */
async function sending(publish: (entry: OutboxEntry, signal: AbortSignal) => Promise<Published>) {
  const fixture = await StoreFixture.open((options) => openSqliteStore({ ...options, file: ':memory:' }));
  const { store, clock } = fixture;
  await store.outbox.putDestination({ name: 'hook', publisher: 'fake', settings: {} });
  const tries: OutboxEntry[] = [];
  const publisher: Publisher = {
    name: 'fake',
    publish(entry, _destination, signal) {
      tries.push(entry);
      return publish(entry, signal);
    },
  };
  const failures: unknown[] = [];
  const start = () =>
    startService(
      outboxSender({
        store,
        clock,
        random: () => 0,
        backoff: { minMs: 1_000, maxMs: 60_000 },
        publishers: [publisher],
      }),
      (error) => failures.push(error),
    );
  return {
    store,
    clock,
    tries,
    failures,
    start,
    put: async (more: object = {}) =>
      (await store.outbox.put({ destination: 'hook', kind: 'note', payload: '{}', ...more })).id,
    /** Resolves when the entry is in this state. */
    reached: (id: string, state: string) =>
      eventually(async () => expect((await store.outbox.get(id))?.state).toBe(state)),
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

const sent: Published = { outcome: 'sent', detail: 'ok' };

describe('the sender', () => {
  test('sends what is queued as soon as it is committed, each once and in order', async () => {
    await using box = await sending(async () => sent);
    const service = box.start();
    const ids = [await box.put(), await box.put(), await box.put()];
    for (const id of ids) await box.reached(id, 'sent');
    expect(box.tries.map(({ id }) => id)).toEqual(ids);
    await service.stop();
    await service.stop();
    expect(box.failures).toEqual([]);
  });

  test('tries again after the backoff, and gives up with the reason', async () => {
    await using box = await sending(async () => ({ outcome: 'retry', detail: 'answered 503' }));
    const service = box.start();
    const id = await box.put({ maxAttempts: 2 });
    await eventually(async () =>
      expect(await box.store.outbox.get(id)).toMatchObject({ state: 'waiting', attempt: 1 }),
    );
    await eventually(() => expect(box.clock.pending).toBe(1));
    box.clock.advance(999);
    expect(box.tries).toHaveLength(1);
    box.clock.advance(1);
    await box.reached(id, 'dead');
    expect(await box.store.outbox.get(id)).toMatchObject({ attempt: 2, detail: 'answered 503' });
    await service.stop();
    expect(box.clock.pending).toBe(0);
  });

  test('leaves the whole destination alone for as long as it said', async () => {
    let answers = 0;
    await using box = await sending(async () => {
      answers += 1;
      return answers === 1 ? { outcome: 'retry', detail: 'answered 429', afterMs: 90_000 } : sent;
    });
    const service = box.start();
    const [first, second] = [await box.put(), await box.put()];
    await eventually(() => expect(box.clock.pending).toBe(1));
    box.clock.advance(89_999);
    expect(box.tries).toHaveLength(1);
    box.clock.advance(1);
    await box.reached(first, 'sent');
    await box.reached(second, 'sent');
    await service.stop();
  });

  test('what is refused for good is dead at once, and a place that takes nothing gets nothing more', async () => {
    await using box = await sending(async () => ({ outcome: 'refused', detail: 'answered 401', disable: true }));
    const service = box.start();
    const id = await box.put();
    await box.reached(id, 'dead');
    const later = await box.put();
    await service.stop();
    expect(box.tries).toHaveLength(1);
    expect((await box.store.outbox.get(later))?.state).toBe('waiting');
    expect((await box.store.outbox.destination('hook'))?.disabled).toBe('answered 401');
  });

  test('a publisher that breaks, or that nobody knows, loses nothing', async () => {
    await using box = await sending(async () => {
      throw new Error('a defect');
    });
    await box.store.outbox.putDestination({ name: 'other', publisher: 'pigeon', settings: {} });
    const service = box.start();
    const id = await box.put({ maxAttempts: 1 });
    const stray = await box.put({ destination: 'other' });
    await box.reached(id, 'dead');
    await box.reached(stray, 'dead');
    expect((await box.store.outbox.get(id))?.detail).toBe('a defect');
    expect((await box.store.outbox.get(stray))?.detail).toContain('nobody here carries to other');
    await service.stop();
  });

  test('a stop in the middle of a try gives it back, and the next sender makes it', async () => {
    const begun = Promise.withResolvers<void>();
    let stops = false;
    await using box = await sending(async (_entry, signal) => {
      if (stops) return sent;
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return { outcome: 'retry', detail: 'the hub is stopping' };
    });
    const service = box.start();
    const id = await box.put({ maxAttempts: 1 });
    await begun.promise;
    stops = true;
    await service.stop();
    expect(await box.store.outbox.get(id)).toMatchObject({ state: 'waiting' });
    const next = box.start();
    await box.reached(id, 'sent');
    await next.stop();
  });

  test('a try that a killed hub left behind is made again', async () => {
    await using box = await sending(async () => sent);
    const id = await box.put();
    await box.store.outbox.claim(1);
    const service = box.start();
    await box.reached(id, 'sent');
    expect(box.tries[0]?.attempt).toBe(2);
    await service.stop();
  });

  test('a store that failed is asked again after a while', async () => {
    await using box = await sending(async () => sent);
    const claim = vi.spyOn(box.store.outbox, 'claim').mockRejectedValueOnce(new Error('disk'));
    const id = await box.put();
    const service = box.start();
    await eventually(() => expect(box.clock.pending).toBe(1));
    expect(claim).toHaveBeenCalledOnce();
    box.clock.advance(1_000);
    await box.reached(id, 'sent');
    await service.stop();
  });

  test('rests where messages are all there is', async () => {
    await using fixture = await StoreFixture.open(async (options) => openMemoryStore(options));
    const { store, clock } = fixture;
    const failures: unknown[] = [];
    const service = outboxSender({ store, clock, random: () => 0, backoff: { minMs: 1, maxMs: 1 }, publishers: [] });
    await startService(service, (error) => failures.push(error)).stop();
    expect(failures).toEqual([]);
  });
});
