import type { Message } from '../../message/message.ts';
import {
  type ListedMessages,
  type Listing,
  listingSpan,
  type OfParty,
  type Page,
  type QueueStats,
  type SearchHit,
} from '../../message/message-store.ts';
import { isRow, type MemoryState } from './memory-state.ts';
import { type Row, toMessage } from './row.ts';
import { snippetOf } from './text-index.ts';

/** Messages of a thread in accept order. A message without a thread is the root of its own. */
export function thread(state: MemoryState, threadId: string, page: Page & OfParty): Message[] {
  const after = state.positionOf(page.after);
  const root = state.find(threadId);
  const rows = [
    ...(root !== undefined && root.threadId === root.id ? [root] : []),
    ...(state.threads.get(threadId) ?? []),
  ];
  return rows
    .filter((row) => !row.gone && row.seq > after && isParty(row, page))
    .slice(0, page.limit)
    .map(toMessage);
}

export function list(state: MemoryState, listing: Listing): ListedMessages {
  const from = listing.before === undefined ? Number.POSITIVE_INFINITY : state.positionOf(listing.before);
  const found: Row[] = [];
  let looked = 0;
  for (const row of state.acceptedBefore(from)) {
    looked += 1;
    if (isListed(row, listing)) found.push(row);
    if (found.length === listing.limit || looked === listingSpan)
      return { messages: found.map(toMessage), before: row.id };
  }
  return { messages: found.map(toMessage) };
}

function isListed(row: Row, { inbox, from, state, party }: Listing): boolean {
  return (
    (inbox === undefined || row.inbox.name === inbox) &&
    (from === undefined || row.from === from) &&
    (state === undefined || row.life.state === state) &&
    isParty(row, party === undefined ? {} : { party })
  );
}

export function queueStats(state: MemoryState): QueueStats {
  const total: Record<keyof QueueStats, number> = {
    scheduled: 0,
    ready: 0,
    leased: 0,
    dead: 0,
    acked: 0,
    expired: 0,
    cancelled: 0,
    quarantined: 0,
    pruned: 0,
    accepted: 0,
  };
  for (const inbox of state.inboxes.values()) {
    const stats = inbox.stats();
    for (const key of Object.keys(total) as (keyof QueueStats)[]) total[key] += stats[key]; // keys of the literal above
  }
  return total;
}

/** Looks at the next messages in accept order; resumes where it stopped. */
export function indexNext(state: MemoryState, limit: number): number {
  const { text } = state;
  const before = text.indexedTo;
  const added: Row[] = [];
  for (const [seq, content] of state.slotsAfter(before)) {
    if (!isRow(content) || content.seq !== seq) continue;
    if (added.length >= limit) break;
    text.add(content);
    added.push(content);
    text.indexedTo = seq;
  }
  state.journal.note(() => {
    for (const row of added.reverse()) text.undoAdd(row);
    text.indexedTo = before;
  });
  return added.length;
}

function isParty(row: Row, { party }: OfParty): boolean {
  return party === undefined || row.inbox.name === party || row.from === party;
}

export function search(
  state: MemoryState,
  text: string,
  options: { limit: number; inbox?: string } & OfParty,
): SearchHit[] {
  indexNext(state, Number.POSITIVE_INFINITY); // what was accepted is found, however far the indexer is
  return state.text
    .find(
      text,
      options.limit,
      (row) => (options.inbox === undefined || row.inbox.name === options.inbox) && isParty(row, options),
    )
    .map((row) => ({ message: toMessage(row), snippet: snippetOf(row, text) }));
}
