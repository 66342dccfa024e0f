import { describe, expect, test, vi } from 'vitest';
import type { Destination, OutboxEntry } from '../outbox/outbox.ts';
import type { Published, Publisher } from '../outbox/publisher.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { StoreHealth } from '../store/store.ts';
import { type OpenStore, refusal, StoreFixture } from '../testing/contracts/store-fixture.ts';
import { eventually } from '../testing/eventually.ts';
import { AlertBoard } from './alert-board.ts';
import type { AlertRule } from './alert-rule.ts';
import { AlertSinks } from './alert-sinks.ts';
import { Alerts } from './alerts.ts';
import type { Reading } from './figure.ts';

const onSqlite: OpenStore = (options) => openSqliteStore({ ...options, file: ':memory:' });
const rule = { when: 'above', threshold: 0, clear: 0, forMs: 0, keepMs: 0 } as const;
const rules: readonly AlertRule[] = [
  { ...rule, name: 'down', figure: 'store_state', severity: 'critical' },
  { ...rule, name: 'deep', figure: 'depth', severity: 'warning' },
];
const down = (value: number): Reading => ({ figure: 'store_state', value, detail: 'it is gone' });
const deep = (value: number): Reading => ({ figure: 'depth', value });

interface Posted {
  readonly entry: OutboxEntry;
  readonly to: string;
}

async function alerting(
  open: OpenStore = onSqlite,
  publish: () => Published = () => ({ outcome: 'sent', detail: 'ok' }),
) {
  const fixture = await StoreFixture.open(open);
  const { store, clock } = fixture;
  const log: string[] = [];
  const posted: Posted[] = [];
  const publisher = (name: string): Publisher => ({
    name,
    async publish(entry: OutboxEntry, { name: to }: Destination) {
      posted.push({ entry, to });
      return publish();
    },
  });
  let ids = 0;
  const newId = () => (ids += 1).toString(16).padStart(16, '0');
  const start = () => {
    const sinks = new AlertSinks({
      clock,
      publishers: [publisher('webhook'), publisher('discord')],
      log: (line) => log.push(line),
    });
    const board = new AlertBoard({ clock, rules, newId });
    return { sinks, alerts: new Alerts({ store, clock, board, sinks, newId, log: (line) => log.push(line) }) };
  };
  const health = (now: StoreHealth) => vi.spyOn(store, 'health').mockReturnValue(now);
  return {
    fixture,
    store,
    clock,
    log,
    posted,
    start,
    health,
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

const outOfService: StoreHealth = {
  state: 'read-only',
  engine: 'sqlite',
  code: 'store_missing',
  reason: 'store_missing: gone',
};

describe('an alert that fires', () => {
  test('is kept, logged, in the captain’s inbox and in the outbox, all in one', async () => {
    await using at = await alerting();
    const { store, log, posted, start } = at;
    await store.agents.add({ id: 'cap', role: 'captain', skills: [] });
    const settings = { url: 'https://example.com', secret: 's' };
    await store.outbox.putDestination({
      name: 'all',
      publisher: 'webhook',
      settings: { ...settings, alerts: 'warning' },
    });
    await store.outbox.putDestination({
      name: 'grave',
      publisher: 'discord',
      settings: { ...settings, alerts: 'critical' },
    });
    await store.outbox.putDestination({ name: 'other', publisher: 'webhook', settings });
    const { alerts } = start();
    await alerts.consider([deep(1)], true);
    await alerts.consider([deep(2)], true);
    expect(log).toEqual([expect.stringMatching(/^alert \(warning\) deep: messages waiting: 1, limit 0; /)]);
    const [mail, ...more] = await at.fixture.lease(9, 'cap');
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ kind: 'notice', priority: 'high', via: 'monitor', subject: 'Alert (warning): deep' });
    const entries = await store.outbox.list({ limit: 9 });
    expect(entries.map(({ destination, kind }) => [destination, kind])).toEqual([['all', 'alert.fired']]);
    expect(JSON.parse(entries[0]?.payload ?? '')).toMatchObject({
      rule: 'deep',
      state: 'firing',
      firedAt: expect.stringMatching(/Z$/),
    });
    expect(await alerts.list({ limit: 9 })).toMatchObject([{ rule: 'deep', count: 2, value: 2, state: 'firing' }]);
    await alerts.consider([deep(0), down(1)], true);
    const later = await store.outbox.list({ limit: 9 });
    expect(later.map(({ destination, kind }) => `${destination} ${kind}`).sort()).toEqual(
      ['all alert.fired', 'all alert.fired', 'all alert.resolved', 'grave alert.fired'].sort(),
    );
    const grave = later.find(({ destination }) => destination === 'grave');
    expect(JSON.parse(grave?.payload ?? '')).toEqual({ content: expect.stringContaining('critical: down') });
    expect((await at.fixture.lease(9, 'cap')).map(({ priority, subject }) => [priority, subject])).toEqual([
      ['urgent', 'Alert (critical): down'],
      ['high', 'Alert over: deep'],
    ]);
    expect(posted).toEqual([]);
  });

  test('is kept although the captain’s inbox is full, and that is told', async () => {
    await using at = await alerting((options) =>
      onSqlite({ ...options, limits: { ...options.limits, inboxMessages: 1 } }),
    );
    const { store, log, start } = at;
    await store.agents.add({ id: 'cap', role: 'captain', skills: [] });
    await at.fixture.send({ inboxes: ['cap'] });
    const { alerts } = start();
    await alerts.consider([deep(1)], true);
    expect(await alerts.list({ limit: 9 })).toMatchObject([{ rule: 'deep' }]);
    expect(log.at(-1)).toContain('the captain could not be told');
  });

  test('is the same one for the next hub, which does not tell it again', async () => {
    await using at = await alerting();
    const first = at.start();
    await first.alerts.consider([deep(1)], true);
    const next = at.start();
    await next.alerts.consider([deep(1)], true);
    expect(at.log).toHaveLength(1);
    const [alert] = await next.alerts.list({ limit: 9 });
    expect(alert).toMatchObject({ state: 'firing', count: 2 });
    await next.alerts.consider([deep(0)], true);
    expect(await next.alerts.list({ limit: 9 })).toMatchObject([{ id: alert?.id, state: 'resolved' }]);
  });

  test('works where messages are all there is', async () => {
    await using at = await alerting(async (options) => openMemoryStore(options));
    const { alerts } = at.start();
    await at.store.agents.add({ id: 'cap', role: 'captain', skills: [] });
    await alerts.consider([deep(1)], true);
    expect(await alerts.list({ limit: 9 })).toMatchObject([{ rule: 'deep' }]);
    expect(await at.fixture.lease(9, 'cap')).toHaveLength(1);
  });
});

