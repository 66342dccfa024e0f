import type { Check, CheckContext } from '../check.ts';
import type { MessageTrack } from '../message-track.ts';

/**
 * **lost**: what was accepted, or seen, ends for a reason somebody gave, or is there at the end. Needs `final` records (or
 * a history that claims to have been drained): without them an open message is neither lost nor proven to be there.
 */
export class LostCheck implements Check {
  readonly #context: CheckContext;
  readonly #isDrained: boolean;
  #finals = 0;

  constructor(context: CheckContext, isDrained: boolean) {
    this.#context = context;
    this.#isDrained = isDrained;
  }

  final(): void {
    this.#finals += 1;
  }

  finish(): void {
    const { ledger, notChecked } = this.#context;
    let open = 0;
    for (const message of ledger.messages.values()) {
      // What nobody sent is a phantom, whatever becomes of it.
      if (message.accepted === undefined && (message.deliveries === 0 || message.sent === undefined)) continue;
      if (message.finalState !== undefined && message.finalState !== 'missing') {
        this.#explainEnd(message);
      } else if (message.ending === undefined && !this.#mayHaveEnded(message)) {
        if (this.#finals > 0 || this.#isDrained) this.#report(message);
        else open += 1;
      }
    }
    if (open > 0) {
      notChecked(
        `lost: ${open} accepted messages had not ended, and the history has no final records that say whether they are there`,
      );
    }
  }

  #report(message: MessageTrack): void {
    const end = message.finalState === 'missing' ? 'is gone' : 'was never settled and is nowhere at the end';
    const sentence = () => `message ${message.id}${toInbox(message)} was accepted and ${end}`;
    this.#context.findings.add('lost', message.id, sentence, [message.accepted ?? message.first, message.finalMoment]);
  }

  /** Ended without anybody having done it is lost, whatever the store calls it. */
  #explainEnd(message: MessageTrack): void {
    const { finalState, sent, ending } = message;
    let unexplained: string | undefined;
    if (finalState === 'acked' && ending?.state !== 'acked' && message.openAcks === 0) unexplained = 'nobody acked it';
    else if (finalState === 'cancelled' && ending?.state !== 'cancelled' && !this.#mayBeCancelled(message))
      unexplained = 'nobody cancelled it';
    else if (finalState === 'expired' && sent !== undefined && !sent.expires)
      unexplained = 'it was sent to last for ever';
    if (unexplained === undefined) return;
    const sentence = () => `message ${message.id}${toInbox(message)} is ${finalState}, but ${unexplained}`;
    this.#context.findings.add('lost', message.id, sentence, [message.accepted ?? message.first, message.finalMoment]);
  }

  #mayHaveEnded(message: MessageTrack): boolean {
    const { ledger } = this.#context;
    const purged = message.openPurges > 0 || ledger.throughInbox(ledger.purged, message) !== undefined;
    return message.openAcks > 0 || message.sent?.expires === true || this.#mayBeCancelled(message) || purged;
  }

  #mayBeCancelled(message: MessageTrack): boolean {
    const { ledger } = this.#context;
    return message.openCancels > 0 || ledger.throughInbox(ledger.cancelled, message) !== undefined;
  }
}

function toInbox({ inbox, sent }: MessageTrack): string {
  const name = inbox ?? sent?.inbox;
  return name === undefined ? '' : ` to ${name}`;
}
