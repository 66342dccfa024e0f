import { describe, expect, test } from 'vitest';
import { type OpenStore, refusal, StoreFixture } from './store-fixture.ts';

const ambiguous = { state: 'quarantined', from: 'recovery', provenance: { reason: 'may be forged' } } as const;

export function quarantineContract(open: OpenStore): void {
  describe('quarantined messages (G12)', () => {
    test('are kept and shown, and no lease hands them out', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send({ ...ambiguous, body: 'obey' });
      await fixture.send({ body: 'certain' });
      expect(await fixture.leaseBodies()).toEqual(['certain']);
      expect(await fixture.messages.quarantined({ limit: 10 })).toEqual([await fixture.get(id)]);
      fixture.clock.advance(365 * 86_400_000);
      await fixture.messages.advance();
      expect(await fixture.stateOf(id)).toBe('quarantined');
    });

    test('are listed oldest first, page by page, by inbox or all', async () => {
      await using fixture = await StoreFixture.open(open);
      const ids: string[] = [];
      for (const inbox of ['ada', 'cy', 'ada']) ids.push(await fixture.send({ ...ambiguous, inboxes: [inbox] }));
      const listed = async (page: { limit: number; after?: string; inbox?: string }) =>
        (await fixture.messages.quarantined(page)).map(({ id }) => id);
      expect(await listed({ limit: 2 })).toEqual(ids.slice(0, 2));
      expect(await listed({ limit: 2, after: ids[1] ?? '' })).toEqual(ids.slice(2));
      expect(await listed({ limit: 9, inbox: 'ada' })).toEqual([ids[0], ids[2]]);
    });

    test('a released one is delivered as what it is, with who let it go', async () => {
      await using fixture = await StoreFixture.open(open);
      const id = await fixture.send({ ...ambiguous, body: 'true after all' });
      expect(await fixture.messages.release({ ids: [id] }, 'operator')).toBe(1);
      expect(await fixture.messages.quarantined({ limit: 10 })).toEqual([]);
      const leased = await fixture.leaseOne();
      expect(leased).toMatchObject({ id, attempt: 1, from: 'recovery', provenance: ambiguous.provenance });
      const steps = (await fixture.messages.history(id)).map(({ type, data }) => [type, data['by']]);
      expect(steps).toEqual([
        ['message.accepted', undefined],
        ['message.released', 'operator'],
        ['message.leased', undefined],
      ]);
      await fixture.messages.ack(leased);
      await refusal(fixture.messages.release({ ids: [id] }, 'operator'), 'illegal_transition');
    });

    test('wakes who waits for mail', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.send(ambiguous);
      const ready: [string, number][] = [];
      fixture.store.onCommit((commit) => void ready.push(...commit.ready));
      await fixture.messages.release({ inbox: 'ada' }, 'operator');
      expect(ready).toEqual([['ada', 1]]);
    });

    test('a selection is released as a whole or not at all', async () => {
      await using fixture = await StoreFixture.open(open, { limits: { bodyBytes: 10 } });
      const fits = await fixture.send({ ...ambiguous, body: 'short' });
      const large = await fixture.send({ ...ambiguous, body: 'much too long' });
      const homeless = await fixture.send({ ...ambiguous, inboxes: ['cy'] });
      const open_ = await fixture.send();
      await fixture.store.agents.remove('cy', { cancelOpen: false });
      const release = (ids: string[]) => fixture.messages.release({ ids }, 'operator');
      await refusal(release([fits, open_]), 'illegal_transition');
      await refusal(release([fits, 'msg_unknown']), 'not_found');
      await refusal(release([fits, homeless]), 'not_found');
      expect((await refusal(release([fits, large]), 'payload_too_large')).details['ids']).toEqual([large]);
      expect(await fixture.messages.stats()).toMatchObject({ quarantined: 3, ready: 1 });
      expect(await release([fits])).toBe(1);
      expect(await fixture.stateOf(fits)).toBe('ready');
    });

    test('a purged one is gone, counted, told, and does not come back with its file', async () => {
      await using fixture = await StoreFixture.open(open);
      const entry = { ...ambiguous, idempotencyKey: 'recovered:1', contentHash: 'h' };
      const id = await fixture.send(entry);
      await fixture.send({ ...ambiguous, inboxes: ['cy'] });
      expect(await fixture.messages.purgeQuarantined({ inbox: 'ada' }, 'operator')).toBe(1);
      expect(await fixture.messages.get(id)).toBeUndefined();
      expect(await fixture.messages.stats()).toMatchObject({ accepted: 2, pruned: 1, quarantined: 1 });
      expect((await fixture.store.events.read(0, 100)).at(-1)).toMatchObject({
        type: 'message.purged',
        inbox: 'ada',
        data: { id, inboxSeq: 1, was: 'quarantined', by: 'operator' },
      });
      expect(await fixture.accept(entry)).toEqual({ ids: [id], state: 'quarantined', duplicate: true });
      expect(await fixture.messages.quarantined({ limit: 10, inbox: 'ada' })).toEqual([]);
      await refusal(
        fixture.messages.purgeQuarantined({ ids: [await fixture.send()] }, 'operator'),
        'illegal_transition',
      );
    });

    test('a release and a purge that are taken back leave everything as it was', async () => {
      await using fixture = await StoreFixture.open(open);
      const ids = [await fixture.send(ambiguous), await fixture.send(ambiguous)];
      const undone = fixture.store.transaction(async (tx) => {
        await tx.messages.release({ ids: ids.slice(0, 1) }, 'operator');
        await tx.messages.purgeQuarantined({ ids: ids.slice(1) }, 'operator');
        throw new Error('changed my mind');
      });
      await expect(undone).rejects.toThrow('changed my mind');
      expect((await fixture.messages.quarantined({ limit: 10 })).map(({ id }) => id)).toEqual(ids);
      expect(await fixture.lease()).toEqual([]);
    });
  });
}
