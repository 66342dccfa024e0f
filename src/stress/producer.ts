import { type Clock, sleep } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import type { SendInput } from '../hub/api.ts';
import { chance } from './chance.ts';
import type { StressClient } from './client.ts';
import { kindAt } from './message-mix.ts';
import { payloadOf } from './payload.ts';
import type { Assignment } from './protocol.ts';
import type { ReportDraft } from './report-draft.ts';

interface ProducerParts {
  readonly assignment: Assignment;
  readonly client: StressClient;
  readonly clock: Clock;
  readonly draft: ReportDraft;
  readonly now: () => number;
  /** Keys an earlier incarnation knows to be accepted. */
  readonly accepted: ReadonlySet<string>;
  /** Told when all that was allowed is sent and answered. */
  readonly onGate: (at: number) => void;
}

const firstPauseMs = 10;
const longestPauseMs = 250;

/** Sends the messages of its agents, each with a key and a content that follow from the seed; repeats until accepted. */
export class Producer {
  readonly #parts: ProducerParts;
  readonly #stopping = new AbortController();
  #upTo = 0;
  #allowed = Promise.withResolvers<void>();
  #waiting = 0;

  constructor(parts: ProducerParts) {
    this.#parts = parts;
  }

  go(upTo: number): void {
    this.#upTo = Math.max(this.#upTo, upTo);
    this.#waiting = 0;
    this.#allowed.resolve();
    this.#allowed = Promise.withResolvers();
  }

  stop(): void {
    this.#stopping.abort();
    this.#allowed.resolve();
  }

  /** Resolves when everything is accepted, or what was in hand when it was stopped. */
  async run(): Promise<void> {
    await Promise.all(this.#parts.assignment.agents.map((agent) => this.#sendAll(agent)));
  }

  async #sendAll(agent: string): Promise<void> {
    const { scenario } = this.#parts.assignment;
    const { durationMs, messages, inFlight, delayMs } = scenario;
    const total = durationMs === undefined ? messages : Number.POSITIVE_INFINITY;
    const underWay = new Set<Promise<void>>();
    let failure: Error | undefined;
    for (let index = 0; index < total && failure === undefined; index += 1) {
      if (!(await this.#mayBegin(index, underWay))) break;
      if (this.#parts.accepted.has(keyOf(agent, index))) continue;
      const send = this.#sendOne(agent, index)
        .catch((error: unknown) => {
          failure ??= error instanceof Error ? error : new Error(String(error));
        })
        .finally(() => underWay.delete(send));
      underWay.add(send);
      if (underWay.size >= inFlight) await Promise.race(underWay);
      if (delayMs > 0) await sleep(this.#parts.clock, delayMs, this.#stopping.signal).catch(() => {});
    }
    await Promise.all(underWay);
    if (failure !== undefined) throw failure;
  }

  /** At the gate: what is under way is answered first, then it waits for the word to go on; false when it is to stop. */
  async #mayBegin(index: number, underWay: ReadonlySet<Promise<void>>): Promise<boolean> {
    while (index >= this.#upTo && !this.#stopping.signal.aborted) {
      await Promise.all(underWay);
      if (index < this.#upTo) break; // the word came meanwhile
      const { promise } = this.#allowed;
      this.#waiting += 1;
      if (this.#waiting === this.#parts.assignment.agents.length) this.#parts.onGate(this.#upTo);
      await promise;
    }
    return !this.#stopping.signal.aborted;
  }

  async #sendOne(agent: string, index: number): Promise<void> {
    const { client, draft, now, clock } = this.#parts;
    const message = messageOf(this.#parts.assignment, agent, index);
    const key = message.idempotencyKey ?? '';
    const invokedAt = now();
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      try {
        const ids = await client.send(message);
        draft.sent.push([key, invokedAt, ids.length]);
        return;
      } catch (error) {
        if (!(error instanceof WaggleError) || error.retry === 'never' || error.retry === 'reread') throw error;
        draft.refuse(error.code);
      }
      if (this.#stopping.signal.aborted) return;
      await sleep(clock, pauseMs, this.#stopping.signal).catch(() => {});
    }
  }
}

export function keyOf(agent: string, index: number): string {
  return `${agent}.${index}`;
}

/** The message is a function of seed, sender and number alone. */
export function messageOf({ scenario, everybody }: Assignment, agent: string, index: number): SendInput {
  const { seed, mix, payload } = scenario;
  const key = keyOf(agent, index);
  const kind = kindAt(mix, chance(seed, 'kind', key));
  const recipient = everybody[Math.floor(chance(seed, 'to', key) * everybody.length)] ?? agent;
  return {
    from: agent,
    to: kind === 'broadcast' ? 'all' : kind === 'role' ? 'role:even' : recipient,
    kind: kind === 'hard_onboard' || kind === 'soft_onboard' ? 'onboarding' : kind,
    priority: kind === 'hard_onboard' ? 'urgent' : 'normal',
    body: payloadOf(seed, key, payload),
    idempotencyKey: key,
  };
}
