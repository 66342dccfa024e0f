import type { DatabaseSync } from 'node:sqlite';
import { failpoint } from '../../failpoint.ts';
import { stateOf } from './codes.ts';
import { Ledger } from './ledger.ts';

/** Reads what the writer keeps in memory back from the file: one scan, at open. */
export function loadLedger(db: DatabaseSync, epoch: number): Ledger {
  const ledger = new Ledger(epoch);
  for (const row of db.prepare('SELECT id FROM agents').iterate()) ledger.agents.add(String(row['id']));
  const groups = db.prepare(
    'SELECT inbox, state, count(*) AS messages, sum(size) AS bytes, max(inbox_seq) AS last FROM messages GROUP BY inbox, state',
  );
  for (const row of groups.iterate()) {
    const counts = ledger.inbox(String(row['inbox']));
    const state = stateOf(Number(row['state']));
    counts.byState[state] = Number(row['messages']);
    counts.lastSeq = Math.max(counts.lastSeq, Number(row['last']));
    if (state === 'ready' || state === 'scheduled' || state === 'leased') {
      counts.openMessages += Number(row['messages']);
      counts.openBytes += Number(row['bytes']);
    }
  }
  for (const row of db.prepare('SELECT inbox, pruned, last_pruned_seq FROM inboxes').iterate()) {
    const counts = ledger.inbox(String(row['inbox']));
    counts.pruned = Number(row['pruned']);
    counts.lastSeq = Math.max(counts.lastSeq, Number(row['last_pruned_seq']));
  }
  const pruned = db.prepare(`SELECT value FROM meta WHERE key = 'pruned_through'`).get()?.['value'];
  if (pruned !== undefined) ledger.setPrunedThrough(Number(pruned));
  // Whatever is due is found by the first call; too early is harmless.
  ledger.nextDueAt = 0;
  return ledger;
}

/**
 * A new open cannot know how long the machine was away, so every open lease gets its full time again (guarantee G7),
 * and a delay set under a clock that has since been turned back keeps its length.
 */
export function grantGrace(db: DatabaseSync, now: number): void {
  db.exec('BEGIN IMMEDIATE');
  db.prepare('UPDATE messages SET lease_expires_at = ? + lease_ms WHERE state = 2').run(now);
  db.prepare(
    'UPDATE messages SET ready_at = ? + (ready_at - changed_at), changed_at = ? WHERE state = 1 AND changed_at > ?',
  ).run(now, now, now);
  failpoint('store.grace.before');
  db.exec('COMMIT');
  failpoint('store.grace.granted');
}
