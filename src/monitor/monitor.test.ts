import { describe, expect, test, vi } from 'vitest';
import { startService } from '../service.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import type { StoreHealth } from '../store/store.ts';
import { StoreFixture } from '../testing/contracts/store-fixture.ts';
import { eventually } from '../testing/eventually.ts';
import { builtInRules } from './alert-rule.ts';
import { lookEveryMs, Monitor } from './monitor.ts';
import { pointsKept, Series } from './series.ts';
import type { Snapshot } from './snapshot.ts';

async function monitoring(checkEveryMs = 0) {
  const fixture = await StoreFixture.open((options) => openSqliteStore({ ...options, file: ':memory:' }));
  const { store, clock } = fixture;
  const log: string[] = [];
  let ids = 0;
  const monitor = new Monitor({
    store,
    clock,
    rules: builtInRules,
    publishers: [],
    newId: () => (ids += 1).toString(16).padStart(16, '0'),
    log: (line) => log.push(line),
    checkEveryMs,
    process: () => ({ version: '1', startedAt: 0, process: { residentBytes: 1, cpuSeconds: 1 } }),
  });
  const failures: unknown[] = [];
  const running = monitor.services().map((service) => startService(service, (error) => failures.push(error)));
  return {
    fixture,
    store,
    clock,
    monitor,
    log,
    failures,
    async [Symbol.asyncDispose]() {
      for (const service of running) await service.stop();
      vi.restoreAllMocks();
      await fixture[Symbol.asyncDispose]();
    },
  };
}

/** The next look is due: the last one has ended. */
const resting = (clock: { pending: number }, timers = 1) => eventually(() => expect(clock.pending).toBe(timers));

describe('the monitor', () => {
  test('looks at once and every two seconds, and keeps what it saw', async () => {
    await using at = await monitoring();
    await resting(at.clock);
    expect(at.monitor.points(0)).toHaveLength(1);
    at.clock.advance(lookEveryMs - 1);
    expect(at.clock.pending).toBe(1);
    at.clock.advance(1);
    await eventually(() => expect(at.monitor.points(0)).toHaveLength(2));
    const [first] = at.monitor.points(0);
    expect(at.monitor.points(first?.at ?? 0)).toHaveLength(1);
  });

  test('a store that tells of its own trouble raises an alert before the next look', async () => {
    await using at = await monitoring();
    const listeners: ((health: StoreHealth) => void)[] = [];
    vi.spyOn(at.store, 'onHealth').mockImplementation((listener) => {
      listeners.push(listener);
      return () => {};
    });
    const [again] = at.monitor.services();
    if (again === undefined) throw new Error('there is a service');
    const service = startService(again, () => {});
    await resting(at.clock, 2);
    const gone: StoreHealth = {
      state: 'read-only',
      engine: 'sqlite',
      code: 'store_missing',
      reason: 'store_missing: removed',
    };
    const health = vi.spyOn(at.store, 'health').mockReturnValue(gone);
    for (const listener of listeners) listener(gone);
    expect(at.monitor.alerts.open.map(({ rule, text }) => [rule, text])).toEqual([
      ['store-down', 'store out of service: store_missing: removed'],
      ['store-file', 'store file missing, replaced or unreadable: missing: store_missing: removed'],
    ]);
    expect(at.log).toHaveLength(2);
    expect(at.monitor.stateOf('store-down')).toBe('firing');
    for (const listener of listeners) listener({ state: 'closed', engine: 'sqlite' });
    health.mockRestore();
    await service.stop();
  });

  test('counts what the store recovered from by itself', async () => {
    await using at = await monitoring();
    await resting(at.clock);
    const [hear] = [...(await listenersOf(at))];
    hear?.({ state: 'recovering', engine: 'sqlite', code: 'store_failed', reason: 'store_failed: fsync' });
    hear?.({ state: 'open', engine: 'sqlite' });
    const [store] = (await at.monitor.look()).sources;
    expect(store).toMatchObject({
      source: 'store',
      parseErrors: 1,
      recoveryAttempts: 1,
      recoveries: 1,
      state: 'intact',
    });
  });

  test('a look that fails is told, and the next one is made', async () => {
    await using at = await monitoring();
    await resting(at.clock);
    vi.spyOn(at.monitor.observer, 'look').mockRejectedValueOnce(new Error('a defect'));
    at.clock.advance(lookEveryMs);
    await eventually(() => expect(at.log).toEqual(['monitor: a look failed: a defect']));
    await resting(at.clock);
    expect(at.monitor.stateOf('monitor-trouble')).toBe('pending');
    at.clock.advance(lookEveryMs);
    await resting(at.clock);
    expect(at.monitor.stateOf('monitor-trouble')).toBe('quiet');
    expect(at.failures).toEqual([]);
  });
});

