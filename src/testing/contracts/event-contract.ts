import { describe, expect, test } from 'vitest';
import type { WaggleEvent } from '../../events.ts';
import { leaseMs, type OpenStore, StoreFixture } from './store-fixture.ts';

export function eventContract(open: OpenStore): void {
  async function read(fixture: StoreFixture, after = 0, limit = 1_000): Promise<WaggleEvent[]> {
    const events = await fixture.store.events.read(after, limit);
    return events.filter(({ type }) => !type.startsWith('agent.'));
  }

  describe('events', () => {
    test('tell a simple life in order', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send();
      const leased = await fixture.leaseOne();
      fixture.clock.advance(1_000);
      await fixture.messages.ack(leased);
      const events = await read(fixture);
      expect(events).toMatchObject([
        { type: 'message.accepted', messageId: id, inbox: 'ada' },
        {
          type: 'message.leased',
          messageId: id,
          seq: leased.gen,
          at: leased.leasedAt,
          data: { gen: leased.gen, attempt: 1 },
        },
        { type: 'message.acked', messageId: id, inbox: 'ada', at: fixture.clock.now() },
      ]);
    });

    test('tell of everything that is not a plain delivery', async () => {
      await using fixture = await StoreFixture.open(open);
      const about = async (act: () => Promise<unknown>) => {
        const before = await fixture.store.events.last();
        await act();
        const seen = await read(fixture, before);
        return seen.map(({ type }) => type).filter((type) => !['message.accepted', 'message.leased'].includes(type));
      };
      const nack = async (terminal: boolean) =>
        fixture.messages.nack(await fixture.leaseOne(), { delayMs: 1_000, terminal });
      let id = '';
      expect(await about(async () => (id = await fixture.send()))).toEqual([]);
      expect(await about(() => nack(false))).toEqual(['message.nacked']);
      fixture.clock.advance(1_000);
      expect(await about(() => fixture.messages.advance())).toEqual(['message.ready']);
      await fixture.leaseOne();
      fixture.clock.advance(leaseMs);
      expect(await about(() => fixture.messages.advance())).toEqual(['message.rescued']);
      expect(await about(() => nack(true))).toEqual(['message.dead']);
      expect(await about(() => fixture.messages.redrive({ ids: [id] }))).toEqual(['message.redriven']);
      await nack(true);
      expect(await about(() => fixture.messages.purgeDead({ ids: [id] }))).toEqual(['message.purged']);
      expect(await about(async () => fixture.messages.cancel(await fixture.send()))).toEqual(['message.cancelled']);
      await fixture.send({ ttlMs: 1 });
      fixture.clock.advance(1);
      expect(await about(() => fixture.messages.advance())).toEqual(['message.expired']);
    });

    test('an ended attempt keeps the facts of its lease', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send({ maxAttempts: 3 });
      const first = await fixture.leaseOne();
      await fixture.messages.nack(first, { delayMs: 0, reason: 'no' });
      const second = await fixture.leaseOne();
      fixture.clock.advance(leaseMs);
      const third = await fixture.leaseOne();
      await fixture.messages.nack(third, { reason: 'never' });
      const ended = (await read(fixture)).filter(({ data }) => data['reason'] !== undefined);
      const facts = ({ gen, attempt, leasedAt }: typeof first) => ({ gen, attempt, leasedAt });
      expect(ended).toMatchObject([
        { type: 'message.nacked', data: { ...facts(first), reason: 'no', state: 'ready' } },
        { type: 'message.rescued', data: { ...facts(second), reason: 'lease expired', state: 'ready' } },
        { type: 'message.dead', data: { ...facts(third), reason: 'never', state: 'dead' } },
      ]);
    });

    test('have rising numbers, and a reader resumes after the last one it saw', async () => {
      await using fixture = await StoreFixture.open(open);
      for (let round = 0; round < 5; round += 1) {
        await fixture.send({ delayMs: round % 2 });
        fixture.clock.advance(1);
        await fixture.messages.nack(await fixture.leaseOne(), { terminal: round === 2, delayMs: 0 });
        await fixture.messages.ack(await fixture.leaseOne().catch(() => fixture.send().then(() => fixture.leaseOne())));
      }
      const all = await fixture.store.events.read(0, 1_000);
      const seqs = all.map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      const paged: WaggleEvent[] = [];
      for (let after = 0; ; ) {
        const page = await fixture.store.events.read(after, 3);
        if (page.length === 0) break;
        paged.push(...page);
        after = page[page.length - 1]?.seq ?? after;
      }
      expect(paged).toEqual(all);
      expect(await fixture.store.events.last()).toBeGreaterThanOrEqual(seqs[seqs.length - 1] ?? 0);
      expect(await fixture.store.events.read(await fixture.store.events.last(), 10)).toEqual([]);
    });

    test('a lease that was followed by another has no event of its own any more', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send();
      await fixture.messages.nack(await fixture.leaseOne(), { delayMs: 0 });
      const { gen } = await fixture.leaseOne();
      expect(await read(fixture)).toMatchObject([
        { type: 'message.accepted' },
        { type: 'message.nacked' },
        { type: 'message.leased', seq: gen },
      ]);
    });

    test('read page by page are the events read at once, whatever the page', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.sendAll(['a', 'b', 'c', 'd']);
      const [first, second, third] = await fixture.messages.lease({ inbox: 'ada', limit: 3, leaseMs });
      if (first === undefined || second === undefined || third === undefined) throw new Error('four were sent');
      // The leases of the first two are told by their nacks; the third, taken between, has its own event.
      await fixture.messages.nack(first, { delayMs: 60_000 });
      await fixture.messages.nack(second, { delayMs: 60_000 });
      const whole = (await fixture.store.events.read(0, 1_000)).map(({ seq }) => seq);
      expect(whole).toContain(third.gen);
      for (const limit of [1, 2, 3, 4]) {
        const paged: number[] = [];
        for (;;) {
          const page = await fixture.store.events.read(paged.at(-1) ?? 0, limit);
          expect(page.length).toBeLessThanOrEqual(limit);
          if (page.length === 0) break;
          paged.push(...page.map(({ seq }) => seq));
        }
        expect(paged, `pages of ${limit}`).toEqual(whole);
      }
    });

    test('of other rooms go into the same order', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send();
      const seq = await fixture.store.events.append({
        type: 'recovery.imported',
        data: { file: 'q.json', entries: 3 },
      });
      await fixture.send();
      const events = await read(fixture);
      expect(events.map(({ type }) => type)).toEqual(['message.accepted', 'recovery.imported', 'message.accepted']);
      expect(events[1]).toMatchObject({ seq, data: { file: 'q.json', entries: 3 } });
      expect(await fixture.store.events.read(seq, 0)).toEqual([]);
    });

    test('of other rooms about a message belong to its history', async () => {
      await using fixture = await StoreFixture.open(open);
      const messageId = await fixture.send();
      await fixture.store.events.append({ type: 'recovery.imported', messageId, inbox: 'ada', data: { offset: 7 } });
      const steps = await fixture.messages.history(messageId);
      expect(steps).toMatchObject([{ type: 'message.accepted' }, { type: 'recovery.imported', data: { offset: 7 } }]);
      expect(await read(fixture)).toMatchObject([{ messageId }, { messageId, inbox: 'ada', data: { offset: 7 } }]);
    });
  });

  describe('history', () => {
    test('tells every step of one message, with the leases of the attempts that failed', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send({ delayMs: 10 });
      await fixture.send({ body: 'another' });
      fixture.clock.advance(10);
      const first = await fixture.leaseOne();
      await fixture.messages.nack(first, { delayMs: 0, reason: 'no' });
      const second = await fixture.leaseOne();
      fixture.clock.advance(leaseMs);
      const third = await fixture.leaseOne();
      await fixture.messages.ack(third);
      const steps = await fixture.messages.history(id);
      expect(steps.map(({ type }) => type)).toEqual([
        'message.accepted',
        'message.ready',
        'message.leased',
        'message.nacked',
        'message.leased',
        'message.rescued',
        'message.leased',
        'message.acked',
      ]);
      const leases = steps.filter(({ type }) => type === 'message.leased');
      expect(leases.map(({ seq, at, data }) => [seq, at, data['attempt']])).toEqual(
        [first, second, third].map(({ gen, leasedAt, attempt }) => [gen, leasedAt, attempt]),
      );
    });

    test('goes on after a redrive', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.sendDead();
      expect((await fixture.messages.history(id)).map(({ type }) => type)).toEqual([
        'message.accepted',
        'message.leased',
        'message.dead',
      ]);
      await fixture.messages.redrive({ ids: [id] });
      await fixture.messages.ack(await fixture.leaseOne());
      expect((await fixture.messages.history(id)).map(({ type }) => type)).toEqual([
        'message.accepted',
        'message.leased',
        'message.dead',
        'message.redriven',
        'message.leased',
        'message.acked',
      ]);
    });
  });
}
