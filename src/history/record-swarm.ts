import { type Clock, systemClock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import type { ImportInput, SendInput, SendOutput } from '../hub/api.ts';
import { startConsumer } from '../sdk/consume.ts';
import type { ReceivedMessage, Swarm } from '../sdk/swarm.ts';
import { bodyHash, type Facts, type Recorder } from './recorder.ts';

export interface RecordSwarmOptions {
  /** Who the hub knows this client to be, where that is proven; lets the checker see forged senders. */
  readonly authenticated?: string;
  /** Drives `consume`. Default: the system's. */
  readonly clock?: Clock;
}

/** As `message.lease` has it when nothing is said. */
const defaultLeaseMs = 60_000;

/**
 * The same swarm, with everything that changes messages written down: send, sendMany, lease, ack, nack, extend, cancel,
 * redrive, purge, import, the removal of an agent, and what `consume` does. A send without an idempotency key gets one, so
 * that a delivered message can be told from any other. Reads are not recorded.
 */
export function recordSwarm(swarm: Swarm, recorder: Recorder, options: RecordSwarmOptions = {}): Swarm {
  const { authenticated, clock = systemClock } = options;
  const who: Facts = authenticated === undefined ? {} : { authenticated };
  const keyed = (message: SendInput): SendInput & { idempotencyKey: string } => ({
    ...message,
    idempotencyKey: message.idempotencyKey ?? recorder.uniqueKey(),
  });
  const recorded: Swarm = {
    ...swarm,
    send(input) {
      const message = keyed(input);
      const facts = { ...sendFacts(message), ...who };
      return recorder.around(
        'send',
        facts,
        () => swarm.send(message),
        (answer) => receipts(message, answer),
      );
    },
    async sendMany(inputs) {
      // One call of several sends is several calls that begin and end together.
      const begun = inputs.map((input) => {
        const message = keyed(input);
        return { message, call: recorder.begin('send', { ...sendFacts(message), ...who }) };
      });
      try {
        const answers = await swarm.sendMany(begun.map(({ message }) => message));
        begun.forEach(({ message, call }, index) => {
          const answer = answers[index];
          if (answer !== undefined) call.ok(...receipts(message, answer));
        });
        return answers;
      } catch (error) {
        for (const { call } of begun) call.failed(error);
        throw error;
      }
    },
    lease(inbox, lease = {}) {
      const leaseMs = lease.leaseMs ?? defaultLeaseMs;
      return recorder.around(
        'lease',
        { inbox, lease_ms: leaseMs },
        () => swarm.lease(inbox, lease),
        (messages, at) => messages.map((message) => ({ ...deliveryFacts(message), lease_until: at + leaseMs })),
      );
    },
    ack: ({ id, gen }) => recorder.around('ack', { id, gen }, () => swarm.ack({ id, gen })),
    nack({ id, gen }, outcome = {}) {
      const delay = outcome.delayMs === undefined ? {} : { delay_ms: outcome.delayMs };
      return recorder.around(
        'nack',
        { id, gen, ...delay },
        () => swarm.nack({ id, gen }, outcome),
        ({ state }) => [{ id, gen, state, ...delay }],
      );
    },
    extend({ id, gen }, extension = {}) {
      const leaseMs = extension.leaseMs ?? defaultLeaseMs;
      const facts = { id, gen, lease_ms: leaseMs };
      return recorder.around(
        'extend',
        facts,
        () => swarm.extend({ id, gen }, extension),
        (_, at) => [{ id, gen, lease_until: at + leaseMs }],
      );
    },
    cancel: (id) => recorder.around('cancel', { id }, () => swarm.cancel(id)),
    consume: (inbox, handler, consume = {}) => startConsumer(recorded, clock, inbox, handler, consume),
    dead: {
      list: (page) => swarm.dead.list(page),
      redrive: (selection) => recordSelection(recorder, 'redrive', selection, () => swarm.dead.redrive(selection)),
      purge: (selection) => recordSelection(recorder, 'purge', selection, () => swarm.dead.purge(selection)),
    },
    agents: {
      ...swarm.agents,
      remove(id, removal = {}) {
        const run = () => swarm.agents.remove(id, removal);
        return removal.cancelOpen === true ? recorder.around('cancel', { inbox: id }, run) : run();
      },
    },
    async importEntries(entries, imports = {}) {
      const calls = entries.map((entry) => recorder.begin('send', importFacts(entry)));
      try {
        const answer = await swarm.importEntries(entries, imports);
        for (const call of calls) call.ok();
        return answer;
      } catch (error) {
        for (const call of calls) call.failed(error);
        throw error;
      }
    },
  };
  return recorded;
}

/** Calls of one tick travel together. */
const asked = 128;

/** Writes down what became of these messages, and what the store counts: the end of a history. */
export async function recordFinals(swarm: Swarm, recorder: Recorder, ids: Iterable<string>): Promise<void> {
  const wanted = [...ids];
  for (let at = 0; at < wanted.length; at += asked) {
    const found = await Promise.all(wanted.slice(at, at + asked).map((id) => finalFacts(swarm, id)));
    for (const facts of found) recorder.observe('final', facts);
  }
  const { accepted, ...states } = await swarm.queue.stats();
  const counts = Object.entries({ accepted, ...states }).filter(([, count]) => typeof count === 'number');
  recorder.observe('stats', { stats: Object.fromEntries(counts) as Record<string, number> }); // numbers, as filtered
}

async function finalFacts(swarm: Swarm, id: string): Promise<Facts> {
  try {
    const { message } = await swarm.message(id);
    return { ...deliveryFacts(message), state: message.state };
  } catch (error) {
    if (error instanceof WaggleError && error.code === 'not_found') return { id, state: 'missing' };
    throw error;
  }
}

async function recordSelection(
  recorder: Recorder,
  op: 'redrive' | 'purge',
  { ids, inbox }: { ids?: readonly string[]; inbox?: string },
  run: () => Promise<number>,
): Promise<number> {
  const targets: Facts[] = ids?.map((id) => ({ id })) ?? [inbox === undefined ? {} : { inbox }];
  const calls = targets.map((target) => recorder.begin(op, target));
  try {
    const count = await run();
    // Those named that were not dead were left alone; which, nobody says.
    const isAll = ids === undefined || count === ids.length;
    for (const call of calls) if (isAll) call.ok();
    return count;
  } catch (error) {
    for (const call of calls) call.failed(error);
    throw error;
  }
}

function sendFacts(message: SendInput & { idempotencyKey: string }): Facts {
  return {
    key: message.idempotencyKey,
    hash: bodyHash(message.body),
    ...(isGroup(message.to) ? {} : { inbox: message.to }),
    ...(message.from === undefined ? {} : { from: message.from }),
    ...(message.priority === undefined ? {} : { priority: message.priority }),
    ...(message.delayMs === undefined ? {} : { delay_ms: message.delayMs }),
    ...(message.ttlMs === undefined ? {} : { ttl_ms: message.ttlMs }),
    ...(message.maxAttempts === undefined ? {} : { max_attempts: message.maxAttempts }),
    ...(message.orderingKey === undefined ? {} : { ordering_key: message.orderingKey }),
  };
}

function isGroup(to: string): boolean {
  return to === 'all' || to.includes(':');
}

function receipts(message: SendInput & { idempotencyKey: string }, { id, ids = [id] }: SendOutput): Facts[] {
  const inbox = isGroup(message.to) ? {} : { inbox: message.to };
  return ids.map((one) => ({ id: one, key: message.idempotencyKey, ...inbox }));
}

function importFacts({ key, to, bodyText, priority, state }: ImportInput): Facts {
  return { key, inbox: to ?? 'recovered', hash: bodyHash(bodyText), from: 'recovery', priority, state };
}

function deliveryFacts(message: ReceivedMessage): Facts {
  return {
    id: message.id,
    inbox: message.to,
    seq: message.inboxSeq,
    gen: message.gen,
    attempt: message.attempt,
    max_attempts: message.maxAttempts,
    priority: message.priority,
    hash: bodyHash(message.bodyText),
    from: message.via ?? message.from,
    ...(message.idempotencyKey === undefined ? {} : { key: message.idempotencyKey }),
    ...(message.orderingKey === undefined ? {} : { ordering_key: message.orderingKey }),
  };
}
