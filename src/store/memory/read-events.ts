import type { WaggleEvent } from '../../events.ts';
import type { HistoryEntry } from '../../message/message-store.ts';
import { isRow, type MemoryState } from './memory-state.ts';
import type { Row } from './row.ts';

/** Up to `limit` events after `seq`: stored ones, and those derived from the row that a slot of the spine points at. */
export function readEvents(state: MemoryState, after: number, limit: number): WaggleEvent[] {
  const events: WaggleEvent[] = [];
  if (limit <= 0) return events;
  for (const [seq, content] of state.slotsAfter(after)) {
    events.push(isRow(content) ? derived(content, seq) : content);
    if (events.length >= limit) break;
  }
  return events;
}

function derived(row: Row, seq: number): WaggleEvent {
  const told = { seq, messageId: row.id, inbox: row.inbox.name };
  const { gen, attempt } = row.life;
  if (seq === row.seq) return { ...told, type: 'message.accepted', at: row.createdAt, data: { from: row.from } };
  // A row that a lease or an ack points at has the instant of it.
  if (seq === gen) return { ...told, type: 'message.leased', at: Number(row.life.leasedAt), data: { gen, attempt } };
  return { ...told, type: 'message.acked', at: Number(row.life.settledAt), data: { gen, attempt } };
}

/** All steps of one message. Leases whose event was folded away are told again from the events that ended them. */
export function history(row: Row): HistoryEntry[] {
  const { gen, attempt, leasedAt, ackSeq, settledAt, events } = row.life;
  const steps: HistoryEntry[] = [
    { seq: row.seq, type: 'message.accepted', at: row.createdAt, data: { inbox: row.inbox.name, from: row.from } },
  ];
  const leases = new Set<number>();
  for (const { seq, type, at, data } of events) {
    if (typeof data['gen'] === 'number') {
      leases.add(data['gen']);
      steps.push(leaseStep(data['gen'], Number(data['leasedAt']), Number(data['attempt'])));
    }
    steps.push({ seq, type, at, data });
  }
  if (gen > 0 && !leases.has(gen)) steps.push(leaseStep(gen, Number(leasedAt), attempt));
  if (ackSeq !== undefined) {
    steps.push({ seq: ackSeq, type: 'message.acked', at: Number(settledAt), data: { gen, attempt } });
  }
  return steps.sort((a, b) => a.seq - b.seq);
}

function leaseStep(gen: number, at: number, attempt: number): HistoryEntry {
  return { seq: gen, type: 'message.leased', at, data: { gen, attempt } };
}
