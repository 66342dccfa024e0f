import type { PruneOutcome, PruneRequest, RetentionStore } from '../../message/retention-store.ts';
import { stateCodes } from './codes.ts';
import { appendEvent, atomically, type Core } from './core.ts';
import type { MessageRow } from './message-row.ts';
import { pruneRow, raisePrunedThrough } from './prune.ts';
import type { Runner } from './rooms.ts';

export function retentionRoom({ write, read }: Runner): RetentionStore {
  return {
    prune: (request) =>
      request.dryRun ? read((core) => prune(core, request)) : write((core) => prune(core, request), 'lazy'),
    pruneEvents: (request) => write((core) => pruneEvents(core, request), 'lazy'),
    size: () => read(size),
    giveBack: (pages) => write((core) => giveBack(core, pages), 'lazy'),
  };
}

interface Looked {
  readonly seq: number;
  readonly inbox: string;
  readonly state: number;
  readonly changed_at: number;
  readonly created_at: number;
  readonly size: number;
}

/** Walks the table in accept order over its hot columns; only rows that go are read with their bodies. */
function prune(core: Core, request: PruneRequest): PruneOutcome {
  const settledBefore = core.now() - request.settledForMs;
  const codes = new Set<number>(request.states.map((state) => stateCodes[state]));
  const rows = core
    .sql('SELECT seq, inbox, state, changed_at, created_at, size FROM messages WHERE seq > ? ORDER BY seq LIMIT ? + 0')
    .all(request.after, request.limit) as unknown as Looked[]; // the columns selected
  const chosen: Looked[] = [];
  let bytes = 0;
  let next = rows.length < request.limit ? undefined : rows.at(-1)?.seq;
  for (const row of rows) {
    // Whatever was accepted after this instant cannot have ended before it, and neither has anything that follows.
    if (request.settledForMs > 0 && row.created_at > settledBefore) {
      next = undefined;
      break;
    }
    const isMeant = codes.has(row.state) && (request.inbox === undefined || request.inbox === row.inbox);
    if (!isMeant || row.changed_at > settledBefore) continue;
    chosen.push(row);
    bytes += row.size;
    if (bytes >= request.bytes) {
      next = row.seq;
      break;
    }
  }
  if (request.dryRun !== true && chosen.length > 0) atomically(core, () => deleteRows(core, chosen));
  return { pruned: chosen.length, bytes, next };
}

function deleteRows(core: Core, chosen: readonly Looked[]): void {
  const places = new Map<string, { count: number; first: number; last: number }>();
  for (const { seq } of chosen) {
    const row = core.sql('SELECT * FROM messages WHERE seq = ?').get(seq) as unknown as MessageRow; // just seen, in this transaction
    pruneRow(core, row);
    const place = places.get(row.inbox);
    if (place === undefined) places.set(row.inbox, { count: 1, first: row.inbox_seq, last: row.inbox_seq });
    else places.set(row.inbox, { count: place.count + 1, first: place.first, last: row.inbox_seq });
  }
  for (const [inbox, { count, first, last }] of places) {
    appendEvent(core, { type: 'message.pruned', inbox, data: { count, firstInboxSeq: first, lastInboxSeq: last } });
  }
}

function pruneEvents(core: Core, { olderThanMs, limit }: { olderThanMs: number; limit: number }): number {
  const rows = core
    .sql('SELECT seq FROM events WHERE message_seq IS NULL AND at <= ? ORDER BY at LIMIT ? + 0')
    .all(core.now() - olderThanMs, limit);
  for (const { seq } of rows) {
    core.sql('DELETE FROM events WHERE seq = ?').run(Number(seq));
    raisePrunedThrough(core, Number(seq));
  }
  return rows.length;
}

function size(core: Core): { usedBytes: number; freeBytes: number } {
  const pages = pragma(core, 'page_count');
  const free = pragma(core, 'freelist_count');
  const pageSize = pragma(core, 'page_size');
  return { usedBytes: (pages - free) * pageSize, freeBytes: free * pageSize };
}

function giveBack(core: Core, pages: number): number {
  const before = pragma(core, 'page_count');
  core.db.exec(`PRAGMA incremental_vacuum(${Math.trunc(pages)})`);
  return (before - pragma(core, 'page_count')) * pragma(core, 'page_size');
}

function pragma(core: Core, name: 'page_count' | 'freelist_count' | 'page_size'): number {
  return Number(core.sql(`PRAGMA ${name}`).get()?.[name]);
}
