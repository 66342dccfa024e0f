import { failpoint } from '../../failpoint.ts';
import { decodeMessageId } from '../../ids.ts';
import type { MovedLease } from '../../mission/hand-off.ts';
import { requireInbox } from './accept.ts';
import { appendEvent, atomically, type Core } from './core.ts';
import { keepKey } from './idempotency-keys.ts';
import { idOf, type MessageRow } from './message-row.ts';

/** See `HandOffStore.moveLeases`. */
export function moveLeases(
  core: Core,
  { from, to, leaseMs, ids }: { from: string; to: string; leaseMs: number; ids?: readonly string[] },
): MovedLease[] {
  requireInbox(core, to);
  return atomically(core, () => {
    const rows = core
      .sql('SELECT * FROM messages WHERE state = 2 AND inbox = ? AND lease_expires_at > ? ORDER BY seq')
      .all(from, core.now()) as unknown as MessageRow[]; // all columns of the table
    const named = ids === undefined ? undefined : new Set(ids.map((id) => decodeMessageId(id)?.seq));
    const moving = rows.filter(({ seq }) => named === undefined || named.has(seq));
    return moving.map((row) => moveLease(core, row, to, leaseMs));
  });
}

function moveLease(core: Core, row: MessageRow, to: string, leaseMs: number): MovedLease {
  const now = core.now();
  const leaseExpiresAt = now + leaseMs;
  const gen = core.ledger.nextSeq();
  freeClashingKey(core, row, to);
  core.ledger.leave(row.inbox, 'leased', row.size);
  const place = core.ledger.enter(to, 'leased', row.size);
  core
    .sql(
      `UPDATE messages SET inbox = ?, inbox_seq = ?, gen = ?, leased_at = ?, lease_expires_at = ?, lease_ms = ?, changed_at = ?
       WHERE seq = ? AND gen = ? AND state = 2`,
    )
    .run(to, place, gen, now, leaseExpiresAt, leaseMs, now, row.seq, row.gen);
  core
    .sql(
      `INSERT INTO inboxes (inbox, pruned, last_pruned_seq, moved) VALUES (?, 0, ?, 1) ON CONFLICT DO UPDATE
       SET moved = moved + 1, last_pruned_seq = max(last_pruned_seq, excluded.last_pruned_seq)`,
    )
    .run(row.inbox, row.inbox_seq);
  failpoint('store.leases.moved');
  core.ledger.due(leaseExpiresAt);
  // The next message of its ordering key may go now, where it was.
  if (row.ordering_key !== null) core.ledger.noteReady(row.inbox);
  appendEvent(core, {
    type: 'message.moved',
    messageSeq: row.seq,
    inbox: row.inbox,
    data: {
      gen: row.gen,
      attempt: row.attempt,
      leasedAt: row.leased_at,
      inboxSeq: row.inbox_seq,
      to,
      toInboxSeq: place,
      toGen: gen,
    },
  });
  return { id: idOf(core, row), gen, leaseExpiresAt };
}

/** One key of a sender stands once in an inbox. A copy of the same broadcast that lies there already keeps it. */
function freeClashingKey(core: Core, row: MessageRow, to: string): void {
  if (row.idempotency_key === null) return;
  const other = core
    .sql('SELECT 1 FROM messages WHERE sender = ? AND idempotency_key = ? AND inbox = ?')
    .get(row.sender, row.idempotency_key, to);
  if (other === undefined) return;
  keepKey(core, row);
  core.sql('UPDATE messages SET idempotency_key = NULL WHERE seq = ?').run(row.seq);
}
