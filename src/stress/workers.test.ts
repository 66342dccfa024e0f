import { describe, expect, test } from 'vitest';
import { WaggleError } from '../errors.ts';
import type { SendInput } from '../hub/api.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import type { Delivery, StressClient } from './client.ts';
import { Consumer } from './consumer.ts';
import { keyOf, messageOf, Producer } from './producer.ts';
import type { Assignment } from './protocol.ts';
import { ReportDraft } from './report-draft.ts';
import { resolveScenario, type ScenarioInput } from './scenario.ts';

/** A system under test that writes down what it is asked. */
class FakeClient implements StressClient {
  readonly sent: SendInput[] = [];
  readonly leases: string[] = [];
  readonly settled: string[] = [];
  batches: Delivery[][] = [];
  refusals: WaggleError[] = [];
  unanswered = 0;
  mostUnanswered = 0;
  answer = (): Promise<void> => Promise.resolve();

  async send(message: SendInput): Promise<readonly string[]> {
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw refusal;
    this.unanswered += 1;
    this.mostUnanswered = Math.max(this.mostUnanswered, this.unanswered);
    await this.answer();
    this.unanswered -= 1;
    this.sent.push(message);
    return [`id-${this.sent.length}`];
  }

  async lease(inbox: string, signal: AbortSignal): Promise<readonly Delivery[]> {
    this.leases.push(inbox);
    const batch = this.batches.shift();
    if (batch !== undefined) return batch;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    return [];
  }

  async ack({ id }: Delivery): Promise<void> {
    this.settled.push(`ack ${id}`);
  }

  async nack({ id, attempt }: Delivery): Promise<{ dead: boolean }> {
    this.settled.push(`nack ${id}`);
    return { dead: attempt === 5 };
  }

  async close(): Promise<void> {}
}

function setUp(role: Assignment['role'], input: ScenarioInput) {
  const scenario = resolveScenario(input);
  const everybody = ['agent-1', 'agent-2', 'agent-3'];
  const assignment: Assignment = {
    role,
    name: `${role}-1`,
    agents: ['agent-1'],
    everybody,
    scenario,
    place: '',
    histories: '',
  };
  const client = new FakeClient();
  const clock = new ManualClock();
  const draft = new ReportDraft();
  return { assignment, client, clock, draft, now: () => clock.monotonic() };
}

function setUpProducer(input: ScenarioInput, accepted: string[] = []) {
  const parts = setUp('producer', input);
  const gates: number[] = [];
  const producer = new Producer({ ...parts, accepted: new Set(accepted), onGate: (at) => gates.push(at) });
  return { ...parts, producer, gates };
}

