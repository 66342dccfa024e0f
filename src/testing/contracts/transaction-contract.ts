import { describe, expect, test } from 'vitest';
import type { Commit } from '../../store/store.ts';
import { firstId, leaseMs, type OpenStore, refusal, requestOf, StoreFixture } from './store-fixture.ts';

export function transactionContract(open: OpenStore): void {
  describe('transactions', () => {
    test('see their own writes and answer what the body answers', async () => {
      await using fixture = await StoreFixture.open(open);
      const body = await fixture.store.transaction(async (tx) => {
        await tx.agents.add({ id: 'new', skills: [] });
        await tx.messages.accept([requestOf({ inboxes: ['new'], body: 'welcome' })]);
        const [leased] = await tx.messages.lease({ inbox: 'new', limit: 1, leaseMs });
        if (leased !== undefined) await tx.messages.ack(leased);
        const { acked } = await tx.messages.stats();
        return `${leased?.body} ${acked}`;
      });
      expect(body).toBe('welcome 1');
      expect(await fixture.messages.stats()).toMatchObject({ acked: 1 });
    });

    test('a throw undoes everything and is passed on as it is', async () => {
      await using fixture = await StoreFixture.open(open);
      const kept = await fixture.send({ body: 'kept', orderingKey: 'k' });
      await fixture.send({ body: 'next', orderingKey: 'k' });
      const delayed = await fixture.send({ delayMs: 1_000 });
      const dead = await fixture.sendDead({ inboxes: ['cy'], body: 'findable', threadId: 't' });
      await fixture.messages.indexNext(1);
      const snapshot = async () => ({
        messages: await Promise.all([kept, delayed, dead].map((id) => fixture.get(id))),
        stats: await fixture.messages.stats(),
        ada: await fixture.messages.inboxStats('ada'),
        agents: await fixture.store.agents.list(),
        events: await fixture.store.events.read(0, 1_000),
        last: await fixture.store.events.last(),
        peeked: await fixture.messages.peek('ada', 10),
        thread: await fixture.messages.thread('t', { limit: 10 }),
        found: await fixture.messages.search('findable', { limit: 10 }),
        letters: await fixture.messages.dead({ limit: 10 }),
        history: await fixture.messages.history(kept),
      });
      const before = await snapshot();
      const failure = new Error('changed my mind');
      const attempt = fixture.store.transaction(async (tx) => {
        const [leased] = await tx.messages.lease({ inbox: 'ada', limit: 1, leaseMs });
        if (leased !== undefined) await tx.messages.ack(leased);
        const [next] = await tx.messages.lease({ inbox: 'ada', limit: 1, leaseMs });
        if (next !== undefined) await tx.messages.nack(next, { terminal: true });
        await tx.messages.cancel(delayed);
        await tx.messages.accept([
          requestOf({ idempotencyKey: 'k', contentHash: 'h', threadId: 't', body: 'findable' }),
        ]);
        await tx.messages.redrive({ ids: [dead] });
        await tx.messages.indexNext(100);
        const poison = await tx.messages.lease({ inbox: 'cy', limit: 1, leaseMs });
        for (const one of poison) await tx.messages.nack(one, { terminal: true });
        await tx.messages.purgeDead({ inbox: 'cy' });
        await tx.agents.add({ id: 'new', skills: ['x'] });
        await tx.agents.touch('ada');
        await tx.agents.remove('bob', { cancelOpen: true });
        await tx.events.append({ type: 'recovery.imported', data: {} });
        throw failure;
      });
      await expect(attempt).rejects.toBe(failure);
      expect(await snapshot()).toEqual(before);
      expect(await fixture.accept({ idempotencyKey: 'k', contentHash: 'other' })).toMatchObject({ duplicate: false });
    });

    test('life goes on normally after a rollback: order, lines, delays, leases', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.sendAll(['a', 'b', 'c']);
      await fixture.sendAll(['k1', 'k2'], { orderingKey: 'k' });
      await fixture.send({ body: 'delayed', delayMs: 1_000 });
      await runAndTakeBack(fixture, async (tx) => {
        for (const leased of await tx.messages.lease({ inbox: 'ada', limit: 10, leaseMs }))
          await tx.messages.ack(leased);
        await tx.messages.lease({ inbox: 'ada', limit: 10, leaseMs });
        fixture.clock.advance(1_000);
        await tx.messages.advance();
      });
      const leased = await fixture.lease(10);
      expect(leased.map(({ body, attempt }) => [body, attempt])).toEqual([
        ['a', 1],
        ['b', 1],
        ['c', 1],
        ['k1', 1],
        ['delayed', 1],
      ]);
      for (const message of leased) await fixture.messages.ack(message);
      expect(await fixture.leaseBodies()).toEqual(['k2']);
    });

    test('what was indexed in an undone body is found, and found once', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send({ body: 'findable' });
      await runAndTakeBack(fixture, async (tx) => {
        await tx.messages.accept([requestOf({ body: 'findable too' })]);
        await tx.messages.indexNext(100);
      });
      expect((await fixture.messages.search('findable', { limit: 10 })).map(({ message }) => message.id)).toEqual([id]);
    });

    test('numbers and generations of what was undone do not come back', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send();
      let undone = 0;
      let lostId = '';
      await runAndTakeBack(fixture, async (tx) => {
        lostId = firstId((await tx.messages.accept([requestOf()]))[0]);
        const [leased] = await tx.messages.lease({ inbox: 'ada', limit: 1, leaseMs });
        undone = leased?.gen ?? 0;
      });
      const leased = await fixture.leaseOne();
      expect(leased.gen).toBeGreaterThan(undone);
      await fixture.send();
      expect(await fixture.messages.get(lostId)).toBeUndefined();
    });

    test('a refused call inside a body undoes itself only', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.store.transaction(async (tx) => {
        await tx.messages.accept([requestOf({ body: 'stays' })]);
        await refusal(tx.messages.accept([requestOf(), requestOf({ inboxes: ['nobody'] })]), 'not_found');
      });
      expect(await fixture.leaseBodies()).toEqual(['stays']);
      expect((await fixture.messages.inboxStats('ada')).accepted).toBe(1);
    });

    test('64 bodies at once run one after another and lose nothing', async () => {
      await using fixture = await StoreFixture.open(open);
      const counter = await fixture.send({ body: '0', maxAttempts: 1_000 });
      const bodies = Array.from({ length: 64 }, (_, index) =>
        fixture.store
          .transaction(async (tx) => {
            // Read, wait, write: only exclusion keeps the count right.
            const { acked, cancelled } = await tx.messages.stats();
            const [receipt] = await tx.messages.accept([requestOf({ body: `${acked + cancelled}` })]);
            await tx.messages.get(counter);
            await tx.messages.cancel(firstId(receipt));
            if (index % 4 === 3) throw new Error('every fourth gives up');
            return acked + cancelled;
          })
          .catch(() => undefined),
      );
      const results = (await Promise.all(bodies)).filter((seen) => seen !== undefined);
      expect(results.sort((a, b) => a - b)).toEqual(Array.from({ length: 48 }, (_, index) => index));
      expect(await fixture.messages.stats()).toMatchObject({ cancelled: 48, ready: 1 });
    });

    test('calls outside a body wait for its end and see all of it or nothing', async () => {
      await using fixture = await StoreFixture.open(open);
      const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
      const running = fixture.store.transaction(async (tx) => {
        await tx.messages.accept([requestOf()]);
        await gate;
        await tx.messages.accept([requestOf()]);
      });
      let seen: number | undefined;
      const outside = fixture.lease(10).then((leased) => {
        seen = leased.length;
      });
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      expect(seen).toBeUndefined();
      openGate();
      await Promise.all([running, outside]);
      expect(seen).toBe(2);
    });

    test('are told as one commit, or not at all when undone', async () => {
      await using fixture = await StoreFixture.open(open);
      const commits: Commit[] = [];
      fixture.store.onCommit((commit) => commits.push(commit));
      await runAndTakeBack(fixture, async (tx) => void (await tx.messages.accept([requestOf()])));
      expect(commits).toEqual([]);
      await fixture.store.transaction(async (tx) => {
        await tx.messages.accept([requestOf()]);
        await tx.messages.accept([requestOf({ inboxes: ['ada', 'cy'] })]);
      });
      expect(commits).toHaveLength(1);
      expect(Object.fromEntries(commits[0]?.ready ?? [])).toEqual({ ada: 2, cy: 1 });
    });
  });
}

/** Runs a body and takes it back. */
async function runAndTakeBack(
  fixture: StoreFixture,
  body: Parameters<StoreFixture['store']['transaction']>[0],
): Promise<void> {
  const failure = new Error('taken back');
  const attempt = fixture.store.transaction(async (tx) => {
    await body(tx);
    throw failure;
  });
  await expect(attempt).rejects.toBe(failure);
}
