import type { Exchange } from './conversation.ts';

/** What clients had been promised by a moment of the log, and what they had merely asked for. */
export interface Promises {
  /** Body by id of every send that was answered. */
  readonly accepted: ReadonlyMap<string, string>;
  /** State by id of what was settled for good, with an answer. */
  readonly settled: ReadonlyMap<string, 'acked' | 'cancelled'>;
  /** The newest lease of a message that a consumer was told of and has not asked to end. */
  readonly held: ReadonlyMap<string, number>;
  /** Bodies that were sent, answered or not: nothing else may ever turn up. */
  readonly sent: ReadonlySet<string>;
  readonly highestGen: number;
}

/** Follows a conversation forward; each look takes in what was said before that place of the log. */
export class PromiseKeeper {
  readonly #events: { readonly at: number; apply(): void }[] = [];
  readonly #accepted = new Map<string, string>();
  readonly #settled = new Map<string, 'acked' | 'cancelled'>();
  readonly #held = new Map<string, number>();
  readonly #sent = new Set<string>();
  #highestGen = 0;

  constructor(exchanges: readonly Exchange[]) {
    for (const exchange of exchanges) this.#read(exchange);
    this.#events.sort((a, b) => a.at - b.at);
  }

  /** `place` may only rise from look to look. */
  upTo(place: number): Promises {
    while (this.#events[0] !== undefined && this.#events[0].at < place) this.#events.shift()?.apply();
    return {
      accepted: this.#accepted,
      settled: this.#settled,
      held: this.#held,
      sent: this.#sent,
      highestGen: this.#highestGen,
    };
  }

  #read({ op, input, askedAt, answeredAt, result }: Exchange): void {
    const asked = (apply: () => void) => this.#events.push({ at: askedAt, apply });
    const answered = (apply: () => void) => {
      if (answeredAt !== undefined && result !== undefined) this.#events.push({ at: answeredAt, apply });
    };
    if (op === 'message.send') {
      const body = String(input['body']);
      asked(() => this.#sent.add(body));
      answered(() => this.#accepted.set((result as { id: string }).id, body));
    } else if (op === 'message.sendMany') {
      const bodies = (input['messages'] as { body: string }[]).map((message) => message.body);
      asked(() => bodies.forEach((body) => this.#sent.add(body)));
      answered(() => {
        const { receipts } = result as { receipts: { id: string }[] };
        receipts.forEach(({ id }, index) => this.#accepted.set(id, bodies[index] ?? ''));
      });
    } else if (op === 'message.lease') {
      answered(() => {
        for (const { id, gen } of (result as { messages: { id: string; gen: number }[] }).messages) {
          this.#held.set(id, gen);
          this.#highestGen = Math.max(this.#highestGen, gen);
        }
      });
    } else if (op === 'message.ack' || op === 'message.cancel' || op === 'message.nack') {
      const id = String(input['id']);
      asked(() => this.#held.delete(id));
      if (op !== 'message.nack') answered(() => this.#settled.set(id, op === 'message.ack' ? 'acked' : 'cancelled'));
    }
  }
}
