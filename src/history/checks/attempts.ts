import type { Check, CheckContext } from '../check.ts';
import type { LeaseTrack, MessageTrack } from '../message-track.ts';
import { isBefore } from '../moment.ts';
import type { HistoryRecord } from '../record.ts';

/** **over-attempt**: by the message's own count, and by ours; a redrive counts anew. */
export class AttemptsCheck implements Check {
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  delivered(message: MessageTrack, lease: LeaseTrack, record: HistoryRecord): void {
    const { ledger, findings } = this.#context;
    for (const redriven of [message.redriveAsked, ledger.throughInbox(ledger.redriven, message)]) {
      const isNew =
        redriven !== undefined && (message.countedSince === undefined || isBefore(message.countedSince, redriven));
      if (!isNew) continue;
      message.countedSince = redriven;
      message.deliveriesCounted = 0;
    }
    message.deliveriesCounted += 1;
    const allowed = message.maxAttempts ?? message.sent?.maxAttempts;
    const attempt = Math.max(record.attempt ?? 0, message.deliveriesCounted);
    if (allowed === undefined || attempt <= allowed) return;
    const sentence = () => `message ${message.id} was delivered for the ${attempt}. time; ${allowed} were allowed`;
    findings.add('over-attempt', message.id, sentence, [lease.ok]);
  }
}
