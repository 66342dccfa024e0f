import type { Moment } from './moment.ts';

/** What can be wrong with a history. */
export const findingClasses = {
  lost: 'accepted, then neither ended for a reason nor there at the end',
  phantom: 'delivered or stored, though never sent (or refused)',
  altered: 'delivered with another body than was sent',
  'dup-accept': 'one send became two messages',
  'double-settle': 'two settles of one lease, or two acks of one message, succeeded',
  revived: 'ended (acked, cancelled, dead), then delivered again',
  overlap: 'two live leases on one message',
  'stale-accepted': 'a settle succeeded after the message had been leased again',
  inversion: 'first delivered after a message that was committed later',
  gap: 'a hole in the positions of an inbox, or a position used twice',
  'over-attempt': 'delivered more often than allowed',
  conservation: 'the counts of the states do not add up to what was accepted',
  starved: 'deliverable for longer than allowed while a consumer stood idle',
  forged: 'the sender shown is not who sent it',
  'not-linearizable': 'the answers about a shared value fit no order of the calls',
} as const satisfies Record<string, string>;

export type FindingClass = keyof typeof findingClasses;

/** A line of a history. `file` is absent when the records did not come from files. */
export interface Proof {
  readonly file?: string;
  readonly line: number;
}

export interface Finding {
  readonly class: FindingClass;
  /** What it is about: a message id, a key, an inbox. Peers' text: not safe for a terminal. */
  readonly subject: string;
  /** One sentence. Holds peers' text. */
  readonly sentence: string;
  readonly proof: readonly Proof[];
}

export interface HistorySummary {
  readonly records: number;
  /** Messages whose send was answered. */
  readonly sent: number;
  /** Sends of which nobody knows whether they happened (G2). */
  readonly unknownSends: number;
  readonly refusedSends: number;
  /** Messages delivered at least once; deliveries in all; messages delivered more than once (legitimate, G4). */
  readonly received: number;
  readonly deliveries: number;
  readonly redelivered: number;
  readonly acked: number;
  /** Ended otherwise: cancelled, or dead after a nack. */
  readonly endedOtherwise: number;
  /** Accepted or seen, and not known to have ended. */
  readonly open: number;
  readonly lost: number;
  /** dup-accept + double-settle + revived. */
  readonly duplicated: number;
  readonly altered: number;
  readonly outOfOrder: number;
  readonly invented: number;
}

export interface HistoryReport {
  readonly ok: boolean;
  readonly summary: HistorySummary;
  /** Exact totals by class, zeros included. */
  readonly totals: Readonly<Record<FindingClass, number>>;
  /** The first of each class, at most `maxFindings` of each. */
  readonly findings: readonly Finding[];
  /** What this history cannot show, in sentences. Not checked is not fine. */
  readonly notChecked: readonly string[];
}

/** Collects findings: exact totals, capped lists. */
export class Findings {
  readonly totals: Record<FindingClass, number>;
  readonly #lists = new Map<FindingClass, Finding[]>();
  readonly #fileNames: readonly string[];
  readonly #max: number;

  /** `fileNames` is read when a finding is made, so it may grow meanwhile. */
  constructor(fileNames: readonly string[], max: number) {
    this.#fileNames = fileNames;
    this.#max = max;
    // Object.fromEntries forgets the keys it was given.
    this.totals = Object.fromEntries(Object.keys(findingClasses).map((name) => [name, 0])) as Record<
      FindingClass,
      number
    >;
  }

  /** The sentence is only made when it will be kept. */
  add(kind: FindingClass, subject: string, sentence: () => string, proof: readonly (Moment | undefined)[]): void {
    this.totals[kind] += 1;
    const list = this.#lists.get(kind) ?? [];
    if (list.length === 0) this.#lists.set(kind, list);
    if (list.length >= this.#max) return;
    const places = proof
      .filter((moment) => moment !== undefined && moment.line > 0)
      .map((moment) => this.#place(moment));
    list.push({ class: kind, subject, sentence: sentence(), proof: places });
  }

  list(): Finding[] {
    return Object.keys(findingClasses).flatMap((name) => this.#lists.get(name as FindingClass) ?? []); // keys of the table
  }

  #place(moment: Moment | undefined): Proof {
    const { file, line } = moment ?? { file: -1, line: 0 };
    const name = this.#fileNames[file];
    return name === undefined || name === '' ? { line } : { file: name, line };
  }
}
