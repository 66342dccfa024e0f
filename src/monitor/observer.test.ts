import { describe, expect, test, vi } from 'vitest';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { StoreFixture } from '../testing/contracts/store-fixture.ts';
import type { FigureName } from './figure.ts';
import { isIdle, Observer } from './observer.ts';
import type { Snapshot } from './snapshot.ts';

async function watching() {
  const fixture = await StoreFixture.open((options) => openSqliteStore({ ...options, file: ':memory:' }));
  const observer = new Observer(fixture.store, fixture.clock);
  await observer.look();
  return {
    fixture,
    observer,
    store: fixture.store,
    clock: fixture.clock,
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

const valueOf = ({ readings }: Snapshot, name: FigureName) => readings.find(({ figure }) => figure === name)?.value;

describe('a look', () => {
  test('tells depth, rates and totals from what is counted anyway', async () => {
    await using at = await watching();
    await at.fixture.sendAll(['1', '2', '3', '4']);
    await at.fixture.messages.ack(await at.fixture.leaseOne());
    await at.fixture.messages.nack(await at.fixture.leaseOne(), { terminal: true });
    at.clock.advance(10_000);
    const seen = await at.observer.look();
    expect(valueOf(seen, 'depth')).toBe(2);
    expect(valueOf(seen, 'dead_letters')).toBe(1);
    expect(seen.totals).toMatchObject({ accepted: 4, acked: 1, dead: 1, events: { 'message.dead': 1 } });
    expect(seen.rates).toEqual({ accepted: 0.4, acked: 0.1, retried: 0, dead: 0.1 });
    // Two attempts ended: a share of so few says nothing.
    expect(valueOf(seen, 'dead_rate')).toBeUndefined();
    at.clock.advance(60_000);
    const later = await at.observer.look();
    expect(later.totals.accepted).toBe(4);
    expect(later.rates.accepted).toBe(0);
  });

  test('tells shares once enough attempts have ended', async () => {
    await using at = await watching();
    for (let each = 0; each < 20; each += 1) {
      await at.fixture.send({ maxAttempts: 1 });
      const leased = await at.fixture.leaseOne();
      if (each < 5) await at.fixture.messages.nack(leased, {});
      else await at.fixture.messages.ack(leased);
    }
    const seen = await at.observer.look();
    expect([valueOf(seen, 'dead_rate'), valueOf(seen, 'retry_rate')]).toEqual([0.25, 0]);
    expect(valueOf(seen, 'wake_latency')).toBe(0);
  });

  test('tells mail that lies while its agent is idle, not while it works on something', async () => {
    await using at = await watching();
    const { store, clock } = at;
    await at.fixture.sendAll(['1', '2']);
    await at.fixture.send({ inboxes: ['bob'] });
    await store.agents.report('ada', { state: 'idle' });
    await store.agents.report('bob', { state: 'working' });
    clock.advance(90_000);
    const idle = async () => (await at.observer.look()).readings.filter(({ figure }) => figure === 'idle_unread');
    expect(await idle()).toEqual([{ figure: 'idle_unread', subject: 'ada', value: 90_000 }]);
    await at.fixture.leaseOne('ada', 600_000);
    expect(await idle()).toEqual([]);
    expect(valueOf(await at.observer.look(), 'lease_age')).toBe(0);
  });

  test('of a store that is out of service asks nothing, and takes nothing for zero', async () => {
    await using at = await watching();
    const asked = vi.spyOn(at.store.watch, 'figures');
    vi.spyOn(at.store, 'health').mockReturnValue({
      state: 'read-only',
      engine: 'sqlite',
      reason: 'store_missing: gone',
    });
    const seen = await at.observer.look();
    expect(asked).not.toHaveBeenCalled();
    expect(seen.troubles).toEqual([]);
    expect(valueOf(seen, 'store_state')).toBe(1);
    expect(seen.stats).toBeUndefined();
    for (const name of ['depth', 'idle_unread', 'dead_letters', 'inbox_fill'] as const)
      expect(valueOf(seen, name)).toBeUndefined();
    vi.restoreAllMocks();
  });

  test('that cannot read one thing says so and tells the others', async () => {
    await using at = await watching();
    vi.spyOn(at.store.watch, 'figures').mockRejectedValueOnce(new Error('no such table'));
    vi.spyOn(at.store.watch, 'sizes').mockRejectedValueOnce(new Error('statfs'));
    const seen = await at.observer.look();
    expect(seen.troubles).toEqual(['sizes: statfs', 'queue: no such table']);
    expect(valueOf(seen, 'monitor_trouble')).toBe(2);
    expect(valueOf(seen, 'depth')).toBeUndefined();
    expect(valueOf(seen, 'store_file')).toBe(0);
  });

  test('is one for all who ask at once', async () => {
    await using at = await watching();
    const [one, other] = await Promise.all([at.observer.look(), at.observer.look()]);
    expect(one).toBe(other);
  });

  test('tells what a check found, and how long ago it was', async () => {
    await using at = await watching();
    expect(valueOf(await at.observer.look(), 'integrity')).toBeUndefined();
    at.observer.checked([], 12);
    at.clock.advance(5_000);
    const well = await at.observer.look();
    expect([valueOf(well, 'integrity'), valueOf(well, 'integrity_age')]).toEqual([0, 5_000]);
    for (let each = 0; each < 3; each += 1) at.observer.checked(['page damage: row 7 missing'], 12);
    const bad = await at.observer.look();
    expect(bad.readings.find(({ figure }) => figure === 'integrity')).toMatchObject({
      value: 1,
      detail: 'page damage: row 7 missing',
    });
    expect(bad.readings.find(({ figure }) => figure === 'corruption')).toMatchObject({ subject: 'store', value: 1 });
    expect(bad.integrity).toMatchObject({ checks: 4, found: 3 });
  });
});

test.each([
  [{ state: 'idle', stateAt: 1 }, true],
  [{ state: 'complete', stateAt: 1 }, true],
  [{ state: 'working', stateAt: 1 }, false],
  [{ state: 'blocked', stateAt: 1 }, false],
  [{ state: 'offline', stateAt: 1, lastSeenAt: 1 }, false],
  [{ state: 'offline', lastSeenAt: 1 }, true],
  [{ state: 'offline' }, false],
] as const)('an agent that is %j is idle: %s', (agent, idle) => expect(isIdle(agent)).toBe(idle));
