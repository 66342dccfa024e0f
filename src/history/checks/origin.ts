import type { OpenCall } from '../calls.ts';
import type { Check, CheckContext } from '../check.ts';
import type { LeaseTrack, MessageTrack, SentTrack } from '../message-track.ts';
import { isBefore, type Moment } from '../moment.ts';
import type { HistoryRecord } from '../record.ts';

/** **phantom**, **dup-accept**, **altered**, **forged**: where a message comes from, and whether it still is what was sent. */
export class OriginCheck implements Check {
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  accepted(sent: SentTrack, call: OpenCall, moment: Moment): void {
    const { hash } = call.record;
    if (sent.hash === undefined || hash === undefined || hash === sent.hash) return;
    const sentence = () =>
      `the send with key ${sent.key} was answered as a repeat, although its body is another than the one accepted before`;
    this.#context.findings.add('altered', sent.key ?? '', sentence, [sent.ok, call.invoked, moment]);
  }

  named(sent: SentTrack, id: string, moment: Moment, call?: OpenCall): void {
    const { findings, ledger } = this.#context;
    const owner = ledger.messages.get(id)?.sent;
    if (owner !== undefined && owner !== sent) {
      const sentence = () => `two different sends were answered with the one id ${id}: one of them is stored nowhere`;
      findings.add('lost', id, sentence, [owner.ok ?? owner.invoked, moment]);
    }
    const isOther = sent.ids.length > 0 && !sent.ids.includes(id);
    // A send to several has one id for each of them, all in its first answer.
    if (isOther && (sent.inbox !== undefined || (sent.okCall !== undefined && sent.okCall !== call))) {
      const sentence = () => `the send with key ${sent.key} was accepted twice, as ${sent.ids[0]} and as ${id}`;
      findings.add('dup-accept', sent.key ?? id, sentence, [sent.ok ?? sent.invoked, moment]);
    }
  }

  bound(message: MessageTrack, sent: SentTrack): void {
    const { deliveredHash, newestLease } = message;
    if (deliveredHash !== undefined) this.#compareBody(message, sent, deliveredHash, newestLease?.ok);
  }

  delivered(message: MessageTrack, lease: LeaseTrack, record: HistoryRecord): void {
    const { sent } = message;
    if (record.hash !== undefined) {
      if (sent !== undefined) this.#compareBody(message, sent, record.hash, lease.ok);
      else if (message.deliveredHash !== undefined && message.deliveredHash !== record.hash) {
        const sentence = () => `message ${message.id} was delivered with two different bodies`;
        this.#context.findings.add('altered', message.id, sentence, [message.first, lease.ok]);
      }
    }
    const proven = record.authenticated ?? sent?.authenticated;
    if (record.from !== undefined && proven !== undefined && record.from !== proven) {
      const sentence = () => `message ${message.id} was shown as from ${record.from}, but ${proven} sent it`;
      this.#context.findings.add('forged', message.id, sentence, [sent?.invoked, lease.ok]);
    }
  }

  final(message: MessageTrack, record: HistoryRecord, moment: Moment): void {
    if (record.hash !== undefined && message.sent !== undefined)
      this.#compareBody(message, message.sent, record.hash, moment);
  }

  finish(): void {
    const { ledger } = this.#context;
    const unbound = [...ledger.messages.values()].filter(({ sent }) => sent === undefined);
    const unanswered = new Map<string, SentTrack[]>();
    for (const sent of ledger.sends) {
      if (sent.ids.length > 0 || (sent.unanswered === 0 && sent.ok === undefined)) continue;
      for (const hash of sent.hashes) unanswered.set(hash, [...(unanswered.get(hash) ?? []), sent]);
    }
    for (const message of unbound) {
      // Without a key a message of an unanswered send is known by its body; each send explains one message.
      const hash = message.deliveredHash;
      const candidates = hash === undefined ? undefined : unanswered.get(hash);
      const index = candidates?.findIndex(
        (sent) => sent.inbox === undefined || message.inbox === undefined || sent.inbox === message.inbox,
      );
      if (index === undefined || index < 0) this.#reportPhantom(message, undefined);
      else candidates?.splice(index, 1);
    }
    for (const message of ledger.messages.values()) {
      const { sent } = message;
      if (sent === undefined) continue;
      const wasRefused = sent.ok === undefined && sent.unanswered === 0;
      if (wasRefused || isBefore(message.first, sent.invoked)) this.#reportPhantom(message, sent);
    }
  }

  #reportPhantom(message: MessageTrack, sent: SentTrack | undefined): void {
    if (message.finalState === 'missing' && message.deliveries === 0) return;
    const what = message.deliveries > 0 ? 'delivered' : 'stored';
    let why = 'nobody sent it';
    if (sent !== undefined) why = sent.refused === undefined ? 'it had not been sent yet' : 'its send was refused';
    const proof = [message.first, sent?.refused ?? sent?.invoked];
    this.#context.findings.add('phantom', message.id, () => `message ${message.id} was ${what}, but ${why}`, proof);
  }

  #compareBody(message: MessageTrack, sent: SentTrack, hash: string, moment: Moment | undefined): void {
    const isSame = sent.hash === undefined ? sent.hashes.size === 0 || sent.hashes.has(hash) : sent.hash === hash;
    if (isSame) return;
    const sentence = () =>
      `message ${message.id} was sent with body ${short(sent.hash ?? [...sent.hashes][0])} and came out with ${short(hash)}`;
    this.#context.findings.add('altered', message.id, sentence, [sent.invoked, moment]);
  }
}

function short(hash: string | undefined): string {
  return hash === undefined ? 'unknown' : `sha256 ${hash.slice(0, 12)}…`;
}