describe('without the store', () => {
  test('it is logged and posted past it, seen in the list, and kept once the store serves again', async () => {
    await using at = await alerting();
    const { store, log, posted, start, health } = at;
    const settings = { url: 'https://example.com', secret: 's', alerts: 'critical' };
    await store.outbox.putDestination({ name: 'grave', publisher: 'webhook', settings });
    await store.outbox.putDestination({ name: 'odd', publisher: 'pigeon', settings });
    const { alerts, sinks } = start();
    await alerts.consider([], true);
    const out = health(outOfService);
    await alerts.consider([down(1)], false);
    await sinks.flush();
    expect(log).toEqual([expect.stringContaining('alert (critical) down: store out of service: it is gone')]);
    expect(posted.map(({ entry, to }) => [to, entry.kind, JSON.parse(entry.payload).rule])).toEqual([
      ['grave', 'alert.fired', 'down'],
    ]);
    expect(await alerts.list({ limit: 9 })).toMatchObject([{ rule: 'down', state: 'firing' }]);
    expect(await alerts.list({ limit: 9, state: 'resolved' })).toEqual([]);
    expect(await alerts.list({ limit: 9, after: alerts.open[0]?.id ?? '' })).toEqual([]);
    out.mockRestore();
    await alerts.consider([down(0)], true);
    const kept = await store.alerts.list({ limit: 9 });
    expect(kept).toMatchObject([{ rule: 'down', state: 'resolved', notifiedAt: expect.any(Number) }]);
    // It was told that it began, past the outbox; that it is over goes the usual way.
    expect((await store.outbox.list({ limit: 9 })).map(({ kind }) => kind)).toEqual([
      'alert.resolved',
      'alert.resolved',
    ]);
    expect(posted).toHaveLength(1);
  });

  test('a store that goes in between is gone round, and takes the alert later', async () => {
    await using at = await alerting();
    const { store, log, posted, start } = at;
    await store.outbox.putDestination({ name: 'grave', publisher: 'webhook', settings: { alerts: 'critical' } });
    const { alerts, sinks } = start();
    const refused = vi.spyOn(store, 'transaction').mockRejectedValueOnce(new Error('disk full'));
    await alerts.consider([down(1)], true);
    await sinks.flush();
    expect(refused).toHaveBeenCalledOnce();
    expect(posted.map(({ to }) => to)).toEqual(['grave']);
    expect(log.at(-1)).toContain('alerts could not be kept: disk full');
    expect(await store.alerts.open()).toEqual([]);
    await alerts.consider([down(1)], true);
    expect(await store.alerts.open()).toMatchObject([{ rule: 'down' }]);
    expect(posted).toHaveLength(1);
  });

  test('a post that is not taken is tried again, then told; a hub that leaves does not wait for ever', async () => {
    await using at = await alerting(onSqlite, () => ({ outcome: 'retry', detail: 'answered 503' }));
    const { store, clock, log, posted, start, health } = at;
    await store.outbox.putDestination({ name: 'grave', publisher: 'webhook', settings: { alerts: 'critical' } });
    const { alerts, sinks } = start();
    await alerts.consider([], true);
    const out = health(outOfService);
    await alerts.consider([down(1)], false);
    for (const ms of [500, 1_000, 1_500]) {
      await eventually(() => expect(clock.pending).toBe(1));
      clock.advance(ms);
    }
    await sinks.flush();
    expect(posted).toHaveLength(3);
    expect(log.filter((line) => line.includes('could not be posted to grave: answered 503'))).toHaveLength(3);
    await alerts.consider([down(0)], false);
    await eventually(() => expect(clock.pending).toBe(1));
    const flushed = sinks.flush();
    clock.advance(5_000);
    await flushed;
    // One more try fell into those five seconds, and none after them.
    expect(posted).toHaveLength(5);
    out.mockRestore();
  });

  test('alerts that cannot be read are not judged as if there were none', async () => {
    await using at = await alerting();
    const { alerts } = at.start();
    const broken = vi.spyOn(at.store.alerts, 'open').mockRejectedValueOnce(new Error('unreadable'));
    await alerts.consider([deep(1)], true);
    expect(broken).toHaveBeenCalled();
    expect(at.log.some((line) => line.includes('alerts could not be read: unreadable'))).toBe(true);
    await alerts.consider([deep(1)], true);
    expect(await at.store.alerts.open()).toHaveLength(1);
  });
});

