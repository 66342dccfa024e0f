import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { decodeMessageId } from '../../ids.ts';
import { afterFailedAttempt } from '../../message/lifecycle.ts';
import type { LeasedMessage, LeaseRef, Message, MessageState } from '../../message/message.ts';
import type { NackOutcome } from '../../message/message-store.ts';
import { requireInbox } from './accept.ts';
import { stateOf } from './codes.ts';
import { appendEvent, type Core } from './core.ts';
import { endAttempt } from './end-attempt.ts';
import { findRow, type MessageRow, messageColumns, requireRow, toLeased, toMessage, toRow } from './message-row.ts';

/**
 * What may be handed out, given inbox and time: a later message of an ordering key waits for the earlier ones, and one
 * that has expired is not delivered even when a great many expire at once and are still to be marked.
 */
export const deliverable = `
messages AS m INDEXED BY messages_ready
WHERE m.state = 0 AND m.inbox = ? AND (m.expires_at IS NULL OR m.expires_at > ?)
  AND (m.ordering_key IS NULL OR NOT EXISTS (
    SELECT 1 FROM messages AS earlier INDEXED BY messages_ordering
    WHERE earlier.inbox = m.inbox AND earlier.ordering_key = m.ordering_key AND earlier.ordering_key IS NOT NULL
      AND earlier.state IN (0, 1, 2) AND earlier.seq < m.seq))`;

const inDeliveryOrder = `SELECT ${messageColumns} FROM ${deliverable} ORDER BY m.priority, m.seq LIMIT ? + 0`;

function selectDeliverable(core: Core, inbox: string, limit: number): MessageRow[] {
  requireInbox(core, inbox);
  if (core.ledger.inbox(inbox).byState.ready === 0) return [];
  const rows = core.sql(inDeliveryOrder, 'arrays').all(inbox, core.now(), limit);
  return (rows as unknown as unknown[][]).map(toRow); // arrays, as asked for
}

/** Select, then update row by row: measured 1.4 times as fast as one UPDATE … WHERE id IN (SELECT …) RETURNING. */
export function lease(core: Core, inbox: string, limit: number, leaseMs: number): LeasedMessage[] {
  const rows = selectDeliverable(core, inbox, limit);
  if (rows.length === 0) return [];
  failpoint('store.lease.selected');
  const now = core.now();
  const leaseExpiresAt = now + leaseMs;
  const update = core.sql(
    `UPDATE messages SET state = 2, attempt = attempt + 1, gen = ?, leased_at = ?, lease_expires_at = ?, lease_ms = ?, changed_at = ?
     WHERE seq = ? AND state = 0`,
  );
  core.ledger.due(leaseExpiresAt);
  return rows.map((row) => {
    const gen = core.ledger.nextSeq();
    update.run(gen, now, leaseExpiresAt, leaseMs, now, row.seq);
    failpoint('store.lease.updated');
    core.ledger.move(inbox, 'ready', 'leased', row.size);
    return toLeased(core, row, { gen, leasedAt: now, leaseExpiresAt });
  });
}

/** What `lease` would hand out now. */
export function peek(core: Core, inbox: string, limit: number): Message[] {
  return selectDeliverable(core, inbox, limit).map((row) => toMessage(core, row));
}

const heldLease = `
SELECT inbox, size, ordering_key FROM messages
WHERE seq = ? AND created_at = ? AND gen = ? AND state = 2 AND lease_expires_at > ?`;

/** Select, then update: `RETURNING` keeps its rows in a table of its own first, and costs more than both. */
export function ack(core: Core, ref: LeaseRef): void {
  const address = decodeMessageId(ref.id);
  const seq = address?.salt === core.salt ? address.seq : -1;
  const now = core.now();
  const found = core.sql(heldLease, 'arrays').get(seq, address?.createdAt ?? -1, ref.gen, now);
  if (found === undefined) throw leaseLost(core, ref, 'ack');
  const [inbox, size, orderingKey] = found as unknown as [string, number, string | null]; // the columns selected
  core
    .sql(
      'UPDATE messages SET state = 3, settled_seq = ?, settled_at = ?, changed_at = ? WHERE seq = ? AND gen = ? AND state = 2',
    )
    .run(core.ledger.nextSeq(), core.wall(), now, seq, ref.gen);
  failpoint('store.ack.updated');
  core.ledger.move(inbox, 'leased', 'acked', size);
  // The next message of the same ordering key may go now.
  if (orderingKey !== null) core.ledger.noteReady(inbox);
}

