import type { OpenCall } from '../calls.ts';
import type { Check, CheckContext } from '../check.ts';
import type { SentTrack } from '../message-track.ts';
import { isBefore, type Moment } from '../moment.ts';
import type { HistoryRecord } from '../record.ts';

/**
 * **conservation** (G9): in each count of the store, accepted is the sum of all other states, and no less than what had
 * been answered before it was asked.
 */
export class ConservationCheck implements Check {
  readonly #context: CheckContext;
  /** When each message was known to exist, by inbox; the empty name holds all. */
  readonly #answered = new Map<string, Moment[]>();

  constructor(context: CheckContext) {
    this.#context = context;
  }

  named(sent: SentTrack, id: string, moment: Moment): void {
    if (sent.ids.includes(id)) return;
    for (const inbox of sent.inbox === undefined ? [''] : ['', sent.inbox]) {
      const list = this.#answered.get(inbox);
      if (list === undefined) this.#answered.set(inbox, [moment]);
      else list.push(moment);
    }
  }

  stats(record: HistoryRecord, call: OpenCall, moment: Moment): void {
    const { findings, notChecked } = this.#context;
    const where = record.inbox === undefined ? 'the store' : `inbox ${record.inbox}`;
    const { accepted, ...states } = record.stats ?? {};
    if (accepted === undefined) {
      notChecked(`a count of ${where} says nothing of how many messages were accepted`);
      return;
    }
    const sum = Object.values(states).reduce((total, count) => total + count, 0);
    if (sum !== accepted) {
      const counts = () => Object.entries(states).map(([state, count]) => `${state} ${count}`);
      const sentence = () =>
        `${where} counts ${accepted} accepted messages, but its states hold ${sum} (${counts().join(', ')})`;
      findings.add('conservation', record.inbox ?? 'store', sentence, [moment]);
      return;
    }
    const answered = this.#answered.get(record.inbox ?? '') ?? [];
    const least = answered.findLastIndex((answer) => isBefore(answer, call.invoked)) + 1;
    if (accepted >= least) return;
    const sentence = () => `${where} counts ${accepted} accepted messages, but ${least} existed before`;
    findings.add('conservation', record.inbox ?? 'store', sentence, [answered[least - 1], moment]);
  }
}
