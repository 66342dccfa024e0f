import { describe, expect, test } from 'vitest';
import { WaggleError } from '../errors.ts';
import { openSwarm } from '../index.ts';
import { collector } from '../testing/collector.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { startTempHub } from '../testing/temp-hub.ts';
import { retryIn, startConsumer, terminal } from './consume.ts';
import { createSwarm } from './create-swarm.ts';
import { FrameConnection } from './frame-connection.ts';
import { RemoteTransport } from './remote-transport.ts';
import type { ReceivedMessage } from './swarm.ts';

describe('consuming', () => {
  test('acks what is handled, and each way of failing has its consequence', async () => {
    await using hub = await startTempHub({ config: { backoff: { minMs: 1, maxMs: 1 } } });
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    for (const body of ['fine', 'give up', 'soon', 'stumble']) await swarm.send({ to: 'ada', body });
    const handled = collector<string>(6);
    await using consumer = swarm.consume('ada', (message: ReceivedMessage) => {
      handled.add(`${String(message.body)} ${message.attempt}`);
      if (message.body === 'give up') throw terminal('not for me');
      if (message.body === 'soon' && message.attempt === 1) throw retryIn(1, 'not yet');
      if (message.body === 'stumble' && message.attempt === 1) throw new Error('oh\nno');
    });
    expect((await handled.full).toSorted()).toEqual([
      'fine 1',
      'give up 1',
      'soon 1',
      'soon 2',
      'stumble 1',
      'stumble 2',
    ]);
    await consumer.stop();
    const { dead } = await swarm.dead.list();
    expect(dead[0]?.errors[0]?.reason).toBe('not for me');
    expect(await swarm.queue.stats()).toMatchObject({ acked: 3, dead: 1 });
  });

  test('stopping finishes what is in hand and takes nothing new', async () => {
    await using hub = await startTempHub();
    await using swarm = await hub.connect();
    await swarm.agents.add({ id: 'ada' });
    const started = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const consumer = swarm.consume('ada', async () => {
      started.resolve();
      await held.promise;
    });
    await swarm.send({ to: 'ada', body: 'in hand' });
    await started.promise;
    const stopping = consumer.stop();
    await swarm.send({ to: 'ada', body: 'too late' });
    held.resolve();
    await stopping;
    expect(await swarm.queue.stats()).toMatchObject({ acked: 1, ready: 1 });
  });

  test('a lease is renewed while its handler works, and a lost one is told to the handler', async () => {
    const clock = new ManualClock();
    await using hub = await startTempHub();
    await using connection = await hub.connect();
    await connection.agents.add({ id: 'ada' });
    const { id } = await connection.send({ to: 'ada', body: 'long work' });
    const { at, token } = { at: { path: `${hub.dir}/hub.sock` }, token: hub.token };
    const transport = new RemoteTransport({
      open: async () => new FrameConnection({ at, token }),
      clock,
      retryForMs: 0,
    });
    await using swarm = createSwarm(transport, clock);
    const errors = collector<unknown>(2);
    let lostSignal: AbortSignal | undefined;
    let finish = () => {};
    const working = new Promise<void>((resolveWorking) => {
      void swarm.consume(
        'ada',
        async (_message, { signal }) => {
          lostSignal = signal;
          resolveWorking();
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
        },
        { leaseMs: 10_000, onError: errors.add },
      );
    });
    await working;
    const before = (await connection.message(id)).message.leaseExpiresAt;
    clock.advance(5_000);
    await expect.poll(async () => (await connection.message(id)).message.leaseExpiresAt).not.toBe(before);
    await connection.cancel(id);
    clock.advance(5_000);
    await expect.poll(() => lostSignal?.aborted).toBe(true);
    finish();
    expect((await errors.full).map((error) => (error as WaggleError).code)).toEqual(['lease_lost', 'lease_lost']);
  });
});

