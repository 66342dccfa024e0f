import type { Row } from './row.ts';
import type { UndoJournal } from './undo-journal.ts';

export interface KnownSend {
  readonly contentHash: string | undefined;
  readonly rows: readonly Row[];
}

/** Idempotency keys by sender: which send a key stands for, as long as it is known (guarantee G3). */
export class KnownKeys {
  readonly #idempotencyMs: number;
  readonly #senders = new Map<string, Map<string, KnownSend>>();

  constructor(idempotencyMs: number) {
    this.#idempotencyMs = idempotencyMs;
  }

  /** The send this key stands for: one of its messages is unsettled, or settled not long enough ago by steady time. */
  find(from: string, key: string, now: number): KnownSend | undefined {
    const known = this.#senders.get(from)?.get(key);
    if (known === undefined) return undefined;
    const rows = known.rows.filter((row) => !row.gone);
    const isKnown = rows.some(
      ({ life }) => life.settledSteadyAt === undefined || now - life.settledSteadyAt < this.#idempotencyMs,
    );
    return isKnown ? { contentHash: known.contentHash, rows } : undefined;
  }

  remember(from: string, key: string, send: KnownSend, journal: UndoJournal): void {
    let keys = this.#senders.get(from);
    if (keys === undefined) {
      keys = new Map();
      this.#senders.set(from, keys);
    }
    const known = keys;
    const before = known.get(key);
    known.set(key, send);
    journal.note(() => {
      if (before === undefined) known.delete(key);
      else known.set(key, before);
    });
  }
}
