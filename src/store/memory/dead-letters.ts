import { WaggleError } from '../../errors.ts';
import type { DeadLetter, Page } from '../../message/message-store.ts';
import type { MemoryState } from './memory-state.ts';
import { type Row, toMessage } from './row.ts';
import { tellAndChange } from './steps.ts';

export interface DeadSelection {
  readonly ids?: readonly string[];
  readonly inbox?: string;
}

/** Dead → ready with attempts counted anew. */
export function redrive(state: MemoryState, selection: DeadSelection): number {
  const rows = selectDead(state, selection);
  const now = state.now();
  for (const row of rows) {
    const data = { attempts: row.life.attempt };
    const life = {
      ...row.life,
      state: 'ready' as const,
      attempt: 0,
      readyAt: now,
      settledAt: undefined,
      settledSteadyAt: undefined,
    };
    tellAndChange(state, row, { type: 'message.redriven', life, data });
  }
  return rows.length;
}

/** Deletes dead letters with their history; what remains is one event each, and the count. */
export function purgeDead(state: MemoryState, selection: DeadSelection): number {
  const rows = selectDead(state, selection);
  for (const row of rows) {
    state.prune(row);
    state.tell({
      type: 'message.purged',
      messageId: row.id,
      inbox: row.inbox.name,
      data: { inboxSeq: row.inboxSeq },
    });
  }
  return rows.length;
}

export function deadLetters(state: MemoryState, page: Page & { inbox?: string }): DeadLetter[] {
  const after = state.positionOf(page.after);
  return allDead(state, page.inbox)
    .filter((row) => row.seq > after)
    .slice(0, page.limit)
    .map((row) => ({ message: toMessage(row), errors: attemptErrors(row) }));
}

function attemptErrors(row: Row): DeadLetter['errors'] {
  const errors: { attempt: number; at: number; reason: string }[] = [];
  for (const { type, at, data } of row.life.events) {
    if (type !== 'message.nacked' && type !== 'message.rescued' && type !== 'message.dead') continue;
    errors.push({ attempt: Number(data['attempt']), at, reason: String(data['reason']) });
  }
  return errors;
}

/** All of them are checked before one is touched. */
function selectDead(state: MemoryState, selection: DeadSelection): Row[] {
  if (selection.ids === undefined) return allDead(state, selection.inbox);
  return [...new Set(selection.ids)].map((id) => {
    const row = state.mustFind(id);
    if (row.life.state === 'dead') return row;
    throw new WaggleError('illegal_transition', `message ${id} is ${row.life.state}, not a dead letter`, {
      details: { id, state: row.life.state },
    });
  });
}

function allDead(state: MemoryState, inbox: string | undefined): Row[] {
  const chosen = inbox === undefined ? [...state.inboxes.values()] : [state.inboxes.get(inbox)];
  return chosen.flatMap((one) => (one === undefined ? [] : [...one.dead])).sort((a, b) => a.seq - b.seq);
}
