import type { WaggleEvent } from '../../events.ts';
import type { MessageId } from '../../ids.ts';
import type { BodyType, LeasedMessage, Message, MessageState, Priority, Provenance } from '../../message/message.ts';
import type { Inbox } from './inbox.ts';

/** What changes about a message. Replaced as a whole by each change, so undoing one is putting the old value back. */
export interface Life {
  readonly state: MessageState;
  readonly attempt: number;
  readonly readyAt: number;
  readonly gen: number;
  /** Start of the latest lease; stays when the lease ends, because the event of that lease is read from here. */
  readonly leasedAt: number | undefined;
  readonly leaseExpiresAt: number | undefined;
  /** Wall time, for people. */
  readonly settledAt: number | undefined;
  /** The same instant on the steady timeline, for deciding how long an idempotency key stays known. */
  readonly settledSteadyAt: number | undefined;
  /** Sequence of the ack. */
  readonly ackSeq: number | undefined;
  /** The overdue ack was told. */
  readonly overdue: boolean;
  /** Stored events of this message, oldest first. */
  readonly events: readonly WaggleEvent[];
}

/** What becomes of a life: nothing but a redrive takes a settled one back. */
export function settled(life: Life, state: MessageState, at: { wall: number; steady: number }): Life {
  return { ...life, state, leaseExpiresAt: undefined, settledAt: at.wall, settledSteadyAt: at.steady };
}

/** A message as the memory store keeps it: what was accepted, its life, and its places in the store's structures. */
export interface Row {
  readonly seq: number;
  readonly id: MessageId;
  readonly inbox: Inbox;
  readonly inboxSeq: number;
  readonly rank: number;
  readonly size: number;
  readonly createdAt: number;
  readonly from: string;
  readonly via: string | undefined;
  readonly subject: string | undefined;
  readonly body: string;
  readonly bodyType: BodyType;
  readonly kind: string;
  readonly priority: Priority;
  readonly threadId: string;
  readonly replyTo: MessageId | undefined;
  readonly orderingKey: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly maxAttempts: number;
  readonly expiresAt: number | undefined;
  readonly ackByAt: number | undefined;
  readonly provenance: Provenance | undefined;
  life: Life;
  /** Has an entry in its inbox's ready queue; kept by the inbox. */
  queued: boolean;
  /** Has an entry in the line of its ordering key; kept by the inbox. */
  lined: boolean;
  /** Kept by the heap of due times. */
  dueAt: number;
  heapIndex: number;
  /** Purged, or taken back by a rollback: nobody may find it any more. */
  gone: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A copy as readers see it; written out field by field because every lease makes some. */
export function toMessage(row: Row): Message {
  const { life } = row;
  const message: Mutable<Message> = {
    id: row.id,
    state: life.state,
    inbox: row.inbox.name,
    inboxSeq: row.inboxSeq,
    from: row.from,
    body: row.body,
    bodyType: row.bodyType,
    kind: row.kind,
    priority: row.priority,
    threadId: row.threadId,
    attempt: life.attempt,
    maxAttempts: row.maxAttempts,
    createdAt: row.createdAt,
    readyAt: life.readyAt,
    gen: life.gen,
  };
  if (life.leasedAt !== undefined) message.leasedAt = life.leasedAt;
  if (life.leaseExpiresAt !== undefined) message.leaseExpiresAt = life.leaseExpiresAt;
  if (life.settledAt !== undefined) message.settledAt = life.settledAt;
  if (row.via !== undefined) message.via = row.via;
  if (row.subject !== undefined) message.subject = row.subject;
  if (row.replyTo !== undefined) message.replyTo = row.replyTo;
  if (row.orderingKey !== undefined) message.orderingKey = row.orderingKey;
  if (row.idempotencyKey !== undefined) message.idempotencyKey = row.idempotencyKey;
  if (row.expiresAt !== undefined) message.expiresAt = row.expiresAt;
  if (row.ackByAt !== undefined) message.ackByAt = row.ackByAt;
  if (row.provenance !== undefined) message.provenance = row.provenance;
  return message;
}

/** As `toMessage`, for a row that was just leased. */
export function toLeasedMessage(row: Row): LeasedMessage {
  return toMessage(row) as LeasedMessage; // the lease set state, leasedAt and leaseExpiresAt
}
