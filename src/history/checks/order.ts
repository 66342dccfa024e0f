import type { OpenCall } from '../calls.ts';
import type { Check, CheckContext } from '../check.ts';
import type { LeaseTrack, MessageTrack } from '../message-track.ts';
import { isBefore, type Moment } from '../moment.ts';
import type { HistoryRecord } from '../record.ts';

/** First deliveries of one line, as they were answered. */
interface Line {
  readonly seqs: number[];
  readonly calls: OpenCall[];
  readonly moments: Moment[];
  /** Index of the highest position among the first i deliveries. */
  readonly highest: number[];
}

interface Overtaken {
  readonly message: MessageTrack;
  readonly lease: LeaseTrack;
  readonly by: Moment;
  readonly bySeq: number;
}

/**
 * **inversion**: within an inbox, a priority and an ordering key, first deliveries come in commit order. Only what was
 * over before the other began counts. Delayed messages and redeliveries may come at any time.
 */
export class OrderCheck implements Check {
  readonly #context: CheckContext;
  readonly #lines = new Map<string, Line>();
  readonly #overtaken: Overtaken[] = [];
  #powerCut: Moment | undefined;

  constructor(context: CheckContext) {
    this.#context = context;
  }

  delivered(message: MessageTrack, lease: LeaseTrack, record: HistoryRecord, call: OpenCall): void {
    const { inbox, seq, sent } = message;
    if (!this.#isFirst(message, record) || inbox === undefined || seq === undefined) return;
    if (sent?.isDelayed === true) return;
    // Salvaged entries can be dead from the start: a redrive is then what their first delivery comes from.
    const { ledger } = this.#context;
    if (message.redriveAsked !== undefined || ledger.throughInbox(ledger.redriven, message) !== undefined) return;
    const priority = message.priority ?? 'normal';
    const line = this.#line(`${inbox} ${priority} ${record.ordering_key ?? sent?.orderingKey ?? ''}`);
    const over = overtaker(line, lease.invoked, call);
    const overSeq = line.seqs[over];
    if (overSeq !== undefined && overSeq > seq) {
      this.#overtaken.push({ message, lease, by: line.moments[over] ?? lease.ok, bySeq: overSeq });
    }
    // A delayed message may come at any time, so one of which that is not known overtakes nobody.
    if (sent === undefined) return;
    const previous = line.highest.at(-1);
    const isHighest = previous === undefined || seq > (line.seqs[previous] ?? 0);
    line.highest.push(isHighest ? line.seqs.length : (previous ?? 0));
    line.seqs.push(seq);
    line.calls.push(call);
    line.moments.push(lease.ok);
  }

  fault(record: HistoryRecord, moment: Moment): void {
    if (record.key === 'power-cut') this.#powerCut = moment;
  }

  /** By the message's own count: a delivery nobody heard of counts. A power cut may have made it forget one. */
  #isFirst(message: MessageTrack, { attempt, gen }: HistoryRecord): boolean {
    if (message.deliveries > 0 || (attempt ?? gen ?? 1) !== 1) return false;
    const since = message.sent?.invoked;
    return this.#powerCut === undefined || (since !== undefined && !isBefore(since, this.#powerCut));
  }

  finish(): void {
    for (const { message, lease, by, bySeq } of this.#overtaken) {
      if (message.sent?.isDelayed === true) continue;
      const sentence = () =>
        `message ${message.id} (position ${message.seq} of ${message.inbox}) was first delivered after position ${bySeq}`;
      this.#context.findings.add('inversion', message.id, sentence, [by, lease.ok]);
    }
  }

  #line(name: string): Line {
    const known = this.#lines.get(name);
    if (known !== undefined) return known;
    const line: Line = { seqs: [], calls: [], moments: [], highest: [] };
    this.#lines.set(name, line);
    return line;
  }
}

/** Index of the highest position that was delivered before the call began, or named earlier by its own answer. */
function overtaker(line: Line, invoked: Moment, call: OpenCall): number {
  const last = line.calls.length - 1;
  const before = line.highest[countBefore(line.moments, invoked) - 1] ?? -1;
  const isOwn = line.calls[last] === call;
  return isOwn && (line.seqs[last] ?? 0) > (line.seqs[before] ?? 0) ? last : before;
}

/** How many of the moments, which are in order of time, were certainly before this one. */
function countBefore(moments: readonly Moment[], invoked: Moment): number {
  let low = 0;
  let high = moments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((moments[middle]?.t ?? Number.POSITIVE_INFINITY) < invoked.t) low = middle + 1;
    else high = middle;
  }
  // At the same instant only lines of one file have an order.
  for (let moment = moments[low]; moment !== undefined && isBefore(moment, invoked); moment = moments[low]) low += 1;
  return low;
}
