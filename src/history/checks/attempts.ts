import type { Check, CheckContext } from '../check.ts';
import type { LeaseTrack, MessageTrack } from '../message-track.ts';
import type { HistoryRecord } from '../record.ts';

/** **over-attempt**: by the message's own count, and by ours until somebody redrives it. */
export class AttemptsCheck implements Check {
  readonly #context: CheckContext;

  #hadPowerCut = false;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  fault(record: HistoryRecord): void {
    this.#hadPowerCut ||= record.key === 'power-cut';
  }

  delivered(message: MessageTrack, lease: LeaseTrack, record: HistoryRecord): void {
    const { ledger, findings } = this.#context;
    const isRedriven =
      message.redriveAsked !== undefined || ledger.throughInbox(ledger.redriven, message) !== undefined;
    // When a redrive took effect, or what a power cut forgot, is not known: then only its own count can be looked at.
    const counted = isRedriven || this.#hadPowerCut ? 0 : message.deliveries + 1;
    const allowed = message.maxAttempts ?? message.sent?.maxAttempts;
    const attempt = Math.max(record.attempt ?? 0, counted);
    if (allowed === undefined || attempt <= allowed) return;
    const sentence = () => `message ${message.id} was delivered for the ${attempt}. time; ${allowed} were allowed`;
    findings.add('over-attempt', message.id, sentence, [lease.ok]);
  }
}
