import { requireDeliverable } from '../../message/lifecycle.ts';
import type { Message } from '../../message/message.ts';
import type { Page, Selection } from '../../message/message-store.ts';
import type { MemoryState } from './memory-state.ts';
import { toMessage } from './row.ts';
import { pageOfRows, selectRows } from './selection.ts';
import { tellAndChange } from './steps.ts';

export function quarantined(state: MemoryState, page: Page & { inbox?: string }): Message[] {
  return pageOfRows(state, 'quarantined', page).map(toMessage);
}

/** Quarantined → ready: a person has looked. */
export function release(state: MemoryState, selection: Selection, by: string): number {
  const rows = selectRows(state, 'quarantined', selection);
  for (const row of rows) state.registeredInbox(row.inbox.name);
  requireDeliverable(rows, state.options.limits.bodyBytes);
  const readyAt = state.now();
  for (const row of rows) {
    const life = { ...row.life, state: 'ready' as const, readyAt };
    tellAndChange(state, row, { type: 'message.released', life, data: { by } });
  }
  return rows.length;
}

/** Deletes quarantined messages with their history. What is left is the event, the count and the key. */
export function purgeQuarantined(state: MemoryState, selection: Selection, by: string): number {
  const rows = selectRows(state, 'quarantined', selection);
  for (const row of rows) {
    state.prune(row);
    const data = { id: row.id, inboxSeq: row.inboxSeq, was: 'quarantined', by };
    state.tell({ type: 'message.purged', inbox: row.inbox.name, data });
  }
  return rows.length;
}
