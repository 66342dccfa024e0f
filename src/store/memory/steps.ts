import type { EventType } from '../../events.ts';
import type { NextState } from '../../message/lifecycle.ts';
import { isOpen } from '../../message/message.ts';
import type { MemoryState } from './memory-state.ts';
import { type Life, type Row, settled } from './row.ts';

export interface EndedAttempt {
  readonly next: NextState;
  /** What happened, unless the message is dead or expired by it: then that is what is told. */
  readonly type: EventType;
  readonly reason: string;
}

/** Ends the lease of a row without an ack; the event keeps the facts of the lease. */
export function endAttempt(state: MemoryState, row: Row, ended: EndedAttempt): void {
  const { next, reason } = ended;
  const { gen, attempt, leasedAt } = row.life;
  const life = isOpen(next.state)
    ? { ...row.life, state: next.state, readyAt: next.readyAt, leaseExpiresAt: undefined }
    : { ...settled(row.life, next.state, state.instant()), readyAt: next.readyAt };
  const type = next.state === 'dead' ? 'message.dead' : next.state === 'expired' ? 'message.expired' : ended.type;
  const data = { gen, attempt, leasedAt, reason, state: next.state, readyAt: next.readyAt };
  tellAndChange(state, row, { type, life, data });
}

/** Changes a row under a stored event. */
export function tellAndChange(
  state: MemoryState,
  row: Row,
  step: { type: EventType; life: Life; data: Readonly<Record<string, unknown>> },
): void {
  const event = state.tell({ type: step.type, messageId: row.id, inbox: row.inbox.name, data: step.data });
  state.change(row, { ...step.life, events: [...row.life.events, event] });
}
