/** Who holds an id. The same object is kept up to date, so a superseded entry can name the final winner. */
export interface Holder {
  index: number;
  updatedAt: number;
}

export type Twin =
  | { readonly kind: 'first' | 'same' | 'conflict' }
  | { readonly kind: 'older'; readonly winner: Holder }
  | { readonly kind: 'newer'; readonly loser: number; readonly winner: Holder };

/**
 * One entry per `queue_id`: the newest `updated_at` wins. The same bytes again are the same entry; different bytes with
 * the same time cannot be ordered, so the later one is a conflict for a person to decide.
 */
export class Duplicates {
  readonly #known = new Map<string, Holder>();
  readonly #bytesOf: (index: number) => Uint8Array;

  constructor(bytesOf: (index: number) => Uint8Array) {
    this.#bytesOf = bytesOf;
  }

  add(queueId: string, index: number, updatedAt: number): Twin {
    const known = this.#known.get(queueId);
    if (known === undefined) {
      this.#known.set(detached(queueId), { index, updatedAt });
      return { kind: 'first' };
    }
    if (Buffer.compare(this.#bytesOf(known.index), this.#bytesOf(index)) === 0) return { kind: 'same' };
    if (updatedAt > known.updatedAt || (Number.isNaN(known.updatedAt) && !Number.isNaN(updatedAt))) {
      const loser = known.index;
      known.index = index;
      known.updatedAt = updatedAt;
      return { kind: 'newer', loser, winner: known };
    }
    if (updatedAt < known.updatedAt || (Number.isNaN(updatedAt) && !Number.isNaN(known.updatedAt))) {
      return { kind: 'older', winner: known };
    }
    return { kind: 'conflict' };
  }
}

/** A copy that does not keep the entry's whole text alive, as a slice of it would. */
function detached(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
