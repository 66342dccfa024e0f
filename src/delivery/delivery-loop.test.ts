import { describe, expect, test, vi } from 'vitest';
import { startService } from '../service.ts';
import { openMemoryStore } from '../store/memory/memory-store.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { StoreFixture } from '../testing/contracts/store-fixture.ts';
import { eventually } from '../testing/eventually.ts';
import type { Delivery, DeliveryDoor, DoorOutcome } from './delivery-door.ts';
import { DeliveryLoop } from './delivery-loop.ts';
import { pullDoor } from './doors/pull.ts';
import type { DoorName } from './receipt.ts';

type Deliver = (delivery: Delivery, signal: AbortSignal) => Promise<DoorOutcome>;

/** A store, and a loop whose doors do what the test says. `ada` has them, `bob` has none. */
async function delivering(behaviour: Partial<Record<DoorName, Deliver>>, options: { wakesPerMinute?: number } = {}) {
  const fixture = await StoreFixture.open((open) => openSqliteStore({ ...open, file: ':memory:' }));
  const { store, clock } = fixture;
  const knocks: { door: DoorName; ids: string[]; urgency: string }[] = [];
  const closed = new Map<DoorName, string>();
  const doors: DeliveryDoor[] = Object.entries(behaviour).map(([key, deliver]) => {
    const name = key as DoorName; // the keys above
    return {
      name,
      repeatable: name === 'webhook',
      cost: 'a turn' as const,
      async look() {
        const reason = closed.get(name);
        return reason === undefined ? { open: true } : { open: false, reason };
      },
      deliver(delivery, signal) {
        knocks.push({ door: name, ids: delivery.messages.map(({ id }) => id), urgency: delivery.urgency });
        return deliver(delivery, signal);
      },
    };
  });
  for (const { name } of doors) await store.deliveries.openDoor({ agent: 'ada', door: name, settings: {} });
  const failures: unknown[] = [];
  const newLoop = () =>
    new DeliveryLoop({
      store,
      clock,
      random: () => 0,
      backoff: { minMs: 1_000, maxMs: 60_000 },
      doors: [...doors, pullDoor],
      wakesPerMinute: options.wakesPerMinute ?? 60,
    });
  const loop = newLoop();
  return {
    fixture,
    store,
    clock,
    loop,
    knocks,
    closed,
    failures,
    start: (which = loop) => startService(which, (error) => failures.push(error)),
    newLoop,
    send: (more: object = {}) => fixture.send(more),
    recordOf: (id: string) => store.deliveries.record(id),
    /** Resolves when the record is in this state. */
    reached: (id: string, state: string) =>
      eventually(async () => expect((await store.deliveries.record(id))?.state).toBe(state)),
    /** Resolves when the loop has nothing left to do but wait for time. */
    resting: (timers = 1) => eventually(() => expect(clock.pending).toBe(timers)),
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

const injected = async (): Promise<DoorOutcome> => ({ result: 'injected' });
const refused = (reason: string) => async (): Promise<DoorOutcome> => ({ result: 'refused', reason });

describe('the delivery loop', () => {
  test('tells an agent with a door about new mail, each message once', async () => {
    await using box = await delivering({ exec: injected });
    const service = box.start();
    const first = await box.send();
    await box.reached(first, 'injected');
    const second = await box.send({ priority: 'urgent' });
    await box.reached(second, 'injected');
    expect(box.knocks).toEqual([
      { door: 'exec', ids: [first], urgency: 'next-turn' },
      { door: 'exec', ids: [second], urgency: 'interrupt' },
    ]);
    await service.stop();
    expect(box.failures).toEqual([]);
    expect(box.clock.pending).toBe(0);
  });

  test('an agent without doors costs nothing: its mail waits', async () => {
    await using box = await delivering({ exec: injected });
    const service = box.start();
    const pending = vi.spyOn(box.store.deliveries, 'pending');
    const id = await box.send({ inboxes: ['bob'] });
    const own = await box.send();
    await box.reached(own, 'injected');
    expect(pending.mock.calls.every(([agent]) => agent === 'ada')).toBe(true);
    expect(await box.recordOf(id)).toBeUndefined();
    await service.stop();
  });

  test('mail in no hurry starts no turn', async () => {
    await using box = await delivering({ exec: injected });
    const service = box.start();
    await box.send({ priority: 'low' });
    const normal = await box.send();
    await box.reached(normal, 'injected');
    expect(box.knocks.every(({ urgency }) => urgency === 'next-turn')).toBe(true);
    await service.stop();
  });

  test('nothing is done for a message that was acked between the look and the knock', async () => {
    await using box = await delivering({ exec: injected });
    const { store, fixture } = box;
    const looked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const pending = store.deliveries.pending.bind(store.deliveries);
    vi.spyOn(store.deliveries, 'pending').mockImplementationOnce(async (...of) => {
      const found = await pending(...of);
      looked.resolve();
      await goOn.promise;
      return found;
    });
    const id = await box.send();
    const service = box.start();
    await looked.promise;
    await fixture.messages.ack(await fixture.leaseOne());
    goOn.resolve();
    const next = await box.send();
    await box.reached(next, 'injected');
    expect(box.knocks.flatMap(({ ids }) => ids)).toEqual([next]);
    expect(await box.recordOf(id)).toBeUndefined();
    await service.stop();
  });

  test('a door that refuses is passed for the next one, and tried again after its backoff', async () => {
    let refusals = 0;
    await using box = await delivering({
      exec: async () => {
        refusals += 1;
        return { result: 'refused', reason: 'busy', retryAfterMs: 5_000 };
      },
      tmux: refused('copy mode'),
    });
    const service = box.start();
    const id = await box.send();
    await box.resting();
    expect(box.knocks.map(({ door }) => door)).toEqual(['exec', 'tmux']);
    expect(await box.recordOf(id)).toMatchObject({ state: 'refused', door: 'tmux', why: 'copy mode', tries: 2 });
    box.clock.advance(1_000); // the pane's backoff ends first
    await eventually(() => expect(box.knocks.map(({ door }) => door)).toEqual(['exec', 'tmux', 'tmux']));
    await box.resting();
    box.clock.advance(4_000);
    await eventually(() => expect(refusals).toBe(2));
    await service.stop();
  });

  test('what is uncertain is never repeated by itself, only on somebody’s word', async () => {
    let echo = false;
    await using box = await delivering({
      tmux: async () => (echo ? { result: 'seen' } : { result: 'uncertain', why: 'the pane did not show it' }),
      exec: async () => {
        throw new Error('cut off in the middle');
      },
    });
    const service = box.start();
    const id = await box.send();
    await box.reached(id, 'uncertain');
    expect(box.knocks).toHaveLength(1); // exec stands before tmux on the ladder
    box.clock.advance(3_600_000);
    const second = await box.send();
    await box.reached(second, 'uncertain');
    expect(box.knocks.map(({ ids }) => ids)).toEqual([[id], [second]]);
    box.closed.set('exec', 'ended');
    echo = true;
    await box.store.deliveries.release(id);
    await box.reached(id, 'seen');
    expect(await box.recordOf(second)).toMatchObject({ state: 'uncertain', why: 'cut off in the middle' });
    await service.stop();
  });

  test('a hub that was killed in the middle repeats only what may be repeated', async () => {
    await using box = await delivering({ tmux: injected, webhook: injected });
    const typed = await box.send();
    const posted = await box.send();
    await box.store.deliveries.begin('ada', 'tmux', [typed]);
    await box.store.deliveries.begin('ada', 'webhook', [posted]);
    box.closed.set('tmux', 'no pane');
    const service = box.start();
    await box.reached(posted, 'injected');
    expect(await box.recordOf(typed)).toMatchObject({ state: 'uncertain' });
    expect(box.knocks).toEqual([{ door: 'webhook', ids: [posted], urgency: 'next-turn' }]);
    await service.stop();
  });

  test('wakes have a budget: what comes too soon is told together, later', async () => {
    await using box = await delivering({ exec: injected }, { wakesPerMinute: 2 });
    const service = box.start();
    for (const id of [await box.send(), await box.send()]) await box.reached(id, 'injected');
    const wakes = box.knocks.length;
    const storm = await Promise.all(Array.from({ length: 30 }, () => box.send()));
    await box.resting();
    expect(box.knocks.length).toBeLessThanOrEqual(2);
    box.clock.advance(60_000);
    await box.reached(storm[29] ?? '', 'injected');
    await service.stop();
    expect(box.knocks.length - wakes).toBeLessThanOrEqual(2);
    expect(new Set(box.knocks.flatMap(({ ids }) => ids)).size).toBe(32);
  });

  test('one knock at a time for each agent, however much comes', async () => {
    let under = 0;
    let most = 0;
    await using box = await delivering({
      exec: async () => {
        most = Math.max(most, ++under);
        await new Promise((resolve) => setImmediate(resolve));
        under -= 1;
        return { result: 'injected' };
      },
    });
    const service = box.start();
    const ids = await Promise.all(Array.from({ length: 20 }, () => box.send()));
    for (const id of ids) await box.reached(id, 'injected');
    expect(most).toBe(1);
    await service.stop();
  });

  test('a door that is closed is looked at again, ever more seldom, and at once when it was opened', async () => {
    await using box = await delivering({ exec: injected });
    box.closed.set('exec', 'no session');
    const service = box.start();
    const id = await box.send();
    await box.resting();
    expect(await box.loop.look('ada', new Map([['exec', {}]]))).toMatchObject([
      { door: { name: 'exec' }, found: { open: false, reason: 'no session' } },
      { door: { name: 'pull' }, found: { open: true } },
    ]);
    box.clock.advance(1_000);
    await box.resting();
    box.closed.delete('exec');
    await box.store.deliveries.openDoor({ agent: 'ada', door: 'exec', settings: { session: 's' } });
    await box.reached(id, 'injected');
    await service.stop();
  });

  test('tells people why a door is not used', async () => {
    await using box = await delivering({ exec: refused('a turn is running') });
    const service = box.start();
    await box.send();
    await box.resting();
    const [exec, pull] = await box.loop.look('ada', new Map([['exec', {}]]));
    expect(exec?.found).toMatchObject({ open: false, reason: expect.stringContaining('a turn is running') });
    expect(pull?.found).toEqual({ open: true });
    expect((await box.loop.look('ada', new Map()))[0]?.found).toMatchObject({
      reason: expect.stringContaining('nobody'),
    });
    await service.stop();
  });

  test('a store that failed is asked again after a while', async () => {
    await using box = await delivering({ exec: injected });
    vi.spyOn(box.store.deliveries, 'doors').mockRejectedValueOnce(new Error('disk'));
    vi.spyOn(box.store.deliveries, 'pending').mockRejectedValueOnce(new Error('disk'));
    const id = await box.send();
    const service = box.start();
    await box.resting();
    box.clock.advance(1_000);
    await box.resting();
    box.clock.advance(1_000);
    await box.reached(id, 'injected');
    await service.stop();
  });

  test('rests where messages are all there is', async () => {
    await using fixture = await StoreFixture.open(async (options) => openMemoryStore(options));
    const { store, clock } = fixture;
    const failures: unknown[] = [];
    const backoff = { minMs: 1, maxMs: 1 };
    const loop = new DeliveryLoop({ store, clock, random: () => 0, backoff, doors: [pullDoor], wakesPerMinute: 1 });
    await startService(loop, (error) => failures.push(error)).stop();
    expect(failures).toEqual([]);
  });
});
