import { describe, expect, test } from 'vitest';
import { leaseMs, type OpenStore, refusal, StoreFixture } from './store-fixture.ts';

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
  });
}
