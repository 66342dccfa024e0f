import { type Clock, sleep } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import { chance } from './chance.ts';
import type { Delivery, StressClient } from './client.ts';
import type { Assignment } from './protocol.ts';
import type { ReportDraft } from './report-draft.ts';

interface ConsumerParts {
  readonly assignment: Assignment;
  readonly client: StressClient;
  readonly clock: Clock;
  readonly draft: ReportDraft;
  readonly now: () => number;
}

const pauseAfterRefusalMs = 50;

/** Leases, handles and settles for its inboxes, one loop for each, until it is stopped. */
export class Consumer {
  readonly #parts: ConsumerParts;
  readonly #stopping = new AbortController();
  /** Added to every handler run: the slow consumer. */
  slowMs = 0;

  constructor(parts: ConsumerParts) {
    this.#parts = parts;
  }

  /** What is in hand is settled first. */
  stop(): void {
    this.#stopping.abort();
  }

  async run(): Promise<void> {
    await Promise.all(this.#parts.assignment.agents.map((inbox) => this.#consume(inbox)));
  }

  async #consume(inbox: string): Promise<void> {
    const { client, clock, draft, assignment } = this.#parts;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const batch = await client.lease(inbox, signal);
        if (batch.length > 0) {
          draft.leaseCalls += 1;
          draft.leased += batch.length;
          await this.#handle(inbox, batch);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof WaggleError) || error.retry === 'never') throw error;
        draft.refuse(error.code);
        await sleep(clock, pauseAfterRefusalMs, signal).catch(() => {});
      }
      if (assignment.scenario.intervalMs > 0) {
        await sleep(clock, assignment.scenario.intervalMs, signal).catch(() => {});
      }
    }
  }

  /** One message after the other, as a handler would; their settles travel together. */
  async #handle(inbox: string, batch: readonly Delivery[]): Promise<void> {
    const { clock, draft, assignment } = this.#parts;
    const settles: Promise<void>[] = [];
    for (const delivery of batch) {
      if (delivery.attempt > 1) draft.redelivered += 1;
      if (this.slowMs > 0) draft.slowed += 1;
      const workMs = assignment.scenario.latencyMs + this.slowMs;
      if (workMs > 0) await sleep(clock, workMs);
      settles.push(this.#settle(inbox, delivery));
    }
    await Promise.all(settles);
  }

  async #settle(inbox: string, delivery: Delivery): Promise<void> {
    const { client, draft, assignment, now } = this.#parts;
    const { seed, successRate } = assignment.scenario;
    const key = keyIn(delivery.bodyText);
    try {
      if (chance(seed, 'success', key, inbox, delivery.attempt) < successRate) {
        await client.ack(delivery);
        draft.acked.push([key, now()]);
      } else {
        const { dead } = await client.nack(delivery);
        draft.nacked += 1;
        if (dead) draft.dead += 1;
      }
    } catch (error) {
      // A settle that came too late changes nothing: the message is somebody else's, or will come again.
      if (!(error instanceof WaggleError)) throw error;
      draft.refuse(error.code);
    }
  }
}

/** The key a body says; its text when it says none, which the checker finds altered. */
function keyIn(bodyText: string): string {
  try {
    const body = JSON.parse(bodyText) as { key?: unknown };
    return typeof body.key === 'string' ? body.key : bodyText;
  } catch {
    return bodyText;
  }
}
