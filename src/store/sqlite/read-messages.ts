import type { EventType } from '../../events.ts';
import { decodeMessageId } from '../../ids.ts';
import type { Message } from '../../message/message.ts';
import type { HistoryEntry, InboxStats, OfParty, Page } from '../../message/message-store.ts';
import { requireInbox } from './accept.ts';
import type { Core } from './core.ts';
import { deliverable } from './lease.ts';
import { findRow, type MessageRow, positionOf, requireRow, toMessage } from './message-row.ts';

export function getMessage(core: Core, id: string): Message | undefined {
  const row = findRow(core, id);
  return row === undefined ? undefined : toMessage(core, row);
}

/** All steps of one life: accept, lease and ack from the row, ended attempts with their leases from the events. */
export function historyOf(core: Core, id: string): HistoryEntry[] {
  const row = requireRow(core, id);
  const steps: HistoryEntry[] = [
    { seq: row.seq, type: 'message.accepted', at: row.created_at, data: { inbox: row.inbox, from: row.sender } },
  ];
  const seenLeases = new Set<number>();
  for (const event of core
    .sql('SELECT seq, type, at, data FROM events WHERE message_seq = ? ORDER BY seq')
    .all(row.seq)) {
    const data = JSON.parse(String(event['data'])) as Record<string, unknown>; // our own text
    if (typeof data['gen'] === 'number') {
      seenLeases.add(data['gen']);
      steps.push(leaseStep(data['gen'], Number(data['leasedAt']), data['attempt']));
    }
    steps.push({ seq: Number(event['seq']), type: event['type'] as EventType, at: Number(event['at']), data });
  }
  if (row.gen > 0 && !seenLeases.has(row.gen)) steps.push(leaseStep(row.gen, Number(row.leased_at), row.attempt));
  if (row.settled_seq !== null) {
    steps.push({
      seq: row.settled_seq,
      type: 'message.acked',
      at: Number(row.settled_at),
      data: { gen: row.gen, attempt: row.attempt },
    });
  }
  return steps.sort((a, b) => a.seq - b.seq);
}

function leaseStep(gen: number, at: number, attempt: unknown): HistoryEntry {
  return { seq: gen, type: 'message.leased', at, data: { gen, attempt } };
}

export function threadOf(core: Core, threadId: string, page: Page & OfParty): Message[] {
  const after = positionOf(core, page.after);
  const root = decodeMessageId(threadId);
  const ofParty = page.party === undefined ? '' : 'AND (inbox = ? OR sender = ?)';
  const party = page.party === undefined ? [] : [page.party, page.party];
  // A message that was not given a thread is the root of its own and carries no thread id in its row.
  const rows = core
    .sql(
      `SELECT * FROM messages WHERE seq IN (
         SELECT seq FROM messages WHERE thread_id = ? AND seq > ?
         UNION SELECT seq FROM messages WHERE seq = ? AND created_at = ? AND thread_id IS NULL AND seq > ?
       ) ${ofParty} ORDER BY seq LIMIT ? + 0`,
    )
    .all(threadId, after, root?.seq ?? -1, root?.createdAt ?? -1, after, ...party, page.limit);
  return (rows as unknown as MessageRow[]).map((row) => toMessage(core, row));
}

export function inboxStats(core: Core, inbox: string): InboxStats {
  requireInbox(core, inbox);
  const oldest = core
    .sql(`SELECT m.created_at AS at FROM ${deliverable} ORDER BY m.seq LIMIT 1`)
    .get(inbox, core.now())?.['at'];
  return { inbox, ...core.ledger.stats(inbox), ...(oldest === undefined ? {} : { oldestReadyAt: Number(oldest) }) };
}
