import type { Row } from './row.ts';

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

  /**
   * The send this key stands for: one of its messages is unsettled, or settled not long enough ago by steady time. What
   * was salvaged is never new again.
   */
  find(from: string, key: string, now: number, isSalvaged: boolean): KnownSend | undefined {
    const known = this.#senders.get(from)?.get(key);
    if (known === undefined) return undefined;
    const rows = known.rows.filter((row) => !row.gone);
    const isKnown =
      (isSalvaged && rows.length > 0) ||
      rows.some(({ life }) => life.settledSteadyAt === undefined || now - life.settledSteadyAt < this.#idempotencyMs);
    return isKnown ? { contentHash: known.contentHash, rows } : undefined;
  }

  /** Nothing to undo: a send that was taken back is known by its rows to be gone. */
  remember(from: string, key: string, send: KnownSend): void {
    const keys = this.#senders.get(from);
    if (keys === undefined) this.#senders.set(from, new Map([[key, send]]));
    else keys.set(key, send);
  }
}
