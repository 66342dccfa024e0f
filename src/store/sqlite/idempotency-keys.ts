import type { Core } from './core.ts';
import type { MessageRow } from './message-row.ts';

/** One message that was sent under a key, whether its row is still there or only its key was kept. */
export interface KeyedMessage {
  readonly seq: number;
  readonly created_at: number;
  readonly state: number;
  /** Null while the message may still be delivered. */
  readonly settled_at: number | null;
  /** Steady time; of a settled message: when it was settled. */
  readonly changed_at: number;
  readonly content_hash: string | null;
}

/** The messages a sender sent under this key, oldest first. */
export function messagesOfKey(core: Core, sender: string, key: string): KeyedMessage[] {
  const rows = core
    .sql(
      `SELECT seq, created_at, state, settled_at, changed_at, content_hash FROM messages
         WHERE sender = ?1 AND idempotency_key = ?2
       UNION ALL
       SELECT seq, created_at, state, changed_at, changed_at, content_hash FROM kept_keys
         WHERE sender = ?1 AND idempotency_key = ?2
       ORDER BY seq`,
    )
    .all(sender, key);
  return rows as unknown as KeyedMessage[]; // the columns selected
}

/** Whether nobody may repeat this message's key any more, so that the key is free for another message. */
export function isForgettable(core: Core, message: KeyedMessage): boolean {
  return message.settled_at !== null && message.changed_at < rememberedSince(core);
}

/** Frees the key, so that the unique index never refuses what the lookup above lets pass. */
export function freeKey(core: Core, sender: string, key: string): void {
  core.sql('UPDATE messages SET idempotency_key = NULL WHERE sender = ? AND idempotency_key = ?').run(sender, key);
  core.sql('DELETE FROM kept_keys WHERE sender = ? AND idempotency_key = ?').run(sender, key);
}

/** Keeps the key of a row that is about to be deleted (guarantee G3). */
export function keepKey(core: Core, row: MessageRow): void {
  if (row.idempotency_key === null) return;
  core
    .sql('INSERT INTO kept_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
    .run(
      row.sender,
      row.idempotency_key,
      row.seq,
      row.created_at,
      row.state,
      row.changed_at,
      row.content_hash,
      row.provenance === null ? 0 : 1,
    );
}

/** Drops up to `limit` kept keys whose time is over; resolves to how many. */
export function forgetKeptKeys(core: Core, limit: number): number {
  const { changes } = core
    .sql(
      `DELETE FROM kept_keys WHERE (sender, idempotency_key, seq) IN (
         SELECT sender, idempotency_key, seq FROM kept_keys WHERE salvaged = 0 AND changed_at < ? LIMIT ? + 0)`,
    )
    .run(rememberedSince(core), limit);
  return Number(changes);
}

function rememberedSince(core: Core): number {
  return core.now() - core.limits.idempotencyMs;
}
