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
