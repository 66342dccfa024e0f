import { WaggleError } from '../../errors.ts';
import { decodeMessageId, encodeMessageId, type MessageId } from '../../ids.ts';
import type { LeasedMessage, Message } from '../../message/message.ts';
import { priorityOf, stateOf } from './codes.ts';
import type { Core } from './core.ts';

/** A row of `messages` as the engine returns it. */
export interface MessageRow {
  readonly seq: number;
  readonly state: number;
  readonly priority: number;
  readonly attempt: number;
  readonly gen: number;
  readonly leased_at: number | null;
  readonly lease_expires_at: number | null;
  readonly lease_ms: number | null;
  readonly settled_seq: number | null;
  readonly settled_at: number | null;
  readonly ready_at: number;
  /** Steady time of the latest change of state. */
  readonly changed_at: number;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly ack_by_at: number | null;
  readonly max_attempts: number;
  readonly inbox: string;
  readonly inbox_seq: number;
  readonly size: number;
  readonly sender: string;
  readonly via: string | null;
  readonly kind: string;
  readonly thread_id: string | null;
  readonly reply_to: string | null;
  readonly ordering_key: string | null;
  readonly idempotency_key: string | null;
  readonly content_hash: string | null;
  readonly provenance: string | null;
  readonly subject: string | null;
  readonly body_json: number;
  readonly body: string;
}

/** What `toRow` reads, in its order. */
export const messageColumns =
  'seq, state, priority, attempt, gen, leased_at, lease_expires_at, lease_ms, settled_seq, settled_at, ready_at, changed_at, created_at, expires_at, ack_by_at, max_attempts, inbox, inbox_seq, size, sender, via, kind, thread_id, reply_to, ordering_key, idempotency_key, content_hash, provenance, subject, body_json, body';

/** A row whose `messageColumns` came as an array. The types are those of the strict table, so each is taken at its word. */
export function toRow(columns: readonly unknown[]): MessageRow {
  return {
    seq: columns[0] as number,
    state: columns[1] as number,
    priority: columns[2] as number,
    attempt: columns[3] as number,
    gen: columns[4] as number,
    leased_at: columns[5] as number | null,
    lease_expires_at: columns[6] as number | null,
    lease_ms: columns[7] as number | null,
    settled_seq: columns[8] as number | null,
    settled_at: columns[9] as number | null,
    ready_at: columns[10] as number,
    changed_at: columns[11] as number,
    created_at: columns[12] as number,
    expires_at: columns[13] as number | null,
    ack_by_at: columns[14] as number | null,
    max_attempts: columns[15] as number,
    inbox: columns[16] as string,
    inbox_seq: columns[17] as number,
    size: columns[18] as number,
    sender: columns[19] as string,
    via: columns[20] as string | null,
    kind: columns[21] as string,
    thread_id: columns[22] as string | null,
    reply_to: columns[23] as string | null,
    ordering_key: columns[24] as string | null,
    idempotency_key: columns[25] as string | null,
    content_hash: columns[26] as string | null,
    provenance: columns[27] as string | null,
    subject: columns[28] as string | null,
    body_json: columns[29] as number,
    body: columns[30] as string,
  };
}

export function idOf(core: Pick<Core, 'salt'>, row: { seq: number; created_at: number }): MessageId {
  return encodeMessageId({ seq: row.seq, createdAt: row.created_at, salt: core.salt });
}

/** The row an id addresses, or undefined: an id of another swarm or a made-up one finds nothing. */
export function findRow(core: Core, id: string): MessageRow | undefined {
  const address = decodeMessageId(id);
  if (address === undefined || address.salt !== core.salt) return undefined;
  const row = core.sql('SELECT * FROM messages WHERE seq = ? AND created_at = ?').get(address.seq, address.createdAt);
  return row as MessageRow | undefined; // the columns of the schema above
}

export function requireRow(core: Core, id: string): MessageRow {
  const row = findRow(core, id);
  if (row === undefined) {
    throw new WaggleError('not_found', `message ${id} does not exist; waggle inbox AGENT --peek lists ids`, {
      details: { id },
    });
  }
  return row;
}

/** Where a page goes on after this message, even when it was pruned meanwhile. `not_found` for what was never here. */
export function positionOf(core: Core, id: string | undefined): number {
  if (id === undefined) return 0;
  const address = decodeMessageId(id);
  const wasPruned = address?.salt === core.salt && address.seq <= core.ledger.prunedThrough;
  return wasPruned ? address.seq : requireRow(core, id).seq;
}

export function toMessage(core: Pick<Core, 'salt'>, row: MessageRow): Message {
  const id = idOf(core, row);
  const message: { -readonly [K in keyof Message]: Message[K] } = {
    id,
    state: stateOf(row.state),
    inbox: row.inbox,
    inboxSeq: row.inbox_seq,
    from: row.sender,
    body: row.body,
    bodyType: row.body_json === 1 ? 'json' : 'text',
    kind: row.kind,
    priority: priorityOf(row.priority),
    threadId: row.thread_id ?? id,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    createdAt: row.created_at,
    readyAt: row.ready_at,
    gen: row.gen,
  };
  if (row.via !== null) message.via = row.via;
  if (row.subject !== null) message.subject = row.subject;
  if (row.reply_to !== null) message.replyTo = row.reply_to as MessageId; // stored only after it was found
  if (row.ordering_key !== null) message.orderingKey = row.ordering_key;
  if (row.idempotency_key !== null) message.idempotencyKey = row.idempotency_key;
  if (row.expires_at !== null) message.expiresAt = row.expires_at;
  if (row.ack_by_at !== null) message.ackByAt = row.ack_by_at;
  if (row.leased_at !== null) message.leasedAt = row.leased_at;
  if (row.state === 2 && row.lease_expires_at !== null) message.leaseExpiresAt = row.lease_expires_at;
  if (row.settled_at !== null) message.settledAt = row.settled_at;
  if (row.provenance !== null) message.provenance = JSON.parse(row.provenance) as Record<string, unknown>; // our own text
  return message;
}

/** A row that was just leased, with the lease it was given. */
export function toLeased(
  core: Pick<Core, 'salt'>,
  row: MessageRow,
  lease: { gen: number; leasedAt: number; leaseExpiresAt: number },
): LeasedMessage {
  const before = toMessage(core, row);
  return { ...before, ...lease, state: 'leased', attempt: before.attempt + 1 };
}
