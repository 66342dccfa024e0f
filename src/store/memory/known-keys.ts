import type { MessageId } from '../../ids.ts';
import type { Life } from './row.ts';

/** One message of a send: its row, or what is kept of it when it is deleted. */
export interface SentMessage {
  readonly id: MessageId;
  readonly life: Pick<Life, 'state' | 'settledSteadyAt'>;
  /** Taken back by a rollback: it was never sent. */
  readonly gone: boolean;
}

export interface KnownSend {
  readonly contentHash: string | undefined;
  readonly messages: readonly SentMessage[];
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
    const messages = known.messages.filter((message) => !message.gone);
    const isKnown =
      (isSalvaged && messages.length > 0) ||
      messages.some(
        ({ life }) => life.settledSteadyAt === undefined || now - life.settledSteadyAt <= this.#idempotencyMs,
      );
    return isKnown ? { contentHash: known.contentHash, messages } : undefined;
  }

  /** Nothing to undo: a send that was taken back is known by its rows to be gone. */
  remember(from: string, key: string, send: KnownSend): void {
    const keys = this.#senders.get(from);
    if (keys === undefined) this.#senders.set(from, new Map([[key, send]]));
    else keys.set(key, send);
  }

  /** Knows a message by something else from now on: its row is deleted, or comes back. */
  replace(from: string, key: string, message: SentMessage, by: SentMessage): void {
    const known = this.#senders.get(from)?.get(key);
    if (known === undefined) return;
    const messages = known.messages.map((one) => (one === message ? by : one));
    this.remember(from, key, { ...known, messages });
  }
}
