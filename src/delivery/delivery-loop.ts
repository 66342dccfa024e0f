import { type BackoffPolicy, nextDelay, type Random } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import type { EventType } from '../events.ts';
import { aborted, type Service } from '../service.ts';
import type { Commit, Store } from '../store/store.ts';
import { TokenBuckets } from '../token-buckets.ts';
import { chooseDoor } from './choose-door.ts';
import type { Availability, DeliveryDoor, DoorOutcome, Target } from './delivery-door.ts';
import type { DoorName } from './receipt.ts';
import { ladder, mostUrgent, type Urgency } from './urgency.ts';

/** Told in one go; what is beyond waits for the next. */
const mostAtOnce = 50;
/** After the store failed. */
const storeRetryMs = 1_000;

const news: readonly EventType[] = ['delivery.door', 'delivery.released', 'agent.started', 'agent.removed'];

export interface DeliveryLoopOptions {
  readonly store: Pick<Store, 'deliveries' | 'onCommit'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly backoff: BackoffPolicy;
  readonly doors: readonly DeliveryDoor[];
  /** Wakes an agent gets in a minute; what comes sooner is told together, later. */
  readonly wakesPerMinute: number;
}

interface Struggle {
  readonly failures: number;
  readonly notBefore: number;
  readonly reason: string;
}

/**
 * Tells agents about mail that they would not find by themselves. It wakes for commits that bring mail to agents with doors
 * of their own, and for the end of a backoff; an agent that pulls costs it nothing. For each agent one thing happens at a
 * time: look again what is still relevant, commit the intent, knock, write down what became of it. It must never touch a
 * message, and never repeat what may have happened.
 */
export class DeliveryLoop implements Service {
  readonly name = 'delivery';
  readonly #options: DeliveryLoopOptions;
  readonly #doors: ReadonlyMap<DoorName, DeliveryDoor>;
  readonly #wakes: TokenBuckets;
  /** Agents with doors that somebody opened for them; the others are nobody's business here. */
  readonly #settings = new Map<string, Map<DoorName, Target>>();
  readonly #struggles = new Map<string, Struggle>();
  readonly #timers = new Map<string, () => void>();
  readonly #visits = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  #signal = new AbortController().signal;

