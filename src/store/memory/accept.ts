import { WaggleError } from '../../errors.ts';
import { encodeMessageId, type MessageId } from '../../ids.ts';
import { isOpen, type MessageState, priorities } from '../../message/message.ts';
import type { AcceptReceipt, AcceptRequest } from '../../message/message-store.ts';
import { notInHeap } from './due-heap.ts';
import type { Inbox } from './inbox.ts';
import type { MemoryState } from './memory-state.ts';
import type { Row } from './row.ts';
import { advance } from './upkeep.ts';

/** How long a sender refused by a full inbox should wait: consumers need a moment, and nobody knows how long. */
const fullRetryAfterMs = 1_000;

/** Stores all requests or none. */
export function accept(state: MemoryState, requests: readonly AcceptRequest[]): AcceptReceipt[] {
  advance(state, state.now());
  const [only] = requests;
  // One request is checked before it changes anything, so it needs no way back.
  if (only !== undefined && requests.length === 1) return [acceptOne(state, only)];
  return state.atomically(() => requests.map((request) => acceptOne(state, request)));
}

function acceptOne(state: MemoryState, request: AcceptRequest): AcceptReceipt {
  const now = state.now();
  const duplicate = findDuplicate(state, request, now);
  if (duplicate !== undefined) return duplicate;
  const inboxes = request.inboxes.map((name) => state.registeredInbox(name));
  const parent = request.replyTo === undefined ? undefined : state.mustFind(request.replyTo);
  const size =
    Buffer.byteLength(request.body) + (request.subject === undefined ? 0 : Buffer.byteLength(request.subject));
  const first = firstState(request);
  if (isOpen(first) && request.ignoreInboxLimits !== true) {
    for (const inbox of inboxes) refuseWhenFull(state, inbox, size);
  }
  const rows = inboxes.map((inbox) => {
    const row = newRow(state, request, { inbox, parent, size, first, now });
    state.insert(row);
    return row;
  });
  if (request.idempotencyKey !== undefined) {
    state.keys.remember(request.from, request.idempotencyKey, { contentHash: request.contentHash, messages: rows });
  }
  return { ids: rows.map((row) => row.id), state: first, duplicate: false };
}

function findDuplicate(state: MemoryState, request: AcceptRequest, now: number): AcceptReceipt | undefined {
  const { from, idempotencyKey: key } = request;
  const known = key === undefined ? undefined : state.keys.find(from, key, now, request.provenance !== undefined);
  const [first] = known?.messages ?? [];
  if (known === undefined || first === undefined) return undefined;
  if (known.contentHash !== request.contentHash) {
    throw new WaggleError('idempotency_conflict', `${from} already sent something else under the key ${key}`, {
      details: { from, idempotencyKey: key, messageId: first.id },
    });
  }
  return { ids: known.messages.map((message) => message.id), state: first.life.state, duplicate: true };
}

function firstState(request: AcceptRequest): MessageState {
  return request.state ?? ((request.delayMs ?? 0) > 0 ? 'scheduled' : 'ready');
}

function refuseWhenFull(state: MemoryState, inbox: Inbox, size: number): void {
  const { inboxMessages, inboxBytes } = state.options.limits;
  const byCount = inbox.open >= inboxMessages;
  if (!byCount && inbox.openBytes + size <= inboxBytes) return;
  const limit = byCount ? inboxMessages : inboxBytes;
  throw new WaggleError('queue_full', `inbox ${inbox.name} is full: ${limit} ${byCount ? 'messages' : 'bytes'}`, {
    details: { inbox: inbox.name, limit, unit: byCount ? 'messages' : 'bytes', retryAfterMs: fullRetryAfterMs },
  });
}

interface Entry {
  readonly inbox: Inbox;
  readonly parent: Row | undefined;
  readonly size: number;
  readonly first: MessageState;
  readonly now: number;
}

function newRow(state: MemoryState, request: AcceptRequest, entry: Entry): Row {
  const { inbox, parent, now } = entry;
  const seq = state.nextSeq();
  const createdAt = state.options.clock.now();
  const isSettled = entry.first === 'acked' || entry.first === 'dead';
  const id: MessageId = encodeMessageId({ seq, createdAt, salt: state.salt });
  return {
    seq,
    id,
    inbox,
    inboxSeq: inbox.rows.length + 1,
    rank: priorities.indexOf(request.priority),
    size: entry.size,
    createdAt,
    from: request.from,
    via: request.via,
    subject: request.subject,
    body: request.body,
    bodyType: request.bodyType,
    kind: request.kind,
    priority: request.priority,
    threadId: request.threadId ?? parent?.threadId ?? id,
    replyTo: parent?.id,
    orderingKey: request.orderingKey,
    idempotencyKey: request.idempotencyKey,
    maxAttempts: request.maxAttempts,
    expiresAt: request.ttlMs === undefined ? undefined : now + request.ttlMs,
    ackByAt: request.ackByAt,
    provenance: request.provenance,
    life: {
      state: entry.first,
      attempt: 0,
      readyAt: entry.first === 'scheduled' ? now + (request.delayMs ?? 0) : now,
      gen: 0,
      leasedAt: undefined,
      leaseExpiresAt: undefined,
      settledAt: isSettled ? createdAt : undefined,
      settledSteadyAt: isSettled ? now : undefined,
      ackSeq: undefined,
      overdue: false,
      events: [],
    },
    queued: false,
    lined: false,
    dueAt: Number.POSITIVE_INFINITY,
    heapIndex: notInHeap,
    gone: false,
  };
}