describe('a consumer in trouble', () => {
  test('lets go of a message whose handler ended while a renewal was under way', async () => {
    const clock = new ManualClock();
    const renewal = Promise.withResolvers<{ leaseExpiresAt: string }>();
    const done = Promise.withResolvers<void>();
    let renewals = 0;
    const settled = Promise.withResolvers<void>();
    const heard: unknown[] = [];
    const stop = new AbortController();
    const slow = {
      ...(await openSwarm({ store: 'memory' })),
      lease: async () => (stop.signal.aborted ? [] : [{ id: 'msg_1', gen: 1 } as ReceivedMessage]),
      extend: () => {
        renewals += 1;
        return renewal.promise;
      },
      ack: async () => {
        stop.abort();
        settled.resolve();
        throw new WaggleError('store_failed', 'the effect is unknown');
      },
    };
    const consumer = startConsumer(slow, clock, 'ada', () => done.promise, {
      leaseMs: 1_000,
      signal: stop.signal,
      onError: (error) => heard.push(error),
    });
    for (; renewals === 0; await Promise.resolve()) clock.advance(500);
    done.resolve();
    await settled.promise;
    renewal.resolve({ leaseExpiresAt: '' });
    await consumer.done;
    clock.advance(10_000);
    expect(renewals).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test('goes on when the message it settles was deleted meanwhile', async () => {
    await using swarm = await openSwarm({ store: 'memory' });
    await swarm.agents.add({ id: 'ada' });
    await swarm.send({ to: 'ada', body: 'doomed', maxAttempts: 1 });
    const seen = collector<unknown>(2);
    const heard: unknown[] = [];
    await using _consumer = swarm.consume(
      'ada',
      async (message) => {
        if (message.body === 'doomed') {
          await swarm.nack(message, { terminal: true, reason: 'poison' });
          await swarm.dead.purge({ inbox: 'ada' });
        }
        seen.add(message.body);
      },
      { onError: (error) => heard.push(error instanceof WaggleError && error.code) },
    );
    await swarm.send({ to: 'ada', body: 'next' });
    expect(await seen.full).toEqual(['doomed', 'next']);
    expect(heard).toEqual(['not_found']);
  });

  test('waits out a passing refusal, ends with a lasting one, and tells of both', async () => {
    const clock = new ManualClock();
    await using swarm = await openSwarm({ store: 'memory' });
    await swarm.agents.add({ id: 'ada' });
    await swarm.send({ to: 'ada', body: 'x' });
    const refusals = [new WaggleError('draining', 'soon'), new WaggleError('not_found', 'no inbox')];
    let leases = 0;
    const moody = {
      ...swarm,
      lease: (...args: Parameters<typeof swarm.lease>) => {
        leases += 1;
        const refusal = leases === 2 ? undefined : refusals.shift();
        return refusal === undefined ? swarm.lease(...args) : Promise.reject(refusal);
      },
    };
    const told: string[] = [];
    const handled: unknown[] = [];
    const consumer = startConsumer(moody, clock, 'ada', ({ body }) => void handled.push(body), {
      onError: (error) => told.push((error as WaggleError).code),
    });
    await expect
      .poll(() => {
        clock.advance(1_000);
        return told.length;
      })
      .toBe(2);
    await expect(consumer.done).rejects.toMatchObject({ code: 'not_found' });
    expect([told, handled]).toEqual([['draining', 'not_found'], ['x']]);
  });

  test('several at a time, stopped by the caller’s signal; what is thrown need not be an error', async () => {
    await using swarm = await openSwarm({ store: 'memory' });
    await swarm.agents.add({ id: 'ada' });
    for (const body of ['a', 'b', 'c']) await swarm.send({ to: 'ada', body, maxAttempts: 1 });
    const stop = new AbortController();
    const seen = collector<string>(3);
    const consumer = swarm.consume(
      'ada',
      ({ bodyText }) => {
        seen.add(bodyText);
        throw `no ${bodyText}`; // oxlint-disable-line no-throw-literal -- users' handlers do
      },
      { concurrency: 3, signal: stop.signal },
    );
    await seen.full;
    await expect.poll(async () => (await swarm.queue.stats()).dead).toBe(3);
    stop.abort();
    await consumer.done;
    await consumer[Symbol.asyncDispose]();
    expect((await swarm.dead.list()).dead.map((letter) => letter.errors[0]?.reason)).toEqual(['no a', 'no b', 'no c']);
    await swarm.consume('ada', () => {}, { signal: AbortSignal.abort() }).done;
  });
});
