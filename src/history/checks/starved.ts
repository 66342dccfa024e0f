import type { OpenCall } from '../calls.ts';
import type { Check, CheckContext } from '../check.ts';
import type { LeaseTrack, MessageTrack } from '../message-track.ts';
import type { Moment } from '../moment.ts';
import type { HistoryRecord } from '../record.ts';

interface Suspect {
  readonly message: MessageTrack;
  readonly readyMs: number;
  readonly sinceT: number;
  readonly from: Moment;
  readonly until: Moment;
  /** Calls that may have taken the message without anybody hearing of it. */
  readonly others: readonly OpenCall[];
}

/**
 * **starved**: deliverable for longer than allowed while a consumer of the inbox stood idle all that time. Time before the
 * latest fault does not count, nor what another call may have taken whose answer was lost.
 */
export class StarvedCheck implements Check {
  readonly #context: CheckContext;
  /** Deliverable messages by inbox, with the instant from which they certainly are. */
  readonly #ready = new Map<string, Map<MessageTrack, number>>();
  readonly #asking = new Map<string, Set<OpenCall>>();
  readonly #suspects = new Map<MessageTrack, Suspect>();
  #lastFault = Number.NEGATIVE_INFINITY;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  fault(_record: HistoryRecord, moment: Moment): void {
    this.#lastFault = moment.t;
  }

  leaseAsked(call: OpenCall): void {
    const inbox = call.record.inbox ?? '';
    const asking = this.#asking.get(inbox) ?? new Set();
    this.#asking.set(inbox, asking.add(call));
  }

  released(message: MessageTrack, moment: Moment, delayMs: number | undefined): void {
    const inbox = message.inbox ?? message.sent?.inbox;
    const { sent } = message;
    if (inbox === undefined || delayMs === undefined || sent === undefined) return;
    // Messages with an ordering key may wait for another; those that expire may be gone.
    if (sent.expires || sent.orderingKey !== undefined) return;
    const ready = this.#ready.get(inbox) ?? new Map<MessageTrack, number>();
    this.#ready.set(inbox, ready.set(message, moment.t + delayMs));
  }

  withdrawn(message: MessageTrack): void {
    this.#ready.get(message.inbox ?? message.sent?.inbox ?? '')?.delete(message);
  }

  cleared(inbox: string | undefined): void {
    if (inbox === undefined) this.#ready.clear();
    else this.#ready.delete(inbox);
  }

  delivered(message: MessageTrack, _lease: LeaseTrack, _record: HistoryRecord, call: OpenCall): void {
    // Taken in time; only the answer was slow.
    if (this.#suspects.get(message)?.others.includes(call) === true) this.#suspects.delete(message);
  }

  waited(inbox: string, call: OpenCall, until: Moment): void {
    const asking = this.#asking.get(inbox);
    if (call.isEnded) asking?.delete(call);
    const { starvedAfterMs } = this.#context;
    const idleSince = Math.max(call.invoked.t, this.#lastFault);
    if (until.t - idleSince <= starvedAfterMs) return;
    const ready = this.#ready.get(inbox);
    for (const [message, readySince] of ready ?? []) {
      const sinceT = Math.max(readySince, idleSince);
      if (until.t - sinceT <= starvedAfterMs) continue;
      const others = [...(asking ?? [])];
      this.#suspects.set(message, { message, readyMs: until.t - sinceT, sinceT, from: call.invoked, until, others });
      ready?.delete(message);
    }
  }

  finish(): void {
    for (const { message, readyMs, sinceT, from, until, others } of this.#suspects.values()) {
      if (others.some((call) => mayHoldUnheard(call, sinceT))) continue;
      const sentence = () =>
        `message ${message.id} was deliverable for ${Math.round(readyMs / 1000)} s while a consumer of ${message.inbox ?? message.sent?.inbox} stood idle`;
      this.#context.findings.add('starved', message.id, sentence, [message.accepted ?? message.first, from, until]);
    }
  }
}

/** A lease call without an answer may have taken something, for as long as it waited and the lease lasts. */
function mayHoldUnheard(call: OpenCall, sinceT: number): boolean {
  const { lease_ms } = call.record;
  return !call.isEnded && (lease_ms === undefined || call.invoked.t + longestWaitMs + lease_ms >= sinceT);
}

/** The longest a lease call may wait in the hub for a first message. */
const longestWaitMs = 60_000;
