import type { OpenCall } from './calls.ts';
import type { Ledger } from './ledger.ts';
import type { LeaseTrack, MessageTrack, SentTrack } from './message-track.ts';
import type { Moment } from './moment.ts';
import type { HistoryRecord } from './record.ts';
import type { Findings } from './report.ts';

/** What every check works with. */
export interface CheckContext {
  readonly ledger: Ledger;
  readonly findings: Findings;
  /** How much later than asked a lease may be seen to run out early, by rounding of the owner's clock. */
  readonly tickMs: number;
  readonly starvedAfterMs: number;
  /** Says what the history cannot show. */
  readonly notChecked: (sentence: string) => void;
}

/** A settle that succeeded. */
export interface Settle {
  readonly op: 'ack' | 'nack' | 'extend';
  readonly gen: number;
  readonly invoked: Moment;
  readonly ok: Moment;
}

/**
 * One class of defect, or several that look at the same events. The walk calls what a check has, before it takes the
 * event into the ledger: a check sees what was known until then.
 */
export interface Check {
  /** A send was answered. */
  accepted?(sent: SentTrack, call: OpenCall, moment: Moment): void;
  /** A message of this send is said to have this id: by the answer of a `call`, or by the key of a delivered message. */
  named?(sent: SentTrack, id: string, moment: Moment, call?: OpenCall): void;
  /** It is known now which send a message comes from; at most once for a message, and before `delivered` where possible. */
  bound?(message: MessageTrack, sent: SentTrack, moment: Moment): void;
  delivered?(message: MessageTrack, lease: LeaseTrack, record: HistoryRecord, call: OpenCall): void;
  settled?(message: MessageTrack, settle: Settle): void;
  leaseAsked?(call: OpenCall): void;
  /** A consumer stood ready at this inbox from the call's invoke until now. */
  waited?(inbox: string, call: OpenCall, until: Moment): void;
  /** The message may be deliverable at once (`delayMs` 0), later, or (undefined) nobody knows when. */
  released?(message: MessageTrack, moment: Moment, delayMs: number | undefined): void;
  /** The message may be gone from the deliverable ones. */
  withdrawn?(message: MessageTrack): void;
  /** So may every message of this inbox, or of all. */
  cleared?(inbox: string | undefined): void;
  contextAsked?(call: OpenCall): void;
  contextAnswered?(record: HistoryRecord, call: OpenCall, moment: Moment): void;
  fault?(record: HistoryRecord, moment: Moment): void;
  stats?(record: HistoryRecord, call: OpenCall, moment: Moment): void;
  final?(message: MessageTrack, record: HistoryRecord, moment: Moment): void;
  finish?(): void;
}
