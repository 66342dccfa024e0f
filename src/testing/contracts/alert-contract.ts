import { describe, expect, test } from 'vitest';
import type { Alert, Silence } from '../../monitor/alert.ts';
import { alertsKept } from '../../monitor/alert-store.ts';
import { type OpenStore, refusal, StoreFixture } from './store-fixture.ts';

const fired: Alert = {
  id: 'alt_00000000000000a1',
  fingerprint: 'idle-unread:ada',
  rule: 'idle-unread',
  figure: 'idle_unread',
  subject: 'ada',
  severity: 'warning',
  state: 'firing',
  text: 'ada is idle with mail',
  advice: 'wake it',
  value: 400_000,
  threshold: 300_000,
  count: 3,
  since: 1,
  firedAt: 2,
};
const silence: Silence = {
  id: 'sil_00000000000000b1',
  createdAt: 0,
  until: 1_000,
  by: 'operator',
  rule: 'idle-unread',
};

/** What every store promises of alerts and of the figures they are judged by. */
export function alertContract(open: OpenStore): void {
  describe('alerts', () => {
    test('are kept as they are from fired to resolved, each change with its event', async () => {
      await using fixture = await StoreFixture.open(open);
      const { alerts, events } = fixture.store;
      const before = await events.last();
      await alerts.record(fired, 'fired');
      const told: Alert = { ...fired, notifiedAt: 3 };
      await alerts.record(told, 'notified');
      const known: Alert = { ...told, state: 'acknowledged', acknowledgedAt: 4, acknowledgedBy: 'operator' };
      await alerts.record(known, 'acknowledged');
      expect(await alerts.open()).toEqual([known]);
      const over: Alert = { ...known, state: 'resolved', resolvedAt: 5 };
      await alerts.record(over, 'resolved');
      expect(await alerts.open()).toEqual([]);
      expect(await alerts.get(fired.id)).toEqual(over);
      const types = (await events.read(before, 10)).map(({ type, data }) => [type, data['id'], data['subject']]);
      expect(types).toEqual([
        ['alert.fired', fired.id, 'ada'],
        ['alert.acknowledged', fired.id, 'ada'],
        ['alert.resolved', fired.id, 'ada'],
      ]);
    });

    test('of one fingerprint are open one at a time; the refused one changes nothing', async () => {
      await using fixture = await StoreFixture.open(open);
      const { alerts } = fixture.store;
      await alerts.record(fired, 'fired');
      await refusal(alerts.record({ ...fired, id: 'alt_2' }, 'fired'), 'already_exists');
      expect(await alerts.list({ limit: 9 })).toEqual([fired]);
      await alerts.record({ ...fired, state: 'resolved' }, 'resolved');
      await alerts.record({ ...fired, id: 'alt_2' }, 'fired');
      expect((await alerts.open()).map(({ id }) => id)).toEqual(['alt_2']);
    });

    test('are listed newest first, by page and state', async () => {
      await using fixture = await StoreFixture.open(open);
      const { alerts } = fixture.store;
      for (const id of ['a', 'b', 'c', 'd']) await alerts.record({ ...fired, id, fingerprint: id }, 'fired');
      await alerts.record({ ...fired, id: 'b', fingerprint: 'b', state: 'resolved' }, 'resolved');
      const ids = async (page: Parameters<typeof alerts.list>[0]) => (await alerts.list(page)).map(({ id }) => id);
      expect(await ids({ limit: 3 })).toEqual(['d', 'c', 'b']);
      expect(await ids({ limit: 3, after: 'c' })).toEqual(['b', 'a']);
      expect(await ids({ limit: 9, state: 'firing' })).toEqual(['d', 'c', 'a']);
      expect(await ids({ limit: 9, after: 'gone' })).toEqual([]);
      expect(await alerts.get('gone')).toBeUndefined();
    });

    test('that are over go when there are too many; open ones stay', async () => {
      await using fixture = await StoreFixture.open(open);
      await fixture.store.transaction(async ({ alerts }) => {
        await alerts.record({ ...fired, id: 'open', fingerprint: 'open' }, 'fired');
        for (let each = 0; each <= alertsKept; each += 1)
          await alerts.record({ ...fired, id: `over-${each}`, state: 'resolved' }, 'notified');
      });
      const { alerts } = fixture.store;
      expect(await alerts.get('over-0')).toBeUndefined();
      expect(await alerts.get('over-1')).toBeDefined();
      expect((await alerts.open()).map(({ id }) => id)).toEqual(['open']);
    });

    test('are silenced until an instant, or until somebody ends it', async () => {
      await using fixture = await StoreFixture.open(open);
      const { alerts, events } = fixture.store;
      const before = await events.last();
      await alerts.silence(silence);
      const other: Silence = { ...silence, id: 'sil_2', createdAt: 1, until: 9_000 };
      await alerts.silence(other);
      expect(await alerts.silences(0)).toEqual([silence, other]);
      expect(await alerts.silences(1_000)).toEqual([other]);
      await alerts.silence({ ...silence, id: 'sil_3', createdAt: 2_000, until: 3_000 });
      expect((await alerts.silences(0)).map(({ id }) => id)).toEqual(['sil_2', 'sil_3']);
      expect(await alerts.unsilence('sil_2')).toBe(true);
      expect(await alerts.unsilence('sil_2')).toBe(false);
      const types = (await events.read(before, 10)).map(({ type }) => type);
      expect(types).toEqual(['alert.silenced', 'alert.silenced', 'alert.silenced', 'alert.unsilenced']);
    });

    test('that were undone were never there', async () => {
      await using fixture = await StoreFixture.open(open);
      const undone = fixture.store.transaction(async ({ alerts }) => {
        await alerts.record(fired, 'fired');
        await alerts.silence(silence);
        throw new Error('undo');
      });
      await expect(undone).rejects.toThrow('undo');
      expect(await fixture.store.alerts.open()).toEqual([]);
      expect(await fixture.store.alerts.silences(0)).toEqual([]);
    });
  });

  describe('what watches over a store', () => {
    test('learns what happened since it looked last', async () => {
      await using fixture = await StoreFixture.open(open);
      const { watch, events } = fixture.store;
      const first = await watch.figures(await events.last());
      expect(first).toMatchObject({ eventsSince: {}, ackedSince: 0, importedSince: 0, wakeMs: [] });
      await fixture.sendAll(['1', '2', '3']);
      await fixture.messages.ack(await fixture.leaseOne());
      await fixture.messages.nack(await fixture.leaseOne(), { delayMs: 0 });
      await events.append({ type: 'recovery.imported', data: { imported: 7 } });
      const next = await watch.figures(first.seq);
      expect(next).toMatchObject({
        ackedSince: 1,
        importedSince: 7,
        eventsSince: { 'message.nacked': 1, 'recovery.imported': 1 },
        stats: { accepted: 3, acked: 1 },
        fullest: { inbox: 'ada' },
      });
      expect(next.fullest?.share).toBeGreaterThan(0);
      expect((await watch.figures(next.seq)).eventsSince).toEqual({});
    });

    test('learns how long mail lies, leases last and waking takes', async () => {
      await using fixture = await StoreFixture.open(open);
      const { watch } = fixture.store;
      await fixture.sendAll(['1', '2']);
      fixture.clock.advance(5_000);
      expect(await watch.unread(['ada', 'bob', 'nobody'])).toEqual(new Map([['ada', { oldestMs: 5_000, leased: 0 }]]));
      expect((await watch.figures(0)).oldestLeaseMs).toBeUndefined();
      await fixture.leaseOne();
      fixture.clock.advance(2_000);
      expect(await watch.figures(0)).toMatchObject({ oldestLeaseMs: 2_000, wakeMs: [5_000] });
    });

    test('finds a sound store sound', async () => {
      await using fixture = await StoreFixture.open(open);
      const { watch } = fixture.store;
      const slices: number[] = [];
      const report = await watch.check(async (ms) => void slices.push(ms));
      expect(report.problems).toEqual([]);
      expect(report.slices).toBe(slices.length + 1);
      expect(['sound', 'none']).toContain((await watch.examine()).state);
      const { count, counts } = watch.commitTimes();
      expect(counts.reduce((sum, each) => sum + each, 0)).toBe(count);
    });
  });
}