export function nack(core: Core, ref: LeaseRef, outcome: NackOutcome): { state: MessageState; readyAt: number } {
  const row = requireLease(core, ref, 'nack');
  const now = core.now();
  const next = afterFailedAttempt(
    {
      attempt: row.attempt,
      maxAttempts: row.max_attempts,
      expiresAt: row.expires_at ?? undefined,
      now,
      ...(outcome.terminal === undefined ? {} : { terminal: outcome.terminal }),
      ...(outcome.delayMs === undefined ? {} : { delayMs: outcome.delayMs }),
    },
    core.backoff,
    core.random,
  );
  failpoint('store.nack.decided');
  endAttempt(core, row, next, { type: 'message.nacked', reason: outcome.reason ?? 'no reason given' });
  return next;
}

export function extend(core: Core, ref: LeaseRef, leaseMs: number): { leaseExpiresAt: number } {
  const row = requireLease(core, ref, 'extend');
  const leaseExpiresAt = core.now() + leaseMs;
  core
    .sql('UPDATE messages SET lease_expires_at = ?, lease_ms = ? WHERE seq = ? AND gen = ? AND state = 2')
    .run(leaseExpiresAt, leaseMs, row.seq, row.gen);
  failpoint('store.extend.updated');
  core.ledger.due(leaseExpiresAt);
  return { leaseExpiresAt };
}

export function cancel(core: Core, id: string): void {
  const row = requireRow(core, id);
  const state = stateOf(row.state);
  if (state !== 'ready' && state !== 'scheduled' && state !== 'leased' && state !== 'quarantined') {
    throw new WaggleError('illegal_transition', `message ${id} is ${state}; only an open message can be cancelled`, {
      details: { id, state },
    });
  }
  cancelRow(core, row);
}

export function cancelRow(core: Core, row: Pick<MessageRow, 'seq' | 'inbox' | 'size' | 'state'>): void {
  const state = stateOf(row.state);
  core
    .sql('UPDATE messages SET state = 6, changed_at = ?, settled_at = ? WHERE seq = ? AND state = ? + 0')
    .run(core.now(), core.wall(), row.seq, row.state);
  failpoint('store.cancel.updated');
  core.ledger.move(row.inbox, state, 'cancelled', row.size);
  core.ledger.noteReady(row.inbox);
  appendEvent(core, { type: 'message.cancelled', messageSeq: row.seq, inbox: row.inbox, data: { was: state } });
}

/** The row, if this generation holds an unexpired lease on it (guarantee G6). Nothing is written before this check. */
function requireLease(core: Core, ref: LeaseRef, action: string): MessageRow {
  const row = findRow(core, ref.id);
  const holds =
    row !== undefined && row.state === 2 && row.gen === ref.gen && Number(row.lease_expires_at) > core.now();
  if (!holds) throw leaseLost(core, ref, action);
  return row;
}

function leaseLost(core: Core, ref: LeaseRef, action: string): WaggleError {
  const row = requireRow(core, ref.id);
  const state = stateOf(row.state);
  const why =
    state !== 'leased'
      ? `it is ${state}`
      : row.gen === ref.gen
        ? 'its lease has expired'
        : `it was leased again (attempt ${row.attempt})`;
  return new WaggleError('lease_lost', `message ${ref.id}: ${why}; your ${action} with gen ${ref.gen} was ignored`, {
    details: { id: ref.id, gen: ref.gen, state, currentGen: row.gen },
  });
}
