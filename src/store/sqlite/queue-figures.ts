import type { QueueFigures, Unread } from '../../monitor/store-watch.ts';
import type { Core } from './core.ts';
import { deliverable } from './lease.ts';

/** Leases looked at for the oldest, and first leases for how long a wake-up takes: bounds what a look costs. */
const leasesLookedAt = 1_000;
const wakesLookedAt = 256;
/** Older wake-ups say nothing about now. */
const wakeWindowMs = 10 * 60_000;

/** What happened after change `since`, and how the queue is; see the port. */
export function queueFigures(core: Core, since: number): QueueFigures {
  const eventsSince = countEvents(core, since);
  return {
    stats: core.ledger.stats(),
    seq: core.ledger.lastSeq,
    eventsSince,
    ackedSince: one(
      core,
      'SELECT count(*) AS n FROM messages WHERE settled_seq IS NOT NULL AND settled_seq > ?',
      since,
    ),
    importedSince: (eventsSince['recovery.imported'] ?? 0) === 0 ? 0 : importedSince(core, since),
    fullest: core.ledger.fullest(core.limits.inboxMessages, core.limits.inboxBytes),
    oldestLeaseMs: oldestLeaseMs(core),
    wakeMs: wakeTimes(core),
  };
}

export function unread(core: Core, inboxes: readonly string[]): Map<string, Unread> {
  const found = new Map<string, Unread>();
  for (const inbox of inboxes) {
    // The ledger knows which are empty; only the others cost a query.
    const { ready, leased } = core.ledger.stats(inbox);
    if (ready === 0) continue;
    const at = core.sql(`SELECT m.ready_at AS at FROM ${deliverable} ORDER BY m.seq LIMIT 1`).get(inbox, core.now())?.[
      'at'
    ];
    if (at !== undefined) found.set(inbox, { oldestMs: Math.max(0, core.now() - Number(at)), leased });
  }
  return found;
}

function countEvents(core: Core, since: number): Record<string, number> {
  const rows = core.sql('SELECT type, count(*) AS n FROM events WHERE seq > ? GROUP BY type').all(since);
  return Object.fromEntries(rows.map((row) => [String(row['type']), Number(row['n'])]));
}

function importedSince(core: Core, since: number): number {
  return one(
    core,
    `SELECT coalesce(sum(json_extract(data, '$.imported')), 0) AS n FROM events
     WHERE seq > ? AND type = 'recovery.imported'`,
    since,
  );
}

function oldestLeaseMs(core: Core): number | undefined {
  const at = core
    .sql(
      `SELECT min(leased_at) AS at FROM
         (SELECT leased_at FROM messages WHERE state = 2 ORDER BY lease_expires_at LIMIT ${leasesLookedAt})`,
    )
    .get()?.['at'];
  return typeof at === 'number' ? Math.max(0, core.now() - at) : undefined;
}

/** First leases only: a message that came back waited for its backoff, not for its agent. */
function wakeTimes(core: Core): number[] {
  const rows = core
    .sql(
      `SELECT attempt, leased_at, ready_at FROM messages WHERE gen > 0
       ORDER BY gen DESC LIMIT ${wakesLookedAt}`,
    )
    .all();
  const from = core.now() - wakeWindowMs;
  return rows
    .filter((row) => Number(row['attempt']) === 1 && Number(row['leased_at']) >= from)
    .map((row) => Math.max(0, Number(row['leased_at']) - Number(row['ready_at'])));
}

function one(core: Core, query: string, since: number): number {
  return Number(core.sql(query).get(since)?.['n']);
}
