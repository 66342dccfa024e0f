import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import type { MessageId } from '../../ids.ts';
import { type MessageState, priorities } from '../../message/message.ts';
import type { AcceptReceipt, AcceptRequest } from '../../message/message-store.ts';
import { stateCodes, stateOf } from './codes.ts';
import { atomically, type Core } from './core.ts';
import { freeKey, isForgettable, messagesOfKey } from './idempotency-keys.ts';
import { idOf, requireRow } from './message-row.ts';

const insert = `
INSERT INTO messages (
  seq, state, priority, settled_at, ready_at, changed_at, created_at, expires_at, ack_by_at, max_attempts,
  inbox, inbox_seq, size, sender, via, kind, thread_id, reply_to, ordering_key, idempotency_key, content_hash,
  provenance, subject, body_json, body
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** Stores all requests or none; see the port for the errors. */
export function accept(core: Core, requests: readonly AcceptRequest[]): AcceptReceipt[] {
  const [only] = requests;
  // One message for one inbox checks everything before its only write, so it needs no savepoint to be atomic.
  if (requests.length === 1 && only !== undefined && only.inboxes.length === 1) return [acceptOne(core, only)];
  return atomically(core, () =>
    requests.map((request) => {
      const receipt = acceptOne(core, request);
      failpoint('store.accept.between');
      return receipt;
    }),
  );
}

function acceptOne(core: Core, request: AcceptRequest): AcceptReceipt {
  const known = request.idempotencyKey === undefined ? undefined : findDuplicate(core, request, request.idempotencyKey);
  if (known !== undefined) return known;
  for (const inbox of request.inboxes) requireInbox(core, inbox);
  const threadId = request.threadId ?? threadOfParent(core, request.replyTo);
  const size = Buffer.byteLength(request.body) + Buffer.byteLength(request.subject ?? '');
  if (request.state === undefined) requireRoom(core, request, size);

  const now = core.now();
  const wall = core.wall();
  const delayMs = request.delayMs ?? 0;
  const state: MessageState = request.state ?? (delayMs > 0 ? 'scheduled' : 'ready');
  const expiresAt = request.ttlMs === undefined ? null : now + request.ttlMs;
  if (state === 'scheduled') core.ledger.due(now + delayMs);
  if (expiresAt !== null) core.ledger.due(expiresAt);
  if (request.ackByAt !== undefined) core.ledger.due(request.ackByAt);

  const ids: MessageId[] = [];
  for (const inbox of request.inboxes) {
    const seq = core.ledger.nextSeq();
    core
      .sql(insert)
      .run(
        seq,
        stateCodes[state],
        priorities.indexOf(request.priority),
        state === 'acked' || state === 'dead' ? wall : null,
        now + delayMs,
        now,
        wall,
        expiresAt,
        request.ackByAt ?? null,
        request.maxAttempts,
        inbox,
        core.ledger.enter(inbox, state, size),
        size,
        request.from,
        request.via ?? null,
        request.kind,
        threadId ?? null,
        request.replyTo ?? null,
        request.orderingKey ?? null,
        request.idempotencyKey ?? null,
        request.contentHash ?? null,
        request.provenance === undefined ? null : JSON.stringify(request.provenance),
        request.subject ?? null,
        request.bodyType === 'json' ? 1 : 0,
        request.body,
      );
    failpoint('store.accept.inserted');
    ids.push(idOf(core, { seq, created_at: wall }));
  }
  return { ids, state, duplicate: false };
}

/** The receipt of the send that used this key before, while that is remembered: longer than its messages are kept. */
function findDuplicate(core: Core, request: AcceptRequest, key: string): AcceptReceipt | undefined {
  const rows = messagesOfKey(core, request.from, key);
  const [first] = rows;
  if (first === undefined) return undefined;
  // What was salvaged once is never new again, however late the same file turns up.
  if (request.provenance === undefined && rows.every((row) => isForgettable(core, row))) {
    freeKey(core, request.from, key);
    return undefined;
  }
  if (first.content_hash !== (request.contentHash ?? null)) {
    throw new WaggleError(
      'idempotency_conflict',
      `idempotencyKey: ${request.from} used ${JSON.stringify(key)} for another message (${idOf(core, first)}); use a new key`,
      { details: { field: 'idempotencyKey', value: key, id: idOf(core, first) } },
    );
  }
  return { ids: rows.map((row) => idOf(core, row)), state: stateOf(first.state), duplicate: true };
}

export function requireInbox(core: Core, inbox: string): void {
  if (core.ledger.agents.has(inbox)) return;
  throw new WaggleError(
    'not_found',
    `agent ${JSON.stringify(inbox)} is not registered; add it with: waggle agent add ${inbox}`,
    {
      details: { field: 'to', value: inbox },
    },
  );
}

function threadOfParent(core: Core, replyTo: string | undefined): string | undefined {
  if (replyTo === undefined) return undefined;
  const parent = requireRow(core, replyTo);
  return parent.thread_id ?? idOf(core, parent);
}

function requireRoom(core: Core, request: AcceptRequest, size: number): void {
  if (!core.diskHasRoom()) {
    throw new WaggleError('disk_full', 'the disk reserve is reached; nothing was stored, free space and retry', {
      details: { retryAfterMs: 5_000 },
    });
  }
  if (request.ignoreInboxLimits === true) return;
  const { inboxMessages, inboxBytes } = core.limits;
  for (const inbox of request.inboxes) {
    const counts = core.ledger.inbox(inbox);
    const tooMany = counts.openMessages + 1 > inboxMessages;
    if (!tooMany && counts.openBytes + size <= inboxBytes) continue;
    const limit = tooMany ? `${inboxMessages} messages` : `${inboxBytes} bytes`;
    throw new WaggleError('queue_full', `inbox ${inbox} holds its limit of ${limit}; nothing was stored, retry later`, {
      details: {
        inbox,
        limit: tooMany ? inboxMessages : inboxBytes,
        unit: tooMany ? 'messages' : 'bytes',
        retryAfterMs: 1_000,
      },
    });
  }
}