describe('people', () => {
  test('acknowledge, and it stays until its cause is gone', async () => {
    await using at = await alerting();
    const { alerts } = at.start();
    await alerts.consider([deep(1)], true);
    const id = alerts.open[0]?.id ?? '';
    const known = await alerts.acknowledge(id, 'ada');
    expect(known).toMatchObject({ state: 'acknowledged', acknowledgedBy: 'ada' });
    expect(await alerts.acknowledge(id, 'bob')).toEqual(known);
    await alerts.consider([deep(5)], true);
    expect(alerts.open).toMatchObject([{ id, state: 'acknowledged', value: 5 }]);
    await alerts.consider([deep(0)], true);
    await refusal(alerts.acknowledge(id, 'ada'), 'illegal_transition');
    await refusal(alerts.acknowledge('alt_none', 'ada'), 'not_found');
  });

  test('resolve, and a cause that goes on fires anew under another id', async () => {
    await using at = await alerting();
    const { alerts } = at.start();
    await alerts.consider([deep(1)], true);
    const id = alerts.open[0]?.id ?? '';
    const over = await alerts.resolve(id, 'operator');
    expect(over).toMatchObject({ state: 'resolved', resolvedBy: 'operator' });
    expect(await alerts.resolve(id, 'operator')).toMatchObject({ id, state: 'resolved' });
    await alerts.consider([deep(1)], true);
    expect(alerts.open).toHaveLength(1);
    expect(alerts.open[0]?.id).not.toBe(id);
    await refusal(alerts.resolve('alt_none', 'ada'), 'not_found');
  });

  test('silence for a while; another of the same takes its place; the next hub keeps to it', async () => {
    await using at = await alerting();
    const { alerts } = at.start();
    const first = await alerts.silence({ rule: 'deep', by: 'operator' }, 1_000);
    const longer = await alerts.silence({ rule: 'deep', by: 'operator', reason: 'known' }, 5_000);
    expect(longer.id).toBe(first.id);
    expect(alerts.silences).toEqual([longer]);
    const next = at.start();
    await next.alerts.consider([deep(1)], true);
    // The log hears of it all the same, as of something nobody else is told.
    expect(at.log).toEqual([expect.stringContaining('alert (warning, silenced) deep: ')]);
    expect(next.alerts.open).toHaveLength(1);
    expect(await next.alerts.unsilence(longer.id)).toBe(true);
    expect(await next.alerts.unsilence(longer.id)).toBe(false);
    await next.alerts.consider([deep(1)], true);
    expect(at.log).toHaveLength(2);
    expect((await at.store.alerts.open())[0]?.notifiedAt).toBe(at.clock.now());
  });
});
