import type { Check, CheckContext } from '../check.ts';
import type { MessageTrack, SentTrack } from '../message-track.ts';

/**
 * **gap**: the positions of an inbox run from 1 without holes. Positions nobody saw may belong to messages that were
 * accepted, or perhaps accepted, and never delivered; only more holes than those is a finding.
 */
export class GapCheck implements Check {
  readonly #context: CheckContext;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  finish(): void {
    const unseen = this.#unseenByInbox();
    for (const [inbox, messages] of this.#seenByInbox()) {
      messages.sort((a, b) => (a.seq ?? 0) - (b.seq ?? 0));
      this.#reportDoubles(inbox, messages);
      const highest = messages.at(-1);
      if (highest?.seq === undefined) continue;
      const positions = new Set(messages.map(({ seq }) => seq));
      const holes = highest.seq - positions.size;
      const explained = (unseen.get(inbox) ?? 0) + (unseen.get('') ?? 0);
      if (holes <= explained) continue;
      let hole = 1;
      while (positions.has(hole)) hole += 1;
      const sentence = () =>
        `inbox ${inbox}: ${holes} of the positions up to ${highest.seq} were never seen (the first is ${hole}), but only ${explained} messages could stand there`;
      this.#context.findings.add('gap', inbox, sentence, [highest.first]);
    }
  }

  #reportDoubles(inbox: string, sorted: readonly MessageTrack[]): void {
    sorted.forEach((message, index) => {
      const before = sorted[index - 1];
      if (before === undefined || before.seq !== message.seq) return;
      const sentence = () =>
        `position ${message.seq} of inbox ${inbox} was given to two messages, ${before.id} and ${message.id}`;
      this.#context.findings.add('gap', inbox, sentence, [before.first, message.first]);
    });
  }

  #seenByInbox(): Map<string, MessageTrack[]> {
    const seen = new Map<string, MessageTrack[]>();
    for (const message of this.#context.ledger.messages.values()) {
      if (message.inbox === undefined || message.seq === undefined) continue;
      const list = seen.get(message.inbox);
      if (list === undefined) seen.set(message.inbox, [message]);
      else list.push(message);
    }
    return seen;
  }

  /** How many messages may hold a position nobody saw; under the empty name those whose inbox is not known. */
  #unseenByInbox(): Map<string, number> {
    const { messages, sends } = this.#context.ledger;
    const unseen = new Map<string, number>();
    const add = (inbox: string | undefined, count = 1) =>
      unseen.set(inbox ?? '', (unseen.get(inbox ?? '') ?? 0) + count);
    for (const { seq, inbox, sent } of messages.values()) if (seq === undefined) add(inbox ?? sent?.inbox);
    for (const sent of sends) {
      // Sent to several, and nobody was told to how many: some of them may stand anywhere.
      const isUncounted = sent.inbox === undefined && sent.okCall === undefined;
      if (!mayExist(sent) || (sent.ids.length > 0 && !isUncounted)) continue;
      add(sent.inbox, isUncounted ? Number.POSITIVE_INFINITY : 1);
    }
    return unseen;
  }
}

function mayExist(sent: SentTrack): boolean {
  return sent.ok !== undefined || sent.unanswered > 0;
}