  constructor(options: DeliveryLoopOptions) {
    this.#options = options;
    this.#doors = new Map(options.doors.map((door) => [door.name, door]));
    const { wakesPerMinute } = options;
    this.#wakes = new TokenBuckets({ perSecond: wakesPerMinute / 60, burst: wakesPerMinute }, options.clock);
  }

  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const { store } = this.#options;
    const repeatable = this.#options.doors.filter((door) => door.repeatable).map(({ name }) => name);
    if (!(await hasDeliveries(store, repeatable))) return;
    const stopListening = store.onCommit((commit) => this.#hear(commit));
    await this.#reload();
    await aborted(signal);
    stopListening();
    for (const cancel of this.#timers.values()) cancel();
    await Promise.all(this.#visits.values());
  }

  /** Each door of the agent with why it is closed, or that it is open; for people who look. */
  async look(
    agent: string,
    own: ReadonlyMap<DoorName, Target['settings']>,
  ): Promise<readonly { door: DeliveryDoor; found: Availability }[]> {
    return Promise.all(
      this.#options.doors.map(async (door) => {
        const settings = own.get(door.name);
        if (settings === undefined && door.passive !== true)
          return { door, found: { open: false, reason: 'nobody opened it for this agent' } as const };
        const struggle = this.#struggles.get(`${agent} ${door.name}`);
        const found = await door.look({ agent, settings: settings ?? {} }, 'next-turn').catch(closedBy);
        if (!found.open || struggle === undefined || struggle.notBefore <= this.#now()) return { door, found };
        return { door, found: { open: false, reason: `it refused: ${struggle.reason}; tried again soon` } as const };
      }),
    );
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  #hear({ ready, told }: Commit): void {
    if (news.some((type) => told.has(type))) void this.#reload();
    if (this.#settings.size === 0) return;
    for (const agent of ready.keys()) {
      if (!this.#settings.has(agent)) continue;
      this.#struggles.delete(`${agent} pull`);
      this.#visit(agent);
    }
  }

  async #reload(): Promise<void> {
    try {
      const settings = await this.#options.store.deliveries.doors();
      this.#settings.clear();
      for (const { agent, door, settings: given } of settings) {
        const own = this.#settings.get(agent) ?? new Map<DoorName, Target>();
        own.set(door, { agent, settings: given });
        this.#settings.set(agent, own);
      }
      // What changed may be what a refusal was about.
      this.#struggles.clear();
      for (const agent of this.#settings.keys()) this.#visit(agent);
    } catch {
      this.#visitLater('', storeRetryMs);
    }
  }

  /** One visit at a time; what comes up meanwhile makes another one follow. */
  #visit(agent: string): void {
    if (this.#signal.aborted) return;
    if (this.#visits.has(agent)) {
      this.#again.add(agent);
      return;
    }
    const visit = this.#deliver(agent)
      .catch(() => this.#visitLater(agent, storeRetryMs))
      .finally(() => {
        this.#visits.delete(agent);
        if (this.#again.delete(agent)) this.#visit(agent);
      });
    this.#visits.set(agent, visit);
  }

  #visitLater(agent: string, ms: number): void {
    if (this.#signal.aborted) return;
    this.#timers.get(agent)?.();
    const cancel = this.#options.clock.setTimer(ms, () => {
      this.#timers.delete(agent);
      if (agent === '') void this.#reload();
      else this.#visit(agent);
    });
    this.#timers.set(agent, cancel);
  }

  async #deliver(agent: string): Promise<void> {
    const { store } = this.#options;
    for (;;) {
      const pending = await store.deliveries.pending(agent, mostAtOnce);
      const urgency = mostUrgent(pending.map(({ priority }) => priority));
      const own = this.#settings.get(agent);
      if (pending.length === 0 || own === undefined || this.#signal.aborted) return;
      const choice = chooseDoor(urgency, await this.#available(agent, own, urgency));
      const door = this.#doors.get(choice.door);
      if (door === undefined || door.passive === true) {
        if (ladder[urgency].some((name) => own.has(name))) this.#comeBack(agent, own);
        return;
      }
      const waitMs = this.#wakes.take(agent);
      if (waitMs > 0) return this.#visitLater(agent, waitMs);
      const ids = pending.map(({ id }) => id);
      // Looked at once more in the same commit as the intent: what was taken meanwhile needs no knock.
      const messages = await store.deliveries.begin(agent, door.name, ids);
      if (messages.length === 0) continue;
      const { settings } = own.get(door.name) ?? { settings: {} };
      const outcome = await this.#knock(door, { agent, settings, messages, urgency });
      await store.deliveries.settle(
        messages.map(({ id }) => id),
        endOf(outcome),
      );
      this.#learn(agent, door.name, outcome);
    }
  }

  async #knock(door: DeliveryDoor, delivery: Parameters<DeliveryDoor['deliver']>[0]): Promise<DoorOutcome> {
    try {
      return await door.deliver(delivery, this.#signal);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return door.repeatable ? { result: 'refused', reason: why } : { result: 'uncertain', why };
    }
  }

  async #available(
    agent: string,
    own: ReadonlyMap<DoorName, Target>,
    urgency: Urgency,
  ): Promise<ReadonlyMap<DoorName, Availability>> {
    const found = new Map<DoorName, Availability>();
    for (const door of this.#options.doors) {
      const target = own.get(door.name) ?? (door.passive === true ? { agent, settings: {} } : undefined);
      if (target === undefined) continue;
      const struggle = this.#struggles.get(`${agent} ${door.name}`);
      if (struggle !== undefined && struggle.notBefore > this.#now())
        found.set(door.name, { open: false, reason: struggle.reason });
      else found.set(door.name, await door.look(target, urgency).catch(closedBy));
    }
    return found;
  }

  /** A door that refused is tried again after a backoff, and another may be tried at once. */
  #learn(agent: string, door: DoorName, outcome: DoorOutcome): void {
    const key = `${agent} ${door}`;
    if (outcome.result !== 'refused') {
      this.#struggles.delete(key);
      return;
    }
    const { random, backoff } = this.#options;
    const failures = (this.#struggles.get(key)?.failures ?? 0) + 1;
    const notBefore = this.#now() + (outcome.retryAfterMs ?? nextDelay(failures, backoff, random));
    this.#struggles.set(key, { failures, notBefore, reason: outcome.reason });
  }

  /** Every door is closed now. The mail waits; the doors are looked at again, ever more seldom. */
  #comeBack(agent: string, own: ReadonlyMap<DoorName, Target>): void {
    const { random, backoff } = this.#options;
    const key = `${agent} pull`;
    const failures = (this.#struggles.get(key)?.failures ?? 0) + 1;
    this.#struggles.set(key, { failures, notBefore: 0, reason: '' });
    const waits = [...own.keys()].flatMap((door) => this.#struggles.get(`${agent} ${door}`)?.notBefore ?? []);
    const first = Math.min(...waits.filter((at) => at > this.#now()));
    const delayMs = nextDelay(failures, backoff, random);
    this.#visitLater(agent, Number.isFinite(first) ? first - this.#now() : delayMs);
  }
}

/** Ends what a former hub was in the middle of. False where there are no receipts: a store that keeps messages only. */
async function hasDeliveries(store: DeliveryLoopOptions['store'], repeatable: readonly DoorName[]): Promise<boolean> {
  try {
    await store.deliveries.recover(repeatable);
    return true;
  } catch (error) {
    if (error instanceof WaggleError && error.code === 'not_supported') return false;
    throw error;
  }
}

function endOf(outcome: DoorOutcome) {
  switch (outcome.result) {
    case 'refused':
      return { end: 'refused', why: outcome.reason } as const;
    case 'uncertain':
      return { end: 'uncertain', why: outcome.why } as const;
    default:
      return { end: outcome.result } as const;
  }
}

function closedBy(error: unknown): Availability {
  return { open: false, reason: error instanceof Error ? error.message : String(error) };
}
