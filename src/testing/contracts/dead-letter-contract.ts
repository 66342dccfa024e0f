import { describe, expect, test } from 'vitest';
import { leaseMs, type OpenStore, refusal, requestOf, StoreFixture } from './store-fixture.ts';

export function deadLetterContract(open: OpenStore): void {
  describe('dead letters (G10)', () => {
    test('tell how every attempt ended, oldest first', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send({ maxAttempts: 3 });
      await fixture.messages.nack(await fixture.leaseOne(), { delayMs: 0, reason: 'disk full' });
      await fixture.leaseOne();
      fixture.clock.advance(leaseMs);
      await fixture.messages.nack(await fixture.leaseOne(), { reason: 'still full' });
      const letters = await fixture.messages.dead({ limit: 10 });
      expect(letters).toHaveLength(1);
      expect(letters[0]?.message).toEqual(await fixture.get(id));
      expect(letters[0]?.message).toMatchObject({ state: 'dead', attempt: 3 });
      expect(letters[0]?.errors).toMatchObject([
        { attempt: 1, reason: 'disk full' },
        { attempt: 2, reason: 'lease expired' },
        { attempt: 3, reason: 'still full' },
      ]);
    });

    test('a handler that says it is pointless ends it at the first attempt', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ maxAttempts: 5 });
      const outcome = { reason: 'unknown command', terminal: true, delayMs: 10 };
      expect(await fixture.messages.nack(await fixture.leaseOne(), outcome)).toMatchObject({ state: 'dead' });
      expect(await fixture.messages.dead({ limit: 10 })).toMatchObject([
        { errors: [{ attempt: 1, reason: 'unknown command' }] },
      ]);
    });

    test('a poison message does not hold up the others', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ body: 'poison', maxAttempts: 1 });
      await fixture.leaseOne();
      await fixture.sendAll(['a', 'b']);
      expect(await fixture.leaseBodies()).toEqual(['a', 'b']);
    });

    test('are listed oldest first, page by page, by inbox or all', async () => {
      await using fixture = await StoreFixture.open(open);
      const ids: string[] = [];
      for (const inbox of ['ada', 'cy', 'ada', 'ada']) ids.push(await fixture.sendDead({ inboxes: [inbox] }));
      const listed = async (page: { limit: number; after?: string; inbox?: string }) =>
        (await fixture.messages.dead(page)).map(({ message }) => message.id);
      expect(await listed({ limit: 10 })).toEqual(ids);
      const first = await listed({ limit: 3 });
      expect(first).toEqual(ids.slice(0, 3));
      expect(await listed({ limit: 3, after: first[2] ?? '' })).toEqual(ids.slice(3));
      expect(await listed({ limit: 10, inbox: 'cy' })).toEqual([ids[1]]);
      expect(await listed({ limit: 10, inbox: 'ada', after: ids[0] ?? '' })).toEqual(ids.slice(2));
    });

    test('entered by a recovery have no attempts to tell of', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ state: 'dead' });
      expect(await fixture.messages.dead({ limit: 10 })).toMatchObject([{ errors: [] }]);
    });
  });

  describe('redriving', () => {
    test('puts a dead letter back under its id with attempts counted anew and a rising generation', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.sendDead();
      const { gen } = await fixture.get(id);
      expect(await fixture.messages.redrive({ ids: [id] })).toBe(1);
      const redriven = await fixture.get(id);
      expect(redriven).toMatchObject({ state: 'ready', attempt: 0, inboxSeq: 1 });
      expect(redriven.settledAt).toBeUndefined();
      const leased = await fixture.leaseOne();
      expect(leased).toMatchObject({ id, attempt: 1 });
      expect(leased.gen).toBeGreaterThan(gen);
      expect(await fixture.messages.dead({ limit: 10 })).toEqual([]);
    });

    test('takes all of one inbox and leaves the others alone', async () => {
      await using fixture = await StoreFixture.open(open);
      for (const inbox of ['ada', 'cy', 'ada']) await fixture.sendDead({ inboxes: [inbox] });
      expect(await fixture.messages.redrive({ inbox: 'ada' })).toBe(2);
      expect(await fixture.messages.redrive({ inbox: 'ada' })).toBe(0);
      expect(await fixture.messages.stats()).toMatchObject({ ready: 2, dead: 1 });
    });

    test.each(['redrive', 'purgeDead'] as const)(
      '%s refuses the whole selection when one is not dead',
      async (operation) => {
        await using fixture = await StoreFixture.open(open);
        const dead = await fixture.sendDead();
        const open_ = await fixture.send();
        await refusal(fixture.messages[operation]({ ids: [dead, open_] }), 'illegal_transition');
        await refusal(fixture.messages[operation]({ ids: [dead, 'msg_unknown'] }), 'not_found');
        expect(await fixture.stateOf(dead)).toBe('dead');
      },
    );
  });

  describe('purging', () => {
    test('deletes dead letters and keeps counting them (G9)', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.sendDead();
      await fixture.sendDead();
      await fixture.sendDead({ inboxes: ['cy'] });
      expect(await fixture.messages.purgeDead({ ids: [id] })).toBe(1);
      expect(await fixture.messages.get(id)).toBeUndefined();
      await refusal(fixture.messages.history(id), 'not_found');
      expect(await fixture.messages.purgeDead({ inbox: 'ada' })).toBe(1);
      expect(await fixture.messages.inboxStats('ada')).toMatchObject({ accepted: 2, pruned: 2, dead: 0 });
      expect(await fixture.messages.stats()).toMatchObject({ accepted: 3, pruned: 2, dead: 1 });
      expect(await fixture.messages.verify()).toMatchObject({ checked: 1, problems: [] });
    });

    test('leaves no hole in the numbering of what comes after', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.messages.purgeDead({ ids: [await fixture.sendDead()] });
      await fixture.send();
      expect((await fixture.leaseOne()).inboxSeq).toBe(2);
    });

    test('a purged message is no longer found by words or by thread', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.sendDead({ body: 'forgettable', threadId: 'past' });
      await fixture.messages.indexNext(100);
      await fixture.messages.purgeDead({ ids: [id] });
      expect(await fixture.messages.search('forgettable', { limit: 10 })).toEqual([]);
      expect(await fixture.messages.thread('past', { limit: 10 })).toEqual([]);
    });

    test('the key of a purged message is known for its time, and answers the first id (G3)', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { idempotencyMs: 10_000 } });
      const keyed = { idempotencyKey: 'deploy-7', contentHash: 'h1', maxAttempts: 1 };
      const id = await fixture.sendDead(keyed);
      fixture.clock.advance(4_000);
      await fixture.messages.purgeDead({ ids: [id] });
      expect(await fixture.accept(keyed)).toEqual({ ids: [id], state: 'dead', duplicate: true });
      await refusal(fixture.accept({ ...keyed, contentHash: 'h2' }), 'idempotency_conflict');
      expect(await fixture.accept({ ...keyed, from: 'cy' })).toMatchObject({ duplicate: false });
      // Its time runs from the end of the message, not from the purge, and to the very millisecond.
      fixture.clock.advance(6_000);
      expect(await fixture.accept(keyed)).toMatchObject({ ids: [id], duplicate: true });
      fixture.clock.advance(1);
      const anew = await fixture.accept({ ...keyed, contentHash: 'h2' });
      expect(anew.duplicate).toBe(false);
      expect(await fixture.accept({ ...keyed, contentHash: 'h2' })).toMatchObject({ ids: anew.ids, duplicate: true });
    });

    test('a send to several answers all its ids when some of them were purged', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { idempotencyMs: 10_000 } });
      const keyed = { idempotencyKey: 'all-hands', contentHash: 'h', inboxes: ['ada', 'cy'], maxAttempts: 1 };
      const { ids } = await fixture.accept(keyed);
      await fixture.messages.nack(await fixture.leaseOne('ada'), {});
      await fixture.messages.purgeDead({ inbox: 'ada' });
      expect(await fixture.accept(keyed)).toEqual({ ids, state: 'dead', duplicate: true });
      fixture.clock.advance(20_000);
      // The other is still open, so the key still stands for both.
      expect(await fixture.accept(keyed)).toMatchObject({ ids, duplicate: true });
    });

    test('a purged salvaged entry never comes back, however late its file is imported again', async () => {
      await using fixture = await StoreFixture.open(open);
      const entry = { idempotencyKey: 'recovered:1', contentHash: 'h', provenance: { source: 'recovered' } };
      const { ids } = await fixture.accept({ ...entry, state: 'dead' });
      await fixture.messages.purgeDead({ ids });
      fixture.clock.advance(30 * 86_400_000);
      for (const other of ['a', 'b', 'c']) {
        await fixture.sendDead({ idempotencyKey: other, contentHash: 'h' });
        await fixture.messages.purgeDead({ inbox: 'ada' });
      }
      expect(await fixture.accept(entry)).toMatchObject({ ids, duplicate: true });
    });

    test('a purge that is taken back leaves the key with its message', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { idempotencyMs: 10_000 } });
      const keyed = { idempotencyKey: 'deploy-7', contentHash: 'h1', maxAttempts: 1 };
      const id = await fixture.sendDead(keyed);
      const undone = fixture.store.transaction(async (tx) => {
        await tx.messages.purgeDead({ ids: [id] });
        expect(await tx.messages.accept([requestOf(keyed)])).toMatchObject([{ ids: [id], duplicate: true }]);
        throw new Error('changed my mind');
      });
      await expect(undone).rejects.toThrow('changed my mind');
      expect(await fixture.accept(keyed)).toEqual({ ids: [id], state: 'dead', duplicate: true });
      await fixture.messages.redrive({ ids: [id] });
      expect(await fixture.accept(keyed)).toEqual({ ids: [id], state: 'ready', duplicate: true });
    });
  });
}
