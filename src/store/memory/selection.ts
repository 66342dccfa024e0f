import { WaggleError } from '../../errors.ts';
import type { Page, Selection } from '../../message/message-store.ts';
import type { MemoryState } from './memory-state.ts';
import type { Row } from './row.ts';

/** States out of which an operator chooses messages, with what one of them is called. */
const called = { dead: 'a dead letter', quarantined: 'quarantined' } as const;
export type SelectableState = keyof typeof called;

/** The rows of a selection, oldest first. All of those named are of that state, or the whole selection is refused. */
export function selectRows(state: MemoryState, wanted: SelectableState, selection: Selection): Row[] {
  if (selection.ids === undefined) return rowsOf(state, wanted, selection.inbox);
  return [...new Set(selection.ids)].map((id) => {
    const row = state.mustFind(id);
    if (row.life.state === wanted) return row;
    throw new WaggleError('illegal_transition', `message ${id} is ${row.life.state}, not ${called[wanted]}`, {
      details: { id, state: row.life.state },
    });
  });
}

/** One page of the messages of a state, oldest first. */
export function pageOfRows(state: MemoryState, wanted: SelectableState, page: Page & { inbox?: string }): Row[] {
  const after = state.positionOf(page.after);
  return rowsOf(state, wanted, page.inbox)
    .filter((row) => row.seq > after)
    .slice(0, page.limit);
}

function rowsOf(state: MemoryState, wanted: SelectableState, inbox: string | undefined): Row[] {
  const chosen = inbox === undefined ? [...state.inboxes.values()] : [state.inboxes.get(inbox)];
  return chosen.flatMap((one) => (one === undefined ? [] : [...one.aside[wanted]])).sort((a, b) => a.seq - b.seq);
}
