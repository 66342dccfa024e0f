import { WaggleError } from '../../src/errors.ts';
import type { SendInput } from '../../src/hub/api.ts';
import { retryIn, terminal } from '../../src/sdk/consume.ts';
import type { ReceivedMessage } from '../../src/sdk/swarm.ts';
import { aborted } from '../../src/service.ts';
import type { Life, Program } from './client.ts';

export const agents = [
  { id: 'ada', role: 'coder' },
  { id: 'bob', role: 'coder' },
  { id: 'cyd', role: 'tester' },
] as const;

/** Runs a call whose refusal is part of life; what is not is thrown. */
async function allowing<T>(life: Life, call: Promise<T>, ...codes: string[]): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!(error instanceof WaggleError) || !codes.includes(error.code)) throw error;
    life.sometimes(`refused: ${error.code}`);
    return undefined;
  }
}

const unknown = ['hub_unreachable', 'timeout', 'store_failed', 'draining', 'store_read_only', 'aborted', 'disk_full'];

/** Sends of every kind; some twice at once, some withdrawn later. */
export function producer(count: number): Program {
  let serial = 0;
  return async (life) => {
    const { swarm, world, process } = life;
    const { random } = world;
    for (; serial < count && life.isBusy(); ) {
      serial += 1;
      const message = randomMessage(life, `${process.name}:${serial}`);
      const copies = message.idempotencyKey !== undefined && random.chance(0.2) ? 2 : 1;
      const receipts = await Promise.all(
        Array.from({ length: copies }, () =>
          allowing(life, swarm.send(message), 'queue_full', 'not_found', ...unknown),
        ),
      );
      if (receipts.some((receipt) => receipt?.duplicate === true)) life.sometimes('a second send of a key was known');
      if ((receipts[0]?.ids?.length ?? 0) > 1) life.sometimes('a broadcast reached several');
      if (receipts.length === 2 && receipts.every((r) => r !== undefined) && receipts[0]?.id !== receipts[1]?.id)
        life.broken(`one key, two messages: ${receipts[0]?.id} and ${receipts[1]?.id}`);
      const [receipt] = receipts;
      if (receipt !== undefined && random.chance(0.08)) {
        await life.rest(2_000);
        await allowing(life, swarm.cancel(receipt.id), 'illegal_transition', 'not_found', ...unknown);
      }
      await life.rest(800);
    }
  };
}

function randomMessage({ world: { random } }: Life, name: string): SendInput {
  const to = random.chance(0.75) ? agents[random.below(agents.length)]?.id : random.chance(0.5) ? 'role:coder' : 'all';
  return {
    to: to ?? 'ada',
    body: random.chance(0.3) ? { name, nested: [1, { to: 'ada' }] } : `${name} ${'x'.repeat(random.below(40))}`,
    ...(random.chance(0.5) ? { from: 'lead' } : {}),
    ...(random.chance(0.6) ? { idempotencyKey: `key:${name}` } : {}),
    ...(random.chance(0.15) ? { delayMs: 1 + random.below(4_000) } : {}),
    ...(random.chance(0.1) ? { ttlMs: 1 + random.below(3_000) } : {}),
    ...(random.chance(0.1) ? { ackBy: new Date(Date.UTC(2026, 0, 1) + random.below(20_000)).toISOString() } : {}),
    ...(random.chance(0.3) ? { priority: random.pick(['urgent', 'high', 'low']) } : {}),
    ...(random.chance(0.25) ? { orderingKey: `lane${random.below(2)}` } : {}),
    ...(random.chance(0.5) ? { maxAttempts: 1 + random.below(4) } : {}),
  };
}

/** The SDK's consumer, with a handler that succeeds, fails, gives up, asks for time, or takes longer than its lease. */
export function consumer(inbox: string): Program {
  return async (life) => {
    const { swarm, world } = life;
    const { random } = world;
    const leaseMs = 300 + random.below(3_000);
    const running = swarm.consume(
      inbox,
      async (message, { signal }) => {
        noteDelivery(life, message);
        await life.rest(life.isBusy() ? leaseMs : 5);
        if (signal.aborted) life.sometimes('a handler heard that its lease was lost');
        if (!life.isBusy()) return;
        if (random.chance(0.15)) throw new Error('simulated failure');
        if (random.chance(0.05)) throw terminal('simulated poison');
        if (random.chance(0.1)) throw retryIn(random.below(1_000), 'simulated wait');
      },
      { concurrency: 1 + random.below(3), leaseMs, onError: (error) => noteError(life, error) },
    );
    await running.done;
  };
}

