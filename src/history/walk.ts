import { Calls, type OpenCall } from './calls.ts';
import type { Check, CheckContext, Settle } from './check.ts';
import type { Ending, LeaseTrack, MessageTrack, SentTrack } from './message-track.ts';
import type { Moment } from './moment.ts';
import type { HistoryRecord } from './record.ts';

/**
 * Takes a history record by record, in order of time, into the ledger, and shows each event to the checks before it does.
 * Nothing is decided here about right and wrong.
 */
export class Walk {
  readonly #context: CheckContext;
  readonly #checks: readonly Check[];
  readonly #calls = new Calls();

  constructor(context: CheckContext, checks: readonly Check[]) {
    this.#context = context;
    this.#checks = checks;
  }

  take(record: HistoryRecord, moment: Moment): void {
    if (record.phase === 'invoke') this.#begin(record, this.#calls.begin(record, moment), moment);
    else this.#end(record, this.#calls.end(record, moment), moment);
  }

  finish(): void {
    for (const check of this.#checks) check.finish?.();
  }

  #begin(record: HistoryRecord, call: OpenCall, moment: Moment): void {
    const { ledger } = this.#context;
    switch (record.op) {
      case 'send':
        call.sent = ledger.send(record, moment);
        call.sent.unanswered += 1;
        break;
      case 'lease':
        for (const check of this.#checks) check.leaseAsked?.(call);
        break;
      case 'ack':
      case 'nack':
      case 'extend':
        this.#beginSettle(record, moment);
        break;
      case 'cancel':
        this.#beginControl(record, moment, ledger.cancelled, (message) => {
          message.openCancels += 1;
        });
        break;
      case 'purge':
        this.#beginControl(record, moment, ledger.purged, (message) => {
          message.openPurges += 1;
        });
        break;
      case 'redrive':
        this.#beginControl(record, moment, ledger.redriven, (message) => {
          message.redriveAsked = moment;
        });
        break;
      case 'context.get':
      case 'context.set':
        for (const check of this.#checks) check.contextAsked?.(call);
        break;
      default:
    }
  }

  #end(record: HistoryRecord, call: OpenCall, moment: Moment): void {
    const isFirst = !call.isEnded;
    call.isEnded = record.phase === 'ok' || record.phase === 'fail';
    switch (record.op) {
      case 'send':
        this.#endSend(record, call, moment, isFirst);
        break;
      case 'lease':
        if (isFirst) for (const check of this.#checks) check.waited?.(inboxOf(record, call), call, moment);
        if (record.phase === 'ok' && record.id !== undefined) this.#delivered(record.id, record, call, moment);
        // It may have taken anything.
        if (record.phase === 'info') for (const check of this.#checks) check.cleared?.(inboxOf(record, call));
        break;
      case 'wait':
        for (const check of this.#checks) check.waited?.(inboxOf(record, call), call, moment);
        break;
      case 'ack':
      case 'nack':
      case 'extend':
        this.#endSettle(record, call, moment);
        break;
      case 'cancel':
      case 'purge':
        this.#endControl(record, call, moment);
        break;
      case 'fault':
        for (const check of this.#checks) check.fault?.(record, moment);
        break;
      case 'context.get':
      case 'context.set':
        for (const check of this.#checks) check.contextAnswered?.(record, call, moment);
        break;
      case 'stats':
        if (record.phase === 'ok') for (const check of this.#checks) check.stats?.(record, call, moment);
        break;
      case 'final':
        if (record.phase === 'ok' && record.id !== undefined) this.#final(record.id, record, moment);
        break;
      default:
    }
  }

  #endSend(record: HistoryRecord, call: OpenCall, moment: Moment, isFirst: boolean): void {
    const { ledger } = this.#context;
    const sent = (call.sent ??= ledger.send(call.record, call.invoked));
    if (record.call !== undefined && isFirst && record.phase !== 'info') sent.unanswered -= 1;
    if (record.call === undefined && record.phase === 'info') sent.unanswered += 1;
    if (record.phase === 'fail') sent.refused ??= moment;
    if (record.phase !== 'ok') return;
    for (const check of this.#checks) {
      check.accepted?.(sent, call, moment);
      if (record.id !== undefined) check.named?.(sent, record.id, moment, call);
    }
    sent.ok ??= moment;
    sent.okCall ??= call;
    sent.hash ??= call.record.hash;
    if (record.id === undefined) return;
    const message = ledger.message(record.id, moment);
    message.accepted ??= moment;
    this.#describe(message, record, call);
    if (message.sent === undefined) this.#bind(message, sent, moment);
    if (message.deliveries === 0 && message.ending === undefined)
      for (const check of this.#checks) check.released?.(message, moment, sent.delayMs);
  }

  #bind(message: MessageTrack, sent: SentTrack, moment: Moment): void {
    for (const check of this.#checks) check.bound?.(message, sent, moment);
    message.sent = sent;
    sent.ids.push(message.id);
    message.priority ??= sent.priority;
  }

  #delivered(id: string, record: HistoryRecord, call: OpenCall, moment: Moment): void {
    const message = this.#seen(id, record, call, moment);
    const { gen = message.deliveries + 1 } = record;
    const { lease_until: until } = record;
    const lease: LeaseTrack = {
      gen,
      invoked: call.invoked,
      ok: moment,
      until,
      releaseAsked: undefined,
      settled: undefined,
    };
    for (const check of this.#checks) check.delivered?.(message, lease, record, call);
    for (const check of this.#checks) check.withdrawn?.(message);
    message.deliveredHash ??= record.hash;
    message.addLease(lease);
  }

  /** The message of a delivery or a final state, with what that says about it and the send its key names. */
  #seen(id: string, record: HistoryRecord, call: OpenCall, moment: Moment): MessageTrack {
    const { ledger } = this.#context;
    const message = ledger.message(id, moment);
    this.#describe(message, record, call);
    if (message.sent !== undefined) return message;
    const sent = ledger.sentAs(record);
    if (sent === undefined) return message;
    for (const check of this.#checks) check.named?.(sent, id, moment);
    this.#bind(message, sent, moment);
    return message;
  }

  #describe(message: MessageTrack, record: HistoryRecord, call: OpenCall): void {
    message.inbox ??= record.inbox ?? call.record.inbox;
    message.seq ??= record.seq;
    message.priority ??= record.priority;
    message.maxAttempts ??= record.max_attempts;
  }

  #beginSettle(record: HistoryRecord, moment: Moment): void {
    if (record.id === undefined) return;
    const message = this.#context.ledger.message(record.id, moment);
    const lease = message.lease(record.gen ?? -1);
    if (record.op === 'ack') message.openAcks += 1;
    if (lease === undefined) return;
    if (record.op !== 'extend') lease.releaseAsked ??= moment;
    // It may have taken effect already, and made the lease shorter.
    else if (lease.until !== undefined) lease.until = Math.min(lease.until, moment.t + (record.lease_ms ?? 0));
  }

  #endSettle(record: HistoryRecord, call: OpenCall, moment: Moment): void {
    const id = record.id ?? call.record.id;
    const gen = record.gen ?? call.record.gen;
    // Called from the table of operations above, so it is one of the three.
    const op = record.op as Settle['op'];
    if (id === undefined) return;
    const message = this.#context.ledger.message(id, moment);
    if (record.call !== undefined && record.phase !== 'info' && op === 'ack') message.openAcks -= 1;
    if (record.phase !== 'ok' || gen === undefined) return;
    const lease = message.lease(gen);
    if (op === 'extend' && lease !== undefined) lease.until = record.lease_until ?? lease.until;
    for (const check of this.#checks) check.settled?.(message, { op, gen, invoked: call.invoked, ok: moment });
    if (op === 'extend') return;
    if (lease !== undefined) lease.settled ??= moment;
    if (op === 'ack') {
      this.#ended(message, { state: 'acked', gen, invoked: call.invoked, ok: moment });
    } else if (record.state === 'dead') {
      this.#ended(message, { state: 'dead', gen, invoked: call.invoked, ok: moment });
    } else if (message.newestLease === lease) {
      const delayMs = record.state === 'ready' ? 0 : record.delay_ms;
      for (const check of this.#checks) check.released?.(message, moment, delayMs);
    }
  }

  #beginControl(
    record: HistoryRecord,
    moment: Moment,
    byInbox: Map<string, Moment>,
    mark: (message: MessageTrack) => void,
  ): void {
    const { ledger } = this.#context;
    if (record.id === undefined) {
      byInbox.set(record.inbox ?? '', moment);
      for (const check of this.#checks) check.cleared?.(record.inbox);
      return;
    }
    const message = ledger.message(record.id, moment);
    mark(message);
    for (const check of this.#checks) check.withdrawn?.(message);
  }

  #endControl(record: HistoryRecord, call: OpenCall, moment: Moment): void {
    const id = record.id ?? call.record.id;
    if (id === undefined) return;
    const message = this.#context.ledger.message(id, moment);
    if (record.phase !== 'info' && record.call !== undefined) {
      if (record.op === 'cancel') message.openCancels -= 1;
      else message.openPurges -= 1;
    }
    if (record.phase !== 'ok') return;
    const state = record.op === 'cancel' ? 'cancelled' : 'purged';
    this.#ended(message, { state, gen: undefined, invoked: call.invoked, ok: moment });
  }

  #ended(message: MessageTrack, ending: Ending): void {
    // A message that was redriven may end again; an ack stays what it was.
    if (message.ending === undefined || message.ending.state === 'dead') message.ending = ending;
    for (const check of this.#checks) check.withdrawn?.(message);
    const { sent } = message;
    if (sent === undefined) return;
    sent.ended += 1;
    sent.endedAt = ending.ok.t;
  }

  #final(id: string, record: HistoryRecord, moment: Moment): void {
    const call: OpenCall = { record, invoked: moment, isEnded: true };
    const message = this.#seen(id, record, call, moment);
    for (const check of this.#checks) check.final?.(message, record, moment);
    message.finalState = record.state;
    message.finalMoment = moment;
  }
}

function inboxOf(record: HistoryRecord, call: OpenCall): string {
  return record.inbox ?? call.record.inbox ?? '';
}