/** Lets everything that is ready go on: no time passes. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const delivery = (id: string, attempt = 1): Delivery => ({ id, gen: 1, attempt, bodyText: `{"key":"${id}"}` });

describe('a producer', () => {
  test('stops at the gate with everything answered, says so, and goes on when told', async () => {
    const { producer, client, gates } = setUpProducer({ messages: 10 });
    const done = producer.run();
    producer.go(4);
    await settle();
    expect([client.sent.length, gates]).toEqual([4, [4]]);
    producer.go(10);
    await done;
    expect(client.sent.map(({ idempotencyKey }) => idempotencyKey)).toEqual(
      Array.from({ length: 10 }, (_, index) => keyOf('agent-1', index)),
    );
  });

  test('--delay: one send for each pause', async () => {
    const { producer, client, clock } = setUpProducer({ messages: 10, delayMs: 100 });
    const done = producer.run();
    producer.go(10);
    for (let sends = 1; sends <= 10; sends += 1) {
      await settle();
      expect(client.sent).toHaveLength(sends);
      clock.advance(100);
    }
    await done;
  });

  test.each([1, 3])('--in-flight %i: never more unanswered', async (inFlight) => {
    const { producer, client } = setUpProducer({ messages: 12, inFlight });
    client.answer = () => new Promise((resolve) => setImmediate(resolve));
    producer.go(12);
    await producer.run();
    expect([client.sent.length, client.mostUnanswered]).toEqual([12, inFlight]);
  });

  test('repeats what was refused until it is accepted, with the same key and content', async () => {
    const { producer, client, clock, draft } = setUpProducer({ messages: 1 });
    client.refusals = [new WaggleError('disk_full', 'full'), new WaggleError('hub_unreachable', 'gone')];
    producer.go(1);
    const done = producer.run();
    for (let tries = 0; tries < 3; tries += 1) {
      await settle();
      clock.advance(1_000);
    }
    await done;
    expect(client.sent).toHaveLength(1);
    expect(draft.take()?.refused).toEqual({ disk_full: 1, hub_unreachable: 1 });
  });

  test('gives up on what repeating cannot mend', async () => {
    const { producer, client } = setUpProducer({ messages: 3 });
    client.refusals = [new WaggleError('payload_too_large', 'too large')];
    producer.go(3);
    await expect(producer.run()).rejects.toMatchObject({ code: 'payload_too_large' });
  });

  test('after a restart sends what was not known to be accepted', async () => {
    const { producer, client } = setUpProducer({ messages: 4 }, ['agent-1.0', 'agent-1.2']);
    producer.go(4);
    await producer.run();
    expect(client.sent.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['agent-1.1', 'agent-1.3']);
  });

  test('stopped at a gate, it ends', async () => {
    const { producer, client } = setUpProducer({ durationMs: 1_000 });
    const done = producer.run();
    producer.go(2);
    await settle();
    producer.stop();
    await done;
    expect(client.sent).toHaveLength(2);
  });

  test('--mix, --payload and --seed decide the message, whoever makes it and when', () => {
    const kinds = (mix: ScenarioInput['mix'], seed = 1) => {
      const { assignment } = setUp('producer', { mix, seed, payload: 500 });
      return Array.from({ length: 30 }, (_, index) => messageOf(assignment, 'agent-1', index));
    };
    expect(kinds({ broadcast: 1 }).every(({ to }) => to === 'all')).toBe(true);
    expect(kinds({ role: 1 }).every(({ to }) => to === 'role:even')).toBe(true);
    expect(kinds({ hard_onboard: 1 }).every(({ priority }) => priority === 'urgent')).toBe(true);
    expect(kinds({ soft_onboard: 1 }).every(({ kind }) => kind === 'onboarding')).toBe(true);
    expect(kinds({ direct: 1 })).toEqual(kinds({ direct: 1 }));
    expect(kinds({ direct: 1 })).not.toEqual(kinds({ direct: 1 }, 2));
    for (const { body } of kinds({ direct: 1 })) expect(JSON.stringify(body).length).toBeGreaterThan(300);
  });
});

describe('a consumer', () => {
  test('--success-rate: 1 acks all, 0 nacks all, and dead letters are counted', async () => {
    for (const [successRate, word] of [
      [1, 'ack'],
      [0, 'nack'],
    ] as const) {
      const parts = setUp('consumer', { successRate });
      parts.client.batches = [[delivery('a'), delivery('b', 5)]];
      const consumer = new Consumer(parts);
      const done = consumer.run();
      await settle();
      consumer.stop();
      await done;
      expect(parts.client.settled).toEqual([`${word} a`, `${word} b`]);
      expect(parts.draft.take()).toMatchObject({
        leaseCalls: 1,
        leased: 2,
        redelivered: 1,
        nacked: successRate === 0 ? 2 : 0,
        dead: successRate === 0 ? 1 : 0,
      });
    }
  });

  test('--latency and a slow spell: one message after the other, each after its time', async () => {
    const parts = setUp('consumer', { latencyMs: 100 });
    parts.client.batches = [[delivery('a'), delivery('b')]];
    const consumer = new Consumer(parts);
    consumer.slowMs = 50;
    const done = consumer.run();
    await settle();
    parts.clock.advance(149);
    await settle();
    expect(parts.client.settled).toEqual([]);
    parts.clock.advance(1);
    await settle();
    expect(parts.client.settled).toEqual(['ack a']);
    parts.clock.advance(150);
    await settle();
    expect(parts.client.settled).toEqual(['ack a', 'ack b']);
    expect(parts.draft.slowed).toBe(2);
    consumer.stop();
    await done;
  });

  test('--interval: one lease call for each pause', async () => {
    const parts = setUp('consumer', { intervalMs: 100 });
    parts.client.batches = [[], [], []];
    const consumer = new Consumer(parts);
    const done = consumer.run();
    for (let calls = 1; calls <= 3; calls += 1) {
      await settle();
      expect(parts.client.leases).toHaveLength(calls);
      parts.clock.advance(100);
    }
    consumer.stop();
    await done;
  });

  test('a refused lease is tried again, a broken one is a failure', async () => {
    const parts = setUp('consumer', {});
    const failures = [new WaggleError('store_busy', 'busy'), new WaggleError('invalid_input', 'no such inbox')];
    parts.client.lease = async () => {
      throw failures.shift() ?? new Error('asked too often');
    };
    const done = new Consumer(parts).run();
    const failed = expect(done).rejects.toMatchObject({ code: 'invalid_input' });
    await settle();
    parts.clock.advance(1_000);
    await failed;
    expect(parts.draft.take()?.refused).toEqual({ store_busy: 1 });
  });

  test('a settle that came too late is counted and does no harm', async () => {
    const parts = setUp('consumer', {});
    parts.client.batches = [[delivery('a')]];
    parts.client.ack = async () => {
      throw new WaggleError('lease_lost', 'leased again');
    };
    const consumer = new Consumer(parts);
    const done = consumer.run();
    await settle();
    consumer.stop();
    await done;
    expect(parts.draft.take()).toMatchObject({ acked: [], refused: { lease_lost: 1 } });
  });
});