/** Whoever listens to the store's health now, caught by starting the service once more. */
async function listenersOf(at: Awaited<ReturnType<typeof monitoring>>) {
  const listeners = new Set<(health: StoreHealth) => void>();
  vi.spyOn(at.store, 'onHealth').mockImplementation((listener) => {
    listeners.add(listener);
    return () => {};
  });
  const [again] = at.monitor.services();
  if (again === undefined) throw new Error('there is a service');
  await startService(again, () => {}).stop();
  return listeners;
}

describe('integrity checks', () => {
  test('come at their time, rest in between, and raise an alert for what they find', async () => {
    await using at = await monitoring(600_000);
    await resting(at.clock, 2);
    const check = vi.spyOn(at.store.watch, 'check').mockImplementation(async (breathe) => {
      await breathe(100);
      return { problems: [{ what: 'page damage', detail: 'row 7 missing' }], slices: 2, busyMs: 150 };
    });
    at.clock.advance(60_000);
    await eventually(() => expect(check).toHaveBeenCalledOnce());
    // It rests nine times as long as it worked.
    await resting(at.clock, 2);
    at.clock.advance(899);
    expect((await at.monitor.look()).integrity.checks).toBe(0);
    at.clock.advance(1);
    await eventually(async () =>
      expect((await at.monitor.look()).integrity).toMatchObject({ checks: 1, lastBusyMs: 150 }),
    );
    at.clock.advance(lookEveryMs);
    await eventually(() => expect(at.monitor.alerts.open.map(({ rule }) => rule)).toContain('page-damage'));
    expect(
      at.log.some((line) => line.includes('page-damage: damage found by the last check: page damage: row 7 missing')),
    ).toBe(true);
  });

  test('that cannot be made are a finding too', async () => {
    await using at = await monitoring();
    vi.spyOn(at.store.watch, 'check').mockRejectedValueOnce(new Error('no file'));
    await at.monitor.checkNow();
    expect((await at.monitor.look()).integrity.problems).toEqual(['the check could not be made: no file']);
    expect(at.log).toEqual(['monitor: the integrity check failed: no file']);
  });

  test('that a stop ends are none', async () => {
    const at = await monitoring(1);
    await resting(at.clock, 2);
    vi.spyOn(at.store.watch, 'check').mockImplementation(async (breathe) => {
      await breathe(1);
      return { problems: [], slices: 1, busyMs: 1 };
    });
    at.clock.advance(1);
    await resting(at.clock, 2);
    await at[Symbol.asyncDispose]();
    expect(at.failures).toEqual([]);
    expect(at.log).toEqual([]);
  });
});

test('the series keeps a quarter of an hour, and tells what it does not know as null', () => {
  const series = new Series();
  const rates = { accepted: 1, acked: 2, retried: 0, dead: 0 };
  // Of a look only what a point is made of counts here.
  const seen = (at: number) => ({ at, rates, readings: [], sizes: {}, sources: [] }) as unknown as Snapshot;
  for (let at = 1; at <= pointsKept + 5; at += 1) series.add(seen(at));
  const points = series.since(0);
  expect(points).toHaveLength(pointsKept);
  expect(points[0]).toMatchObject({
    at: 6,
    accepted: 1,
    ready: 0,
    wakeP95Ms: null,
    logBytes: null,
    diskFreeBytes: null,
  });
});
