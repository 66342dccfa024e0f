import type { DeadLetter, Page, Selection } from '../../message/message-store.ts';
import type { MemoryState } from './memory-state.ts';
import { type Row, toMessage } from './row.ts';
import { pageOfRows, selectRows } from './selection.ts';
import { tellAndChange } from './steps.ts';

/** Dead → ready with attempts counted anew. */
export function redrive(state: MemoryState, selection: Selection): number {
  const rows = selectRows(state, 'dead', selection);
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
export function purgeDead(state: MemoryState, selection: Selection): number {
  const rows = selectRows(state, 'dead', selection);
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
  return pageOfRows(state, 'dead', page).map((row) => ({ message: toMessage(row), errors: attemptErrors(row) }));
}

function attemptErrors(row: Row): DeadLetter['errors'] {
  const errors: { attempt: number; at: number; reason: string }[] = [];
  for (const { type, at, data } of row.life.events) {
    if (type !== 'message.nacked' && type !== 'message.rescued' && type !== 'message.dead') continue;
    errors.push({ attempt: Number(data['attempt']), at, reason: String(data['reason']) });
  }
  return errors;
}
