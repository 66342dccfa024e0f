import type { StatementSync } from 'node:sqlite';
import type { EventType, WaggleEvent } from '../../events.ts';
import { stateOf } from './codes.ts';
import type { Core } from './core.ts';
import { idOf } from './message-row.ts';

/** Sequence of the newest change that the file tells; 0 in an empty store. */
export function lastSeq(sql: (text: string) => StatementSync): number {
  const row = sql(
    `SELECT max(
      coalesce((SELECT max(seq) FROM messages), 0), coalesce((SELECT max(gen) FROM messages WHERE gen > 0), 0),
      coalesce((SELECT max(settled_seq) FROM messages WHERE settled_seq IS NOT NULL), 0),
      coalesce((SELECT max(seq) FROM events), 0)) AS last`,
  ).get();
  return Number(row?.['last']); // an aggregate always has its row
}

interface HotRow {
  readonly seq: number;
  readonly at: number;
  readonly message_seq: number;
  readonly created_at: number;
  readonly inbox: string;
  readonly attempt: number;
  readonly gen: number;
  readonly state: number;
  readonly sender: string;
}

const hotColumns = 'seq AS message_seq, created_at, inbox, attempt, gen, state, sender';

/**
 * The four strands of the spine, each read in order from its own index and merged. A strand that was cut at `limit` rows
 * is known only up to its last row, so nothing beyond that is told yet; a page may be short, but only the end is empty.
 */
export function readEvents(core: Core, after: number, limit: number): WaggleEvent[] {
  for (let from = after; ; ) {
    const { events, knownTo } = readStrands(core, from, limit);
    if (events.length > 0 || knownTo === Number.POSITIVE_INFINITY) return events;
    // All that was known were leases told by the events that ended them.
    from = knownTo;
  }
}

function readStrands(core: Core, after: number, limit: number): { events: WaggleEvent[]; knownTo: number } {
  const accepted = hot(
    core,
    `SELECT seq, created_at AS at, ${hotColumns} FROM messages WHERE seq > ? ORDER BY seq LIMIT ? + 0`,
    after,
    limit,
  );
  const leased = hot(
    core,
    `SELECT gen AS seq, leased_at AS at, ${hotColumns} FROM messages WHERE gen > 0 AND gen > ? ORDER BY gen LIMIT ? + 0`,
    after,
    limit,
  );
  const acked = hot(
    core,
    `SELECT settled_seq AS seq, settled_at AS at, ${hotColumns} FROM messages WHERE settled_seq IS NOT NULL AND settled_seq > ?
     ORDER BY settled_seq LIMIT ? + 0`,
    after,
    limit,
  );
  const stored = storedEvents(core, after, limit);
  const ends = [accepted, leased, acked, stored].map((strand) =>
    strand.length < limit ? undefined : strand.at(-1)?.seq,
  );
  const knownTo = Math.min(...ends.map((end) => end ?? Number.POSITIVE_INFINITY));
  const events = [
    ...accepted.map((row) => hotEvent(core, 'message.accepted', row, { from: row.sender })),
    ...leased
      .filter((row) => !isFolded(core, row))
      .map((row) => hotEvent(core, 'message.leased', row, { gen: row.gen, attempt: row.attempt })),
    ...acked.map((row) => hotEvent(core, 'message.acked', row, { gen: row.gen, attempt: row.attempt })),
    ...stored,
  ];
  const known = events.filter((event) => event.seq <= knownTo).sort((a, b) => a.seq - b.seq);
  return { events: known.slice(0, limit), knownTo };
}

function hot(core: Core, query: string, after: number, limit: number): HotRow[] {
  return core.sql(query).all(after, limit) as unknown as HotRow[]; // the columns named in each query
}

/** A lease whose end is told by an event of its own (nack, rescue, death) is part of that event. */
function isFolded(core: Core, row: HotRow): boolean {
  const state = stateOf(row.state);
  return (
    state !== 'leased' &&
    state !== 'acked' &&
    core
      .sql(`SELECT 1 FROM events WHERE message_seq = ? AND json_extract(data, '$.gen') = ?`)
      .get(row.message_seq, row.gen) !== undefined
  );
}

function hotEvent(core: Core, type: EventType, row: HotRow, data: Record<string, unknown>): WaggleEvent {
  return {
    seq: row.seq,
    type,
    at: row.at,
    messageId: idOf(core, { seq: row.message_seq, created_at: row.created_at }),
    inbox: row.inbox,
    data,
  };
}

function storedEvents(core: Core, after: number, limit: number): WaggleEvent[] {
  const rows = core
    .sql(
      `SELECT e.seq, e.type, e.at, e.message_seq, e.inbox, e.agent, e.data, m.created_at FROM events AS e
       LEFT JOIN messages AS m ON m.seq = e.message_seq WHERE e.seq > ? ORDER BY e.seq LIMIT ? + 0`,
    )
    .all(after, limit);
  return rows.map((row) => ({
    seq: Number(row['seq']),
    type: row['type'] as EventType, // written from the same union
    at: Number(row['at']),
    ...(row['created_at'] === null
      ? {}
      : { messageId: idOf(core, { seq: Number(row['message_seq']), created_at: Number(row['created_at']) }) }),
    ...(row['inbox'] === null ? {} : { inbox: String(row['inbox']) }),
    ...(row['agent'] === null ? {} : { agent: String(row['agent']) }),
    data: JSON.parse(String(row['data'])) as Record<string, unknown>, // our own text
  }));
}
