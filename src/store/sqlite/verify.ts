import type { DatabaseSync } from 'node:sqlite';
import { WaggleError } from '../../errors.ts';
import { messageStates } from '../../message/message.ts';
import type { QueueStats } from '../../message/message-store.ts';
import { stateOf } from './codes.ts';
import type { Core } from './core.ts';
import { mapOpenError } from './database.ts';

export interface Problem {
  readonly what: string;
  readonly inbox?: string;
  readonly detail: string;
}

/**
 * Proves conservation (guarantee G9) from the file alone: in every inbox, as many rows, pruned and moved messages as
 * places were given out, no place twice, and no row whose columns contradict its state.
 */
export function checkConservation(db: DatabaseSync): Problem[] {
  const problems: Problem[] = [];
  const perInbox = db.prepare(`
    SELECT m.inbox, count(*) AS kept, count(DISTINCT inbox_seq) AS places, max(inbox_seq) AS last,
      coalesce((SELECT pruned FROM inboxes AS i WHERE i.inbox = m.inbox), 0) AS pruned,
      coalesce((SELECT last_pruned_seq FROM inboxes AS i WHERE i.inbox = m.inbox), 0) AS last_pruned,
      coalesce((SELECT moved FROM inboxes AS i WHERE i.inbox = m.inbox), 0) AS moved
    FROM messages AS m GROUP BY m.inbox`);
  for (const row of perInbox.iterate()) {
    const inbox = String(row['inbox']);
    const given = Math.max(Number(row['last']), Number(row['last_pruned']));
    const kept = Number(row['kept']);
    const pruned = Number(row['pruned']);
    const moved = Number(row['moved']);
    if (Number(row['places']) !== kept) {
      problems.push({
        what: 'place given twice',
        inbox,
        detail: `${kept} messages share ${Number(row['places'])} places`,
      });
    }
    if (kept + pruned + moved !== given) {
      problems.push({
        what: 'conservation',
        inbox,
        detail: `${given} accepted, but ${kept} kept, ${pruned} pruned and ${moved} moved to another inbox`,
      });
    }
  }
  const contradictions = db.prepare(`
    SELECT seq, inbox, state FROM messages WHERE
      (state = 2 AND (gen = 0 OR lease_expires_at IS NULL OR lease_ms IS NULL)) OR
      (state = 3 AND settled_at IS NULL) OR (state IN (0, 1, 2) AND settled_at IS NOT NULL) OR
      attempt > max_attempts OR state NOT BETWEEN 0 AND 7 LIMIT 20`);
  for (const row of contradictions.iterate()) {
    problems.push({
      what: 'contradiction',
      inbox: String(row['inbox']),
      detail: `message at change ${Number(row['seq'])} in state ${Number(row['state'])} has columns of another state`,
    });
  }
  return problems;
}

/** SQLite's own check of every page, or of those of one table. Slow on a large file: runs outside the hub's thread. */
export function checkPages(db: DatabaseSync, table?: string): Problem[] {
  const rows =
    table === undefined
      ? db.prepare('PRAGMA quick_check(20)').all()
      : db.prepare('SELECT quick_check FROM pragma_quick_check(?)').all(table);
  return rows
    .map((row) => String(row['quick_check']))
    .filter((text) => text !== 'ok')
    .map((text) => ({ what: 'page damage', detail: text }));
}

/** `store_corrupt` with the first finding, unless pages and conservation are both in order. */
export function requireSoundStore(db: DatabaseSync, what: string): void {
  let problems: Problem[];
  try {
    problems = checkPages(db);
    if (problems.length === 0) problems = checkConservation(db);
  } catch (error) {
    throw mapOpenError(error, what);
  }
  const [first] = problems;
  if (first === undefined) return;
  const where = first.inbox === undefined ? '' : ` in inbox ${first.inbox}`;
  throw new WaggleError(
    'store_corrupt',
    `${what} is damaged (${first.what}${where}: ${first.detail}); nothing was changed`,
    {
      details: { problems },
    },
  );
}

/** What the writer believes, and where the file says otherwise. */
export function compareLedger(core: Core): { stats: QueueStats; drift: Problem[] } {
  const stats = core.ledger.stats();
  const found = new Map<string, number>();
  for (const row of core.sql('SELECT state, count(*) AS n FROM messages GROUP BY state').all()) {
    found.set(stateOf(Number(row['state'])), Number(row['n']));
  }
  const drift = messageStates
    .filter((state) => stats[state] !== (found.get(state) ?? 0))
    .map((state) => ({
      what: 'ledger drift',
      detail: `${stats[state]} ${state} in memory, ${found.get(state) ?? 0} in the file`,
    }));
  return { stats, drift };
}
