import type { Check, CheckContext, Settle } from '../check.ts';
import type { LeaseTrack, MessageTrack } from '../message-track.ts';
import { isBefore, type Moment } from '../moment.ts';
import type { HistoryRecord } from '../record.ts';

/** **double-settle**, **stale-accepted**, **revived**: a lease ends once, and what has ended stays so. */
export class SettlingCheck implements Check {
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  settled(message: MessageTrack, settle: Settle): void {
    const { findings } = this.#context;
    const { id, ending } = message;
    const { op, gen, ok } = settle;
    if (op === 'ack' && ending?.state === 'acked') {
      const sentence = () => `message ${id} was acked twice, under generations ${ending.gen} and ${gen}`;
      findings.add('double-settle', id, sentence, [ending.ok, ok]);
      return;
    }
    const later = message.leasedAgainBefore(gen, settle.invoked);
    if (later !== undefined) {
      const sentence = () =>
        `${op} of ${id} under generation ${gen} succeeded after it had been leased again (generation ${later.gen})`;
      findings.add('stale-accepted', id, sentence, [later.ok, settle.invoked, ok]);
      return;
    }
    const settled = message.lease(gen)?.settled;
    const isSecond = settled !== undefined && (op !== 'extend' || isBefore(settled, settle.invoked));
    if (isSecond) {
      const sentence = () => `generation ${gen} of message ${id} was settled twice; the second was ${articled(op)}`;
      findings.add('double-settle', id, sentence, [settled, ok]);
      return;
    }
    const newest = message.newestLease;
    if (op === 'ack' && newest !== undefined && newest.gen > gen) this.#revived(message, newest, settle.ok, 'acked');
  }

  delivered(message: MessageTrack, lease: LeaseTrack): void {
    const { ending } = message;
    if (ending === undefined) return;
    const { state, gen, ok } = ending;
    if (state === 'acked') {
      // Whoever holds a later generation got it after the ack, whenever we heard of it.
      if (gen !== undefined && lease.gen > gen) this.#revived(message, lease, ok, state);
      return;
    }
    if (!isBefore(ok, lease.invoked)) return;
    if (state === 'dead' && this.#mayBeRedriven(message)) return;
    this.#revived(message, lease, ok, state);
  }

  final(message: MessageTrack, record: HistoryRecord, moment: Moment): void {
    const { id, ending } = message;
    const { state } = record;
    const isKept = state === undefined || state === 'missing' || state === 'pruned';
    if (isKept || ending === undefined || (ending.state !== 'acked' && ending.state !== 'cancelled')) return;
    if (state === ending.state) return;
    const sentence = () => `message ${id} had been ${ending.state}, but is ${state} at the end`;
    this.#context.findings.add('revived', id, sentence, [ending.ok, moment]);
  }

  /** Ever: a redrive that was asked for before the message died may take effect after it. */
  #mayBeRedriven(message: MessageTrack): boolean {
    const { ledger } = this.#context;
    return message.redriveAsked !== undefined || ledger.throughInbox(ledger.redriven, message) !== undefined;
  }

  #revived(message: MessageTrack, lease: LeaseTrack, ended: Moment, state: string): void {
    const sentence = () => `message ${message.id} had been ${state} and was delivered again (generation ${lease.gen})`;
    this.#context.findings.add('revived', message.id, sentence, [ended, lease.ok]);
  }
}

function articled(op: Settle['op']): string {
  return op === 'nack' ? 'a nack' : `an ${op}`;
}
