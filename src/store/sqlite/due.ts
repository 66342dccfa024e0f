import { failpoint } from '../../failpoint.ts';
import { afterLeaseExpiry } from '../../message/lifecycle.ts';
import { stateOf } from './codes.ts';
import { appendEvent, type Core } from './core.ts';
import { endAttempt } from './end-attempt.ts';
import type { MessageRow } from './message-row.ts';

/** Rows of one kind handled per call: keeps the writer's thread free for messages. */
const perCall = 500;

/** Does nothing, at the cost of one comparison, until something is due. */
export function advanceIfDue(core: Core): number {
  return core.ledger.nextDueAt <= core.now() ? advance(core) : 0;
}

/** Milliseconds until something falls due; possibly too few, never too many. */
export function nextDueInMs(core: Core): number | undefined {
  const { nextDueAt } = core.ledger;
  return Number.isFinite(nextDueAt) ? Math.max(0, nextDueAt - core.now()) : undefined;
}

/** Brings due things about; see the port. Returns how many messages it moved. */
export function advance(core: Core): number {
  const now = core.now();
  const moved = promote(core, now) + rescue(core, now) + expire(core, now) + markOverdue(core, now);
  core.ledger.nextDueAt = nextDue(core);
  return moved;
}

type DueRow = Pick<
  MessageRow,
  'seq' | 'inbox' | 'size' | 'state' | 'attempt' | 'max_attempts' | 'gen' | 'leased_at' | 'expires_at'
>;
const dueColumns = 'seq, inbox, size, state, attempt, max_attempts, gen, leased_at, expires_at';

function dueRows(core: Core, where: string, now: number): DueRow[] {
  const rows = core.sql(`SELECT ${dueColumns} FROM messages WHERE ${where} LIMIT ${perCall}`).all(now);
  return rows as unknown as DueRow[]; // the columns named above
}

function promote(core: Core, now: number): number {
  const rows = dueRows(core, 'state = 1 AND ready_at <= ? ORDER BY ready_at, seq', now);
  for (const row of rows) {
    if (row.expires_at !== null && row.expires_at <= now) {
      expireRow(core, row, now);
      continue;
    }
    core.sql('UPDATE messages SET state = 0, changed_at = ? WHERE seq = ? AND state = 1').run(now, row.seq);
    failpoint('store.due.promoted');
    core.ledger.move(row.inbox, 'scheduled', 'ready', row.size);
    appendEvent(core, { type: 'message.ready', messageSeq: row.seq, inbox: row.inbox, data: {} });
  }
  return rows.length;
}

/** Ends every lease there is as if it had run out: in a store whose consumers belong to another past. */
export function endAllLeases(core: Core, reason: string): number {
  core.sql('UPDATE messages SET lease_expires_at = ? WHERE state = 2').run(core.now());
  let ended = 0;
  for (let batch = rescue(core, core.now(), reason); batch > 0; batch = rescue(core, core.now(), reason))
    ended += batch;
  return ended;
}

function rescue(core: Core, now: number, reason = 'lease expired'): number {
  const rows = dueRows(core, 'state = 2 AND lease_expires_at <= ? ORDER BY lease_expires_at, seq', now);
  for (const row of rows) {
    const next = afterLeaseExpiry({
      attempt: row.attempt,
      maxAttempts: row.max_attempts,
      expiresAt: row.expires_at ?? undefined,
      now,
    });
    failpoint('store.due.rescued');
    endAttempt(core, row, next, { type: 'message.rescued', reason });
  }
  return rows.length;
}

function expire(core: Core, now: number): number {
  const rows = dueRows(
    core,
    'expires_at IS NOT NULL AND state IN (0, 1) AND expires_at <= ? ORDER BY expires_at, seq',
    now,
  );
  for (const row of rows) expireRow(core, row, now);
  return rows.length;
}

function expireRow(core: Core, row: DueRow, now: number): void {
  core
    .sql('UPDATE messages SET state = 5, changed_at = ?, settled_at = ? WHERE seq = ? AND state IN (0, 1)')
    .run(now, core.wall(), row.seq);
  failpoint('store.due.expired');
  core.ledger.move(row.inbox, stateOf(row.state), 'expired', row.size);
  core.ledger.noteReady(row.inbox);
  appendEvent(core, { type: 'message.expired', messageSeq: row.seq, inbox: row.inbox, data: { state: 'expired' } });
}

function markOverdue(core: Core, now: number): number {
  const rows = dueRows(
    core,
    'ack_by_at IS NOT NULL AND overdue = 0 AND state IN (0, 1, 2) AND ack_by_at <= ? ORDER BY ack_by_at, seq',
    now,
  );
  for (const row of rows) {
    core.sql('UPDATE messages SET overdue = 1 WHERE seq = ?').run(row.seq);
    failpoint('store.due.overdue');
    appendEvent(core, {
      type: 'message.overdue',
      messageSeq: row.seq,
      inbox: row.inbox,
      data: { state: stateOf(row.state), attempt: row.attempt },
    });
  }
  return rows.length;
}

function nextDue(core: Core): number {
  const first = [
    'SELECT min(ready_at) AS at FROM messages WHERE state = 1',
    'SELECT min(lease_expires_at) AS at FROM messages WHERE state = 2',
    'SELECT min(expires_at) AS at FROM messages WHERE expires_at IS NOT NULL AND state IN (0, 1)',
    'SELECT min(ack_by_at) AS at FROM messages WHERE ack_by_at IS NOT NULL AND overdue = 0 AND state IN (0, 1, 2)',
  ].map((query) => core.sql(query).get()?.['at'] ?? Number.POSITIVE_INFINITY);
  return Math.min(...first.map(Number));
}
