import { describe, expect, test } from 'vitest';
import { keptSettled, mostWaiting } from '../../outbox/outbox.ts';
import { type OpenStore, refusal, StoreFixture } from './store-fixture.ts';

const settings = { url: 'https://example.com/hook', secret: 'whsec_x' };

/** What every store that has an outbox promises (guarantee G21). */
export function outboxContract(open: OpenStore): void {
  describe('the outbox', () => {
    const withDestinations = async (...names: string[]) => {
      const fixture = await StoreFixture.open(open);
      for (const name of names) await fixture.store.outbox.putDestination({ name, publisher: 'webhook', settings });
      return fixture;
    };
    const entry = (destination = 'hook', more: object = {}) => ({
      destination,
      kind: 'note',
      payload: '{"n":1}',
      ...more,
    });

    test('an entry is there with the change that wrote it, or not at all', async () => {
      await using fixture = await withDestinations('hook');
      const { store } = fixture;
      const undone = store.transaction(async (tx) => {
        await tx.outbox.put(entry());
        throw new Error('changed my mind');
      });
      await expect(undone).rejects.toThrow('changed my mind');
      expect(await store.outbox.list({ limit: 10 })).toEqual([]);
      expect((await store.outbox.claim(10)).entries).toEqual([]);
      const { id } = await store.transaction((tx) => tx.outbox.put(entry()));
      expect(id).toMatch(/^out_/);
      expect(await store.outbox.get(id)).toMatchObject({ state: 'waiting', attempt: 0, payload: '{"n":1}' });
    });

    test('a destination has one entry under way at a time, the oldest first; others do not wait for it', async () => {
      await using fixture = await withDestinations('hook', 'other');
      const { outbox } = fixture.store;
      const first = await outbox.put(entry());
      fixture.clock.advance(1);
      const second = await outbox.put(entry());
      const beside = await outbox.put(entry('other'));
      const claimed = (await outbox.claim(10)).entries;
      expect(claimed.map(({ id }) => id)).toEqual([first.id, beside.id]);
      expect((await outbox.claim(10)).entries).toEqual([]);
      expect(await outbox.settle({ id: first.id, attempt: 1 }, { end: 'sent', detail: 'answered 200' })).toBe(true);
      expect((await outbox.claim(10)).entries.map(({ id }) => id)).toEqual([second.id]);
      expect(await outbox.get(first.id)).toMatchObject({ state: 'sent', attempt: 1, detail: 'answered 200' });
    });

    test('a try that was given up cannot settle the next one', async () => {
      await using fixture = await withDestinations('hook');
      const { outbox } = fixture.store;
      const { id } = await outbox.put(entry());
      await outbox.claim(1);
      expect(await outbox.reclaim()).toBe(1);
      expect((await outbox.claim(1)).entries[0]).toMatchObject({ id, attempt: 2 });
      expect(await outbox.settle({ id, attempt: 1 }, { end: 'sent', detail: 'late' })).toBe(false);
      expect(await outbox.get(id)).toMatchObject({ state: 'sending', attempt: 2 });
      expect(await outbox.settle({ id, attempt: 2 }, { end: 'sent', detail: 'ok' })).toBe(true);
      expect(await outbox.settle({ id, attempt: 2 }, { end: 'sent', detail: 'again' })).toBe(false);
    });

    test('a refused entry comes back after its delay, not before, and says when that is', async () => {
      await using fixture = await withDestinations('hook');
      const { outbox } = fixture.store;
      const { id } = await outbox.put(entry());
      await outbox.claim(1);
      await outbox.settle({ id, attempt: 1 }, { end: 'retry', detail: 'answered 503', delayMs: 5_000 });
      expect(await outbox.claim(1)).toEqual({ entries: [], nextDueInMs: 5_000 });
      expect(await outbox.get(id)).toMatchObject({ detail: 'answered 503', nextAt: fixture.clock.now() + 5_000 });
      fixture.clock.advance(4_999);
      expect(await outbox.claim(1)).toEqual({ entries: [], nextDueInMs: 1 });
      fixture.clock.jump(48 * 3_600_000); // a step of the wall clock brings nothing forward
      expect((await outbox.claim(1)).entries).toEqual([]);
      fixture.clock.advance(1);
      expect((await outbox.claim(1)).entries).toHaveLength(1);
    });

    test('a destination that asked for time is left alone, its other entries too', async () => {
      await using fixture = await withDestinations('hook', 'other');
      const { outbox } = fixture.store;
      const { id } = await outbox.put(entry());
      await outbox.put(entry());
      await outbox.put(entry('other'));
      await outbox.claim(1);
      await outbox.settle({ id, attempt: 1 }, { end: 'retry', detail: '429', delayMs: 100, holdMs: 60_000 });
      fixture.clock.advance(59_999);
      expect((await outbox.claim(9)).entries.map(({ destination }) => destination)).toEqual(['other']);
      expect((await outbox.destination('hook'))?.heldUntil).toBe(fixture.clock.now() + 1);
      fixture.clock.advance(1);
      expect((await outbox.claim(9)).entries).toHaveLength(1);
    });

    test('a disabled destination gets nothing until it is redriven; what is dead waits again, counted anew', async () => {
      await using fixture = await withDestinations('hook');
      const { outbox } = fixture.store;
      const { id } = await outbox.put(entry());
      const waiting = await outbox.put(entry());
      await outbox.claim(1);
      await outbox.settle({ id, attempt: 1 }, { end: 'dead', detail: 'answered 401', disable: 'answered 401' });
      expect(await outbox.claim(9)).toEqual({ entries: [], nextDueInMs: undefined });
      expect((await outbox.destinations())[0]).toMatchObject({ name: 'hook', disabled: 'answered 401' });
      await refusal(outbox.redrive({ ids: [id, waiting.id] }), 'not_found');
      expect((await outbox.get(id))?.state).toBe('dead');
      expect(await outbox.redrive({ ids: [id] })).toBe(1);
      expect(await outbox.destination('hook')).not.toHaveProperty('disabled');
      expect(await outbox.get(id)).toMatchObject({ state: 'waiting', attempt: 0 });
      expect(await outbox.redrive({ destination: 'hook' })).toBe(0);
      await refusal(outbox.redrive({ destination: 'nowhere' }), 'not_found');
    });

    test('a key makes one entry of two', async () => {
      await using fixture = await withDestinations('hook', 'other');
      const { outbox } = fixture.store;
      const first = await outbox.put(entry('hook', { key: 'day-1' }));
      expect(await outbox.put(entry('hook', { key: 'day-1', payload: '{}' }))).toEqual({
        id: first.id,
        duplicate: true,
      });
      expect((await outbox.put(entry('other', { key: 'day-1' }))).duplicate).toBe(false);
    });

    test('what goes to nobody is refused, and a removed destination buries what waits for it', async () => {
      await using fixture = await withDestinations('hook');
      const { outbox } = fixture.store;
      await refusal(outbox.put(entry('nowhere')), 'not_found');
      const under = await outbox.put(entry());
      await outbox.put(entry());
      await outbox.claim(1);
      expect(await outbox.removeDestination('hook')).toEqual({ buried: 2 });
      await refusal(outbox.removeDestination('hook'), 'not_found');
      expect(await outbox.settle({ id: under.id, attempt: 1 }, { end: 'sent', detail: 'too late' })).toBe(false);
      expect((await outbox.list({ limit: 9, state: 'dead' })).map(({ detail }) => detail)).toEqual([
        'destination hook was removed',
        'destination hook was removed',
      ]);
      await refusal(outbox.redrive({ ids: [under.id] }), 'not_found');
    });

    test('an outbox nobody empties has an end, and what is over is kept for a while only', async () => {
      await using fixture = await withDestinations('hook');
      const { store } = fixture;
      await store.transaction(async (tx) => {
        for (let n = 0; n < mostWaiting; n += 1) await tx.outbox.put(entry());
      });
      const { id } = await store.outbox.put(entry());
      expect(await store.outbox.get(id)).toMatchObject({ state: 'dead', detail: expect.stringContaining('wait') });
      await store.transaction(async (tx) => {
        for (let n = 0; n <= keptSettled; n += 1) {
          const [claimed] = (await tx.outbox.claim(1)).entries;
          if (claimed !== undefined) await tx.outbox.settle(claimed, { end: 'sent', detail: 'ok' });
        }
      });
      expect(await store.outbox.list({ limit: 9_999, state: 'sent' })).toHaveLength(keptSettled);
      const page = await store.outbox.list({ limit: 2, destination: 'hook' });
      expect(page.map((listed) => listed.id)[0]).toBe(id);
      expect((await store.outbox.list({ limit: 1, after: page[0]?.id ?? '' }))[0]?.id).toBe(page[1]?.id);
    });

    test('every step is an event that names no address and no key', async () => {
      await using fixture = await withDestinations('hook');
      const { store } = fixture;
      const told: string[] = [];
      store.onCommit((commit) => told.push([...commit.told].join(' ')));
      const { id } = await store.outbox.put(entry());
      await store.outbox.claim(1);
      await store.outbox.settle({ id, attempt: 1 }, { end: 'retry', detail: 'down', delayMs: 0 });
      await store.outbox.claim(1);
      await store.outbox.settle({ id, attempt: 2 }, { end: 'dead', detail: 'no', disable: 'gone' });
      await store.outbox.redrive({ ids: [id] });
      const events = (await store.events.read(0, 100)).filter(({ type }) => type.startsWith('outbox.'));
      expect(events.map(({ type }) => type)).toEqual([
        'outbox.destination',
        'outbox.queued',
        'outbox.failed',
        'outbox.dead',
        'outbox.destination',
        'outbox.redriven',
        'outbox.destination',
      ]);
      expect(told).toEqual([
        'outbox.queued',
        'outbox.failed',
        'outbox.dead outbox.destination',
        'outbox.redriven outbox.destination',
      ]);
      expect(JSON.stringify(events)).not.toMatch(/example\.com|whsec/);
    });
  });
}
