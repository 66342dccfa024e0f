import { describe, expect, test } from 'vitest';
import { pruneAll } from '../../message/retention.ts';
import { type PruneRequest, prunableStates } from '../../message/retention-store.ts';
import { type OpenStore, StoreFixture } from './store-fixture.ts';

export function retentionContract(open: OpenStore): void {
  const day = 86_400_000;
  const request = (more: Partial<PruneRequest> = {}): PruneRequest => ({
    states: ['acked', 'expired', 'cancelled'],
    settledForMs: day,
    after: 0,
    limit: 1_000,
    bytes: 1_000_000,
    ...more,
  });

  async function acked(fixture: StoreFixture, body: string, more: { idempotencyKey?: string } = {}): Promise<string> {
    const sent = await fixture.send({
      body,
      ...more,
      ...(more.idempotencyKey === undefined ? {} : { contentHash: body }),
    });
    await fixture.messages.ack(await fixture.leaseOne());
    return sent;
  }

  describe('retention (G9)', () => {
    test('deletes what was over long enough ago, and nothing else', async () => {
      await using fixture = await StoreFixture.open(open);
      const old = await acked(fixture, 'old');
      const dead = await fixture.sendDead({ body: 'dead' });
      const [quarantined] = (await fixture.accept({ state: 'quarantined', provenance: { source: 'test' } })).ids;
      const open_ = [
        await fixture.send({ body: 'ready' }),
        await fixture.send({ delayMs: 90 * day }),
        await fixture.send(),
      ];
      const held = await fixture.leaseOne('ada', 90 * day);
      fixture.clock.advance(day);
      const young = await fixture.send({ body: 'young', priority: 'urgent' });
      await fixture.messages.ack(await fixture.leaseOne());

      const before = await fixture.messages.stats();
      expect(await fixture.store.retention.prune(request())).toMatchObject({ pruned: 1, bytes: 3, next: undefined });
      expect(await fixture.messages.get(old)).toBeUndefined();
      for (const id of [dead, quarantined ?? '', ...open_, young])
        expect(await fixture.messages.get(id), id).toBeDefined();
      await fixture.messages.ack(held);
      const after = await fixture.messages.stats();
      expect(after).toMatchObject({ pruned: 1, accepted: before.accepted, acked: before.acked });
      expect((await fixture.messages.verify()).problems).toEqual([]);
    });

    test('takes dead and quarantined messages only when they are named, open ones never', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.sendDead();
      await fixture.accept({ state: 'quarantined', provenance: { source: 'test' } });
      const ready = await fixture.send();
      fixture.clock.advance(day);
      expect(await fixture.store.retention.prune(request({ states: prunableStates }))).toMatchObject({ pruned: 2 });
      expect(await fixture.stateOf(ready)).toBe('ready');
      expect(await fixture.messages.stats()).toMatchObject({
        dead: 0,
        quarantined: 0,
        ready: 1,
        pruned: 2,
        accepted: 3,
      });
    });

    test('counts by a clock that cannot jump', async () => {
      await using fixture = await StoreFixture.open(open);
      await acked(fixture, 'fresh');
      fixture.clock.jump(30 * day);
      expect(await fixture.store.retention.prune(request())).toMatchObject({ pruned: 0 });
    });

    test('goes on where a batch ended, by messages and by bytes, and counts without deleting when asked', async () => {
      await using fixture = await StoreFixture.open(open);
      for (let index = 0; index < 7; index += 1) await acked(fixture, 'x'.repeat(10));
      fixture.clock.advance(day);
      const prune = (more: Partial<PruneRequest>) => fixture.store.retention.prune(request(more));
      expect(await prune({ dryRun: true })).toMatchObject({ pruned: 7, bytes: 70 });
      const first = await prune({ limit: 3 });
      expect(first).toMatchObject({ pruned: 3, next: expect.any(Number) });
      expect(await prune({ bytes: 15, after: first.next ?? 0 })).toMatchObject({ pruned: 2, bytes: 20 });
      expect(await pruneAll(fixture.store, { states: ['acked'], settledForMs: day }, async () => {})).toMatchObject({
        pruned: 2,
      });
      expect(await fixture.messages.stats()).toMatchObject({ acked: 0, pruned: 7, accepted: 7 });
    });

    test('of one inbox leaves the others, and each inbox is told its places', async () => {
      await using fixture = await StoreFixture.open(open);
      await acked(fixture, 'one');
      const bobs = await fixture.send({ inboxes: ['bob'] });
      await fixture.messages.ack(await fixture.leaseOne('bob'));
      await acked(fixture, 'two');
      fixture.clock.advance(day);
      const last = await fixture.store.events.last();
      await fixture.store.retention.prune(request({ inbox: 'ada' }));
      expect(await fixture.stateOf(bobs)).toBe('acked');
      expect(await fixture.store.events.read(last, 10)).toMatchObject([
        { type: 'message.pruned', inbox: 'ada', data: { count: 2, firstInboxSeq: 1, lastInboxSeq: 2 } },
      ]);
      expect((await fixture.messages.inboxStats('ada')).pruned).toBe(2);
      expect(await fixture.send()).toBeDefined();
      expect((await fixture.leaseOne()).inboxSeq).toBe(3);
    });

    test('a pruned message leaves search; its key is known as long as promised (G3)', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { idempotencyMs: 7 * day } });
      const id = await acked(fixture, 'needle', { idempotencyKey: 'k' });
      expect(await fixture.messages.search('needle', { limit: 10 })).toHaveLength(1);
      fixture.clock.advance(day);
      await fixture.store.retention.prune(request());
      await fixture.store.retention.giveBack(10);
      expect(await fixture.messages.search('needle', { limit: 10 })).toEqual([]);
      const repeat = { body: 'needle', idempotencyKey: 'k', contentHash: 'needle' };
      expect(await fixture.accept(repeat)).toMatchObject({ ids: [id], duplicate: true });
      fixture.clock.advance(7 * day);
      expect(await fixture.accept(repeat)).toMatchObject({ duplicate: false });
      expect(await fixture.messages.search('needle', { limit: 10 })).toHaveLength(1);
    });

    test('threads and replies that point to pruned messages stay readable, page by page', async () => {
      await using fixture = await StoreFixture.open(open);
      const root = await acked(fixture, 'root');
      const first = await fixture.send({ replyTo: root, body: 'first' });
      await fixture.messages.ack(await fixture.leaseOne());
      const second = await fixture.send({ replyTo: first, body: 'second' });
      const page = (after?: string) =>
        fixture.messages.thread(root, { limit: 1, ...(after === undefined ? {} : { after }) });
      expect((await page(root)).map(({ id }) => id)).toEqual([first]);
      fixture.clock.advance(day);
      await fixture.store.retention.prune(request());
      await fixture.store.retention.giveBack(10);
      expect(await page()).toMatchObject([{ id: second, replyTo: first, threadId: root }]);
      expect(await page(first)).toMatchObject([{ id: second }]);
      expect(await page(second)).toEqual([]);
    });

    test('says up to where events may be missing; what follows is complete', async () => {
      await using fixture = await StoreFixture.open(open);
      expect(await fixture.store.events.prunedThrough()).toBe(0);
      await acked(fixture, 'old');
      const end = await fixture.store.events.last();
      await fixture.send({ body: 'open' });
      fixture.clock.advance(day);
      await fixture.store.retention.prune(request());
      expect(await fixture.store.events.prunedThrough()).toBe(end);
      const types = (await fixture.store.events.read(end, 10)).map(({ type }) => type);
      expect(types).toEqual(['message.accepted', 'message.pruned']);
    });

    test('events of no message go by age; those of a message stay with it', async () => {
      await using fixture = await StoreFixture.open(open);
      const dead = await fixture.sendDead();
      fixture.clock.advance(day);
      const kept = await fixture.store.events.append({ type: 'recovery.imported', data: {} });
      const { retention, events } = fixture.store;
      expect(await retention.pruneEvents({ olderThanMs: day, limit: 2 })).toBe(2); // ada and bob were added
      expect(await retention.pruneEvents({ olderThanMs: day, limit: 2 })).toBe(1);
      expect(await retention.pruneEvents({ olderThanMs: day, limit: 2 })).toBe(0);
      expect((await events.read(0, 10)).map(({ type }) => type)).not.toContain('agent.added');
      expect((await events.read(0, 10)).at(-1)?.seq).toBe(kept);
      expect((await fixture.messages.history(dead)).length).toBe(3);
      expect(await events.prunedThrough()).toBeGreaterThan(0);
    });

    test('space shrinks by what was deleted', async () => {
      await using fixture = await StoreFixture.open(open);
      for (let index = 0; index < 10; index += 1) await acked(fixture, 'x'.repeat(20_000));
      const before = await fixture.store.retention.size();
      await fixture.store.retention.prune(request({ settledForMs: 0 }));
      const pruned = await fixture.store.retention.size();
      expect(pruned.usedBytes).toBeLessThan(before.usedBytes);
      expect(pruned.freeBytes).toBeGreaterThan(before.freeBytes);
      expect(await fixture.store.retention.giveBack(1_000)).toBeGreaterThan(0);
      expect((await fixture.store.retention.size()).freeBytes).toBeLessThan(pruned.freeBytes);
    });
  });
}
