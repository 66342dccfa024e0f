import type { PruneOutcome, PruneRequest, RetentionStore } from '../../message/retention-store.ts';
import { isRow, type MemoryState } from './memory-state.ts';
import type { Run } from './rooms.ts';
import type { Row } from './row.ts';

/** Forgetting, in a store whose space is the garbage collector's: what is given back are the references to deleted rows. */
export function memoryRetention(state: MemoryState, run: Run): RetentionStore {
  return {
    prune: (request) => run(() => prune(state, request)),
    pruneEvents: (request) => run(() => pruneEvents(state, request)),
    size: () => run(() => sizeOf(state)),
    giveBack: () => run(() => sweep(state)),
  };
}

function prune(state: MemoryState, request: PruneRequest): PruneOutcome {
  const settledBefore = state.now() - request.settledForMs;
  const rows = rowsAfter(state, request.after, request.limit);
  const chosen: Row[] = [];
  let bytes = 0;
  let next = rows.length < request.limit ? undefined : rows.at(-1)?.seq;
  for (const row of rows) {
    if (request.settledForMs > 0 && row.createdAt > settledBefore) {
      next = undefined;
      break;
    }
    if (!isMeant(row, request) || reachedAt(row) > settledBefore) continue;
    chosen.push(row);
    bytes += row.size;
    if (bytes >= request.bytes) {
      next = row.seq;
      break;
    }
  }
  if (request.dryRun !== true) deleteRows(state, chosen);
  return { pruned: chosen.length, bytes, next };
}

function rowsAfter(state: MemoryState, after: number, limit: number): Row[] {
  const rows: Row[] = [];
  for (const [seq, content] of state.slotsAfter(after)) {
    if (!isRow(content) || content.seq !== seq) continue;
    rows.push(content);
    if (rows.length >= limit) break;
  }
  return rows;
}

function isMeant(row: Row, { states, inbox }: PruneRequest): boolean {
  return states.some((state) => state === row.life.state) && (inbox === undefined || inbox === row.inbox.name);
}

/** Steady time at which the row reached the state it is in; a quarantined one entered in it. */
function reachedAt(row: Row): number {
  return row.life.settledSteadyAt ?? row.life.readyAt;
}

function deleteRows(state: MemoryState, rows: readonly Row[]): void {
  for (const [inbox, pruned] of Map.groupBy(rows, (row) => row.inbox)) {
    for (const row of pruned) state.prune(row);
    const firstInboxSeq = pruned[0]?.inboxSeq;
    const lastInboxSeq = pruned.at(-1)?.inboxSeq;
    state.tell({
      type: 'message.pruned',
      inbox: inbox.name,
      data: { count: pruned.length, firstInboxSeq, lastInboxSeq },
    });
  }
}

function pruneEvents(state: MemoryState, { olderThanMs, limit }: { olderThanMs: number; limit: number }): number {
  const before = state.now() - olderThanMs;
  let deleted = 0;
  for (const [seq, content] of state.slotsAfter(0)) {
    if (deleted >= limit) break;
    const isOurs = !isRow(content) && (content.messageId === undefined || state.find(content.messageId) === undefined);
    if (!isOurs || content.at > before) continue;
    state.dropEvent(seq);
    deleted += 1;
  }
  return deleted;
}

function sizeOf(state: MemoryState): { usedBytes: number; freeBytes: number } {
  const usedBytes = [...state.inboxes.values()]
    .flatMap((inbox) => inbox.rows)
    .reduce((sum, row) => sum + (row?.size ?? 0), 0);
  return { usedBytes, freeBytes: state.unswept };
}

/** Lets go of deleted rows that threads and the text index still hold. */
function sweep(state: MemoryState): number {
  const bytes = state.unswept;
  state.unswept = 0;
  state.text.sweep();
  for (const [id, rows] of state.threads) {
    const left = rows.filter((row) => !row.gone);
    if (left.length > 0) state.threads.set(id, left);
    else state.threads.delete(id);
  }
  return bytes;
}