/** Leases by hand, sleeps past its lease more often than not, then settles all the same. */
export function sleeper(inbox: string): Program {
  return async (life) => {
    const { swarm, world } = life;
    const { random } = world;
    while (life.isBusy()) {
      const leaseMs = 50 + random.below(500);
      const leased =
        (await allowing(
          life,
          swarm.lease(inbox, { limit: 1 + random.below(3), leaseMs, waitMs: random.below(3_000) }),
          'not_found',
          ...unknown,
        )) ?? [];
      for (const message of leased) {
        noteDelivery(life, message);
        await life.rest(leaseMs * 2);
        const settle = random.pick<() => Promise<unknown>>([
          () => swarm.ack(message),
          () => swarm.nack(message, { delayMs: random.below(500), reason: 'slept' }),
          () => swarm.nack(message, { terminal: true, reason: 'slept too long' }),
          () => swarm.extend(message, { leaseMs }),
        ]);
        await allowing(life, settle(), 'lease_lost', 'not_found', ...unknown);
      }
      await life.rest(500);
    }
  };
}

/** Looks at everything, brings some of the dead back, deletes others, adds and removes an agent. */
export const operator: Program = async (life) => {
  const { swarm, world } = life;
  const { random } = world;
  while (life.isBusy()) {
    await life.rest(3_000);
    const letters = await allowing(life, swarm.dead.list(), ...unknown);
    for (const { message } of letters?.dead ?? []) {
      const act = random.below(3);
      if (act === 0) {
        const done = await allowing(
          life,
          swarm.dead.redrive({ ids: [message.id] }),
          'illegal_transition',
          'not_found',
          ...unknown,
        );
        if (done === 1) life.sometimes('a dead letter was redriven');
      } else if (act === 1) {
        const done = await allowing(
          life,
          swarm.dead.purge({ ids: [message.id] }),
          'illegal_transition',
          'not_found',
          ...unknown,
        );
        if (done === 1) life.sometimes('a dead letter was purged');
      }
    }
    const stats = await allowing(life, swarm.queue.stats(), ...unknown);
    if (stats !== undefined) {
      const { accepted, inbox: _inbox, oldestReadyAt: _oldest, ...others } = stats;
      const sum = Object.values(others).reduce((total, count) => total + count, 0);
      if (sum !== accepted) life.broken(`conservation: ${accepted} accepted, ${sum} accounted for`);
    }
    await allowing(life, swarm.search('simulated nested', { limit: 3 }), ...unknown);
    await allowing(life, swarm.agents.add({ id: 'passing', role: 'coder' }), 'already_exists', ...unknown);
    await life.rest(1_000);
    await allowing(
      life,
      swarm.agents.remove('passing', { cancelOpen: true }),
      'not_found',
      'illegal_transition',
      ...unknown,
    );
  }
};

/** Reads the spine of events from the start; it may never go back or say a thing twice. */
export const reader: Program = async (life) => {
  const stop = new AbortController();
  let last = 0;
  for await (const event of life.swarm.events({ after: 0, signal: stop.signal })) {
    // Told of what retention deleted at the reader's own place: nothing new was said there.
    if (event.type === 'events.pruned') life.sometimes('pruned events were told');
    else if (event.seq <= last) life.broken(`event ${event.seq} came after ${last}`);
    last = event.seq;
    if (event.type === 'message.overdue') life.sometimes('an overdue ack was told');
    if (event.type === 'message.rescued') life.sometimes('an expired lease was rescued');
  }
  await aborted(stop.signal);
};

function noteDelivery(life: Life, message: ReceivedMessage): void {
  if (message.attempt > 1) life.sometimes('a message was delivered again');
  if (message.attempt > message.maxAttempts) life.broken(`${message.id} was delivered ${message.attempt} times`);
  if (message.orderingKey !== undefined) life.sometimes('an ordered message was delivered');
}

function noteError(life: Life, error: unknown): void {
  const code = error instanceof WaggleError ? error.code : 'defect';
  life.sometimes(`consumer heard: ${code}`);
  if (code === 'internal' || code === 'invalid_input' || code === 'defect')
    life.broken(`consumer heard ${String(error)}`);
}
