import { failpoint } from '../../failpoint.ts';
import { stateOf } from './codes.ts';
import type { Core } from './core.ts';
import { forgetKeptKeys, keepKey } from './idempotency-keys.ts';
import type { MessageRow } from './message-row.ts';

/**
 * Deletes a message that is not open, with its history: its inbox keeps counting it as pruned and its idempotency key
 * stays known. To be called inside `atomically`; the event is the caller's, who knows why.
 */
export function pruneRow(core: Core, row: MessageRow): void {
  forgetIndexed(core, row);
  raisePrunedThrough(core, lastSeqOf(core, row));
  core.sql('DELETE FROM events WHERE message_seq = ?').run(row.seq);
  core.sql('DELETE FROM deliveries WHERE message_seq = ?').run(row.seq);
  keepKey(core, row);
  failpoint('store.prune.key-kept');
  core.sql('DELETE FROM messages WHERE seq = ? AND state = ? + 0').run(row.seq, row.state);
  failpoint('store.prune.deleted');
  core
    .sql(
      `INSERT INTO inboxes (inbox, pruned, last_pruned_seq) VALUES (?, 1, ?) ON CONFLICT DO UPDATE
       SET pruned = pruned + 1, last_pruned_seq = max(last_pruned_seq, excluded.last_pruned_seq)`,
    )
    .run(row.inbox, row.inbox_seq);
  core.ledger.prune(row.inbox, stateOf(row.state), row.size);
  // Two of the old for each of the new: what is kept never outgrows what its time allows.
  forgetKeptKeys(core, 2);
}

/** Notes that events up to this sequence may be missing from the spine, so that readers are told (see the port). */
export function raisePrunedThrough(core: Core, seq: number): void {
  if (seq <= core.ledger.prunedThrough) return;
  core.ledger.setPrunedThrough(seq);
  core
    .sql(`INSERT INTO meta VALUES ('pruned_through', ?) ON CONFLICT DO UPDATE SET value = excluded.value`)
    .run(String(seq));
}

/** The newest event that is read from this row or belongs to it. */
function lastSeqOf(core: Core, row: MessageRow): number {
  const event = core.sql('SELECT max(seq) AS seq FROM events WHERE message_seq = ?').get(row.seq)?.['seq'];
  return Math.max(row.seq, row.gen, row.settled_seq ?? 0, Number(event ?? 0));
}

/** The full-text index holds no text of its own, so it must be told what to forget. */
function forgetIndexed(core: Core, row: MessageRow): void {
  const through = core.sql(`SELECT value FROM meta WHERE key = 'indexed_through'`).get();
  if (row.seq > Number(through?.['value'] ?? 0)) return;
  core
    .sql(`INSERT INTO messages_fts (messages_fts, rowid, subject, body) VALUES ('delete', ?, ?, ?)`)
    .run(row.seq, row.subject, row.body);
}
