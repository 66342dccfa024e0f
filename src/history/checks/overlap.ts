import type { Check, CheckContext, Settle } from '../check.ts';
import type { LeaseTrack, MessageTrack } from '../message-track.ts';
import { isBefore, type Moment } from '../moment.ts';
import type { HistoryRecord } from '../record.ts';

/**
 * **overlap**: a lease is exclusive and its generation its own. A lease counts as live only while it must be: until the
 * earliest instant it can run out at, or until somebody may have given it back, answered or not.
 */
export class OverlapCheck implements Check {
  readonly #context: CheckContext;
  #powerCut: Moment | undefined;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  fault(record: HistoryRecord, moment: Moment): void {
    if (record.key === 'power-cut') this.#powerCut = moment;
  }

  delivered(message: MessageTrack, lease: LeaseTrack): void {
    const same = message.lease(lease.gen);
    if (same !== undefined) {
      const sentence = () => `generation ${lease.gen} of message ${message.id} was handed out twice`;
      this.#context.findings.add('overlap', message.id, sentence, [same.ok, lease.ok]);
      return;
    }
    const before = message.leases.findLast((other) => other.gen < lease.gen);
    const after = message.leases.find((other) => other.gen > lease.gen);
    if (before !== undefined) this.#compare(message, before, lease);
    if (after === undefined) return;
    if (isBefore(after.ok, lease.invoked)) {
      const sentence = () => `generation ${lease.gen} of message ${message.id} came after generation ${after.gen}`;
      this.#context.findings.add('overlap', message.id, sentence, [after.ok, lease.ok]);
    } else {
      this.#compare(message, lease, after);
    }
  }

  settled(message: MessageTrack, { op, gen, invoked }: Settle): void {
    // An extend takes effect before its answer; the lease it made longer was checked against the shorter one.
    const extended = op === 'extend' ? message.lease(gen) : undefined;
    const next = message.leases.find((lease) => lease.gen > gen);
    if (extended !== undefined && next !== undefined && !isBefore(next.ok, invoked))
      this.#compare(message, extended, next);
  }

  /** `next` was handed out at `next.ok` at the latest. */
  #compare(message: MessageTrack, held: LeaseTrack, next: LeaseTrack): void {
    if (held.until === undefined || held.releaseAsked !== undefined) return;
    // The lease may have been handed out just before the cut, and its answer heard after it.
    if (this.#powerCut !== undefined && !isBefore(this.#powerCut, held.invoked)) return;
    const { tickMs, findings } = this.#context;
    const earlyMs = held.until - next.ok.t;
    if (earlyMs <= tickMs) return;
    const sentence = () =>
      `message ${message.id} was leased again (generation ${next.gen}) ${Math.round(earlyMs)} ms before the lease of generation ${held.gen} could end`;
    findings.add('overlap', message.id, sentence, [held.ok, next.ok]);
  }
}
