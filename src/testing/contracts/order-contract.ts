import { describe, expect, test } from 'vitest';
import { type OpenStore, requestOf, StoreFixture } from './store-fixture.ts';

export function orderContract(open: OpenStore): void {
  describe('order (G8)', () => {
    test('first deliveries of one inbox and priority come in commit order', async () => {
      await using fixture = await StoreFixture.open(open);
      const bodies = Array.from({ length: 20 }, (_, index) => `m${index}`);
      await fixture.sendAll(bodies.slice(0, 10));
      await fixture.messages.accept(bodies.slice(10).map((body) => requestOf({ body })));
      expect(await fixture.leaseBodies(7)).toEqual(bodies.slice(0, 7));
      expect(await fixture.leaseBodies()).toEqual(bodies.slice(7));
    });

    test('more urgent messages come first', async () => {
      await using fixture = await StoreFixture.open(open);
      for (const priority of ['low', 'normal', 'high', 'urgent'] as const) {
        await fixture.sendAll([`${priority} 1`, `${priority} 2`], { priority });
      }
      expect(await fixture.leaseBodies()).toEqual([
        'urgent 1',
        'urgent 2',
        'high 1',
        'high 2',
        'normal 1',
        'normal 2',
        'low 1',
        'low 2',
      ]);
    });

    test('a message that comes back keeps its place', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.sendAll(['a', 'b', 'c', 'd']);
      const [a, b] = await fixture.lease(2);
      for (const leased of [b, a]) if (leased !== undefined) await fixture.messages.nack(leased, { delayMs: 0 });
      expect(await fixture.leaseBodies()).toEqual(['a', 'b', 'c', 'd']);
    });

    test('inboxSeq counts each inbox from 1 without holes, also across refused calls', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { inboxMessages: 3 } });
      await fixture.send({ inboxes: ['cy'] });
      await fixture.send();
      await fixture.messages.accept([requestOf(), requestOf(), requestOf()]).catch(() => undefined);
      await fixture.send({ inboxes: ['ada', 'cy'] });
      await fixture.send({ priority: 'urgent' });
      const seqs = async (inbox: string) => (await fixture.lease(10, inbox)).map(({ inboxSeq }) => inboxSeq);
      expect((await seqs('ada')).sort((a, b) => a - b)).toEqual([1, 2, 3]);
      expect(await seqs('cy')).toEqual([1, 2]);
    });

    test('one inbox does not wait for another', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.sendAll(['a1', 'a2'], { orderingKey: 'k' });
      await fixture.sendAll(['c1', 'c2'], { orderingKey: 'k', inboxes: ['cy'] });
      await fixture.leaseOne('ada');
      expect(await fixture.leaseBodies(10, 'cy')).toEqual(['c1']);
    });
  });

  describe('ordering keys', () => {
    test('at most one message per key is in hand, the others go past', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.sendAll(['k1', 'k2', 'k3'], { orderingKey: 'k' });
      await fixture.sendAll(['x1', 'x2'], { orderingKey: 'x' });
      await fixture.send({ body: 'free' });
      const leased = await fixture.lease(10);
      expect(leased.map(({ body }) => body)).toEqual(['k1', 'x1', 'free']);
      expect(await fixture.leaseBodies()).toEqual([]);
      for (const message of leased) await fixture.messages.ack(message);
      expect(await fixture.leaseBodies()).toEqual(['k2', 'x2']);
    });

    test('a key waits for a message of its own that is scheduled, retried or more patient', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ body: 'late', orderingKey: 'k', delayMs: 1_000, priority: 'low' });
      await fixture.send({ body: 'eager', orderingKey: 'k', priority: 'urgent' });
      expect(await fixture.leaseBodies()).toEqual([]);
      fixture.clock.advance(1_000);
      const late = await fixture.leaseOne();
      expect(late.body).toBe('late');
      await fixture.messages.nack(late, { delayMs: 500 });
      expect(await fixture.leaseBodies()).toEqual([]);
      fixture.clock.advance(500);
      expect(await fixture.leaseBodies()).toEqual(['late']);
    });

    const endings: [string, (fixture: StoreFixture) => Promise<void>][] = [
      ['acked', async (fixture) => fixture.messages.ack(await fixture.leaseOne())],
      ['dead', async (fixture) => void (await fixture.messages.nack(await fixture.leaseOne(), { terminal: true }))],
      [
        'cancelled',
        async (fixture) => {
          for (const { id } of await fixture.messages.peek('ada', 1)) await fixture.messages.cancel(id);
        },
      ],
      ['expired', async (fixture) => fixture.clock.advance(5_000)],
    ];
    test.each(endings)('the next of the key comes once the one before is %s', async (_, settle) => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ body: 'first', orderingKey: 'k', ttlMs: 5_000 });
      await fixture.send({ body: 'second', orderingKey: 'k' });
      await settle(fixture);
      expect(await fixture.leaseBodies()).toEqual(['second']);
    });

    test('a redriven message stands before the later ones of its key again', async () => {
      await using fixture = await StoreFixture.open(open);
      const dead = await fixture.sendDead({ body: 'first', orderingKey: 'k' });
      await fixture.sendAll(['second', 'third'], { orderingKey: 'k' });
      await fixture.messages.redrive({ ids: [dead] });
      for (const body of ['first', 'second', 'third']) {
        const leased = await fixture.leaseOne();
        expect(leased.body).toBe(body);
        expect(await fixture.lease()).toEqual([]);
        await fixture.messages.ack(leased);
      }
    });
  });
}
