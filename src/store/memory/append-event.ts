import type { WaggleEvent } from '../../events.ts';
import type { MemoryState } from './memory-state.ts';

/** Stores an event of another room; one about a message of ours becomes part of its history. */
export function appendEvent(state: MemoryState, event: Omit<WaggleEvent, 'seq' | 'at'>): number {
  const stored = state.tell({ ...event, data: { ...event.data } });
  const row = event.messageId === undefined ? undefined : state.find(event.messageId);
  if (row !== undefined) state.change(row, { ...row.life, events: [...row.life.events, stored] });
  return stored.seq;
}
