import { describe, expect, test } from 'vitest';
import { decodeMessageId, encodeMessageId } from '../../ids.ts';
import { type OpenStore, refusal, requestOf, StoreFixture } from './store-fixture.ts';

export function acceptContract(open: OpenStore): void {
  describe('accepting', () => {
    test('keeps every field of a message as it was sent', async () => {
      await using fixture = await StoreFixture.open(open);
      const parent = await fixture.send();
      const id = await fixture.send({
        via: 'operator',
        subject: 'Ünïcode subject',
        body: '{"a": 1,  "b":"\\u0000"}',
        bodyType: 'json',
        kind: 'gas',
        priority: 'high',
        threadId: 'launch',
        replyTo: parent,
        orderingKey: 'file:a.ts',
        idempotencyKey: 'once',
        contentHash: 'h1',
        maxAttempts: 7,
        ackByAt: fixture.clock.now() + 60_000,
        ttlMs: 90_000,
        provenance: { file: 'queue.json', offset: 12 },
      });
      expect(await fixture.get(id)).toEqual({
        id,
        state: 'ready',
        inbox: 'ada',
        inboxSeq: 2,
        from: 'bob',
        via: 'operator',
        subject: 'Ünïcode subject',
        body: '{"a": 1,  "b":"\\u0000"}',
        bodyType: 'json',
        kind: 'gas',
        priority: 'high',
        threadId: 'launch',
        replyTo: parent,
        orderingKey: 'file:a.ts',
        idempotencyKey: 'once',
        attempt: 0,
        maxAttempts: 7,
        createdAt: fixture.clock.now(),
        readyAt: fixture.clock.now(),
        expiresAt: fixture.clock.now() + 90_000,
        ackByAt: fixture.clock.now() + 60_000,
        gen: 0,
        provenance: { file: 'queue.json', offset: 12 },
      });
    });

    test.each([
      ['an empty body', ''],
      ['line ends, tabs and control characters', 'a\r\nb\tc\u0000d\u001b[201~'],
      ['text outside the basic plane', '🐝 bees 𝒜 é e\u0301'],
      ['SQL and quotes', `'; DROP TABLE messages; -- "x"`],
    ])('gives back %s unchanged', async (_, body) => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ body, subject: body });
      const leased = await fixture.leaseOne();
      expect([leased.body, leased.subject]).toEqual([body, body]);
    });

    test('does not notice when the sender changes its request afterwards', async () => {
      await using fixture = await StoreFixture.open(open);
      const request = { ...requestOf(), body: 'as sent' };
      await fixture.messages.accept([request]);
      request.body = 'changed';
      expect((await fixture.leaseOne()).body).toBe('as sent');
    });

    test('a broadcast puts one message into each inbox, in the order named', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ inboxes: ['cy'], body: 'before' });
      const { ids, state } = await fixture.accept({ inboxes: ['cy', 'ada'], body: 'all hands' });
      expect(state).toBe('ready');
      expect(new Set(ids).size).toBe(2);
      const messages = await Promise.all(ids.map((id) => fixture.get(id)));
      expect(messages.map(({ inbox, inboxSeq, body }) => [inbox, inboxSeq, body])).toEqual([
        ['cy', 2, 'all hands'],
        ['ada', 1, 'all hands'],
      ]);
    });

    test('an unknown inbox is named, and nothing of the call is stored', async () => {
      await using fixture = await StoreFixture.open(open);
      const error = await refusal(
        fixture.messages.accept([requestOf(), requestOf({ inboxes: ['bob', 'nobody'] })]),
        'not_found',
      );
      expect(error.message).toContain('nobody');
      expect((await fixture.messages.stats()).accepted).toBe(0);
    });

    test('a reply must answer a message of this store', async () => {
      await using fixture = await StoreFixture.open(open);
      const known = await fixture.get(await fixture.send());
      const forged = encodeMessageId({ seq: 2 ** 32 + 1, createdAt: known.createdAt + 1, salt: 7 });
      for (const replyTo of [forged, 'msg_nonsense']) await refusal(fixture.accept({ replyTo }), 'not_found');
      expect((await fixture.messages.stats()).accepted).toBe(1);
    });

    test('ids of other stores and texts that are no ids find nothing', async () => {
      await using fixture = await StoreFixture.open(open);
      const known = decodeMessageId(await fixture.send());
      if (known === undefined) throw new Error('the store gives out ids that are none');
      const foreign = [
        { ...known, createdAt: known.createdAt + 1 },
        { ...known, salt: known.salt ^ 1 },
        { ...known, seq: known.seq + 1 },
      ].map(encodeMessageId);
      for (const id of [...foreign, 'msg_', '', "' OR 1=1"]) {
        expect(await fixture.messages.get(id)).toBeUndefined();
        await refusal(fixture.messages.ack({ id, gen: 1 }), 'not_found');
        await refusal(fixture.messages.nack({ id, gen: 1 }, {}), 'not_found');
        await refusal(fixture.messages.extend({ id, gen: 1 }, 1_000), 'not_found');
        await refusal(fixture.messages.cancel(id), 'not_found');
        await refusal(fixture.messages.history(id), 'not_found');
      }
    });

    test('an empty call is fine and does nothing', async () => {
      await using fixture = await StoreFixture.open(open);
      expect(await fixture.messages.accept([])).toEqual([]);
    });

    test.each(['acked', 'dead', 'quarantined'] as const)(
      'recovery may enter an entry as %s; it is not delivered',
      async (state) => {
        await using fixture = await StoreFixture.open(open, { limits: { inboxMessages: 1 } });
        const receipt = await fixture.accept({ state, provenance: { file: 'q.json' }, ignoreInboxLimits: true });
        expect(receipt.state).toBe(state);
        expect(await fixture.lease()).toEqual([]);
        expect(await fixture.messages.stats()).toMatchObject({ accepted: 1, [state]: 1 });
      },
    );
  });

  describe('accepting the same thing twice (G3)', () => {
    const keyed = { idempotencyKey: 'deploy-7', contentHash: 'h1' };

    test('the same key and content answer the first ids and the state now', async () => {
      await using fixture = await StoreFixture.open(open);
      const first = await fixture.accept({ ...keyed, inboxes: ['ada', 'cy'] });
      await fixture.leaseOne();
      const again = await fixture.accept({ ...keyed, inboxes: ['ada', 'cy'] });
      expect(first.duplicate).toBe(false);
      expect(again).toEqual({ ids: first.ids, state: 'leased', duplicate: true });
      expect((await fixture.messages.stats()).accepted).toBe(2);
    });

    test('the same key for other content is refused', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send(keyed);
      await refusal(fixture.accept({ ...keyed, contentHash: 'h2' }), 'idempotency_conflict');
      expect((await fixture.messages.stats()).accepted).toBe(1);
    });

    test('keys of different senders have nothing to do with each other', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send(keyed);
      expect(await fixture.accept({ ...keyed, from: 'cy', contentHash: 'h2' })).toMatchObject({ duplicate: false });
    });

    test('two requests with one key inside one call behave the same way', async () => {
      await using fixture = await StoreFixture.open(open);
      const [first, again] = await fixture.messages.accept([requestOf(keyed), requestOf(keyed)]);
      expect(again).toEqual({ ids: first?.ids, state: 'ready', duplicate: true });
      await refusal(
        fixture.messages.accept([
          requestOf({ idempotencyKey: 'k', contentHash: 'a' }),
          requestOf({ idempotencyKey: 'k', contentHash: 'b' }),
        ]),
        'idempotency_conflict',
      );
      expect((await fixture.messages.stats()).accepted).toBe(1);
    });

    test('a key taken back with its failed call is free', async () => {
      await using fixture = await StoreFixture.open(open);
      await refusal(fixture.messages.accept([requestOf(keyed), requestOf({ inboxes: ['nobody'] })]), 'not_found');
      expect(await fixture.accept({ ...keyed, contentHash: 'h2' })).toMatchObject({ duplicate: false });
    });

    test('a repeat of what was accepted is answered even when the inbox is full by now', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { inboxMessages: 1 } });
      const id = await fixture.send(keyed);
      expect(await fixture.accept(keyed)).toEqual({ ids: [id], state: 'ready', duplicate: true });
    });

    test('a key is known while its message is open, and for its time after that', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { idempotencyMs: 10_000 } });
      const id = await fixture.send(keyed);
      fixture.clock.advance(20_000);
      expect(await fixture.accept(keyed)).toMatchObject({ ids: [id], duplicate: true });
      await fixture.messages.ack(await fixture.leaseOne());
      fixture.clock.advance(9_000);
      expect(await fixture.accept(keyed)).toMatchObject({ ids: [id], state: 'acked', duplicate: true });
      fixture.clock.advance(2_000);
      const anew = await fixture.accept({ ...keyed, contentHash: 'h2' });
      expect(anew.duplicate).toBe(false);
      expect(await fixture.accept({ ...keyed, contentHash: 'h2' })).toMatchObject({ ids: anew.ids, duplicate: true });
    });

    test('the key of a salvaged entry is never forgotten', async () => {
      await using fixture = await StoreFixture.open(open);
      const entry = { idempotencyKey: 'recovered:1', contentHash: 'h', provenance: { source: 'recovered' } };
      const first = await fixture.accept(entry);
      await fixture.messages.ack(await fixture.leaseOne());
      fixture.clock.advance(30 * 86_400_000);
      expect(await fixture.accept(entry)).toMatchObject({ ids: first.ids, duplicate: true });
    });

    test('a jump of the wall clock does not forget a key', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { idempotencyMs: 10_000 } });
      const id = await fixture.send(keyed);
      await fixture.messages.ack(await fixture.leaseOne());
      fixture.clock.jump(48 * 3_600_000);
      expect(await fixture.accept(keyed)).toMatchObject({ ids: [id], duplicate: true });
    });
  });

  describe('a full inbox (G13)', () => {
    test('refuses by number of open messages, stores nothing and says when to retry', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { inboxMessages: 2 } });
      await fixture.send();
      await fixture.send({ delayMs: 5_000 });
      const error = await refusal(fixture.accept(), 'queue_full');
      expect(error.details).toMatchObject({ inbox: 'ada', limit: 2, retryAfterMs: expect.any(Number) });
      expect((await fixture.messages.inboxStats('ada')).accepted).toBe(2);
      expect(await fixture.accept({ inboxes: ['cy'] })).toMatchObject({ state: 'ready' });
    });

    test('counts leased messages until they are settled', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { inboxMessages: 1 } });
      await fixture.send();
      const leased = await fixture.leaseOne();
      await refusal(fixture.accept(), 'queue_full');
      await fixture.messages.ack(leased);
      await fixture.send();
    });

    test('counts bytes of subject and body as UTF-8', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { inboxBytes: 10 } });
      await fixture.send({ subject: 'é', body: 'éé' });
      expect(await refusal(fixture.accept({ body: '12345' }), 'queue_full')).toMatchObject({ details: { limit: 10 } });
      await fixture.send({ body: 'éé' });
    });

    test('one full inbox refuses the whole broadcast and the whole batch', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { inboxMessages: 1 } });
      await fixture.send({ inboxes: ['cy'] });
      await refusal(fixture.accept({ inboxes: ['ada', 'cy'] }), 'queue_full');
      await refusal(fixture.messages.accept([requestOf(), requestOf()]), 'queue_full');
      expect((await fixture.messages.inboxStats('ada')).accepted).toBe(0);
      expect(await fixture.send()).toBeDefined();
    });

    test('settling and cancelling work in a full inbox', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { inboxMessages: 2 } });
      const first = await fixture.send();
      await fixture.send();
      await fixture.messages.cancel(first);
      await fixture.messages.ack(await fixture.leaseOne());
      expect(await fixture.messages.stats()).toMatchObject({ cancelled: 1, acked: 1 });
    });
  });
}
