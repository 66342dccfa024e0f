import { WaggleError } from '../../errors.ts';
import type { Page, Selection } from '../../message/message-store.ts';
import { stateCodes, stateOf } from './codes.ts';
import type { Core } from './core.ts';
import { type MessageRow, positionOf, requireRow } from './message-row.ts';

/** States out of which an operator chooses messages, with what one of them is called. */
const called = { dead: 'a dead letter', quarantined: 'quarantined' } as const;
type SelectableState = keyof typeof called;

/** The rows of a selection, oldest first. All of those named are of that state, or the whole selection is refused. */
export function selectRows(core: Core, state: SelectableState, selection: Selection): MessageRow[] {
  if (selection.ids !== undefined) return selection.ids.map((id) => requireInState(core, state, id));
  // The state is written out because the partial index of each is chosen by it.
  const where = `state = ${stateCodes[state]}`;
  const rows =
    selection.inbox === undefined
      ? core.sql(`SELECT * FROM messages WHERE ${where} ORDER BY seq`).all()
      : core.sql(`SELECT * FROM messages WHERE ${where} AND inbox = ? ORDER BY seq`).all(selection.inbox);
  return rows as unknown as MessageRow[]; // all columns of the table
}

/** One page of the messages of a state, oldest first. */
export function pageOfRows(core: Core, state: SelectableState, page: Page & { inbox?: string }): MessageRow[] {
  const after = positionOf(core, page.after);
  const where = `state = ${stateCodes[state]}${page.inbox === undefined ? '' : ' AND inbox = ?'}`;
  const scope = page.inbox === undefined ? [] : [page.inbox];
  const rows = core
    .sql(`SELECT * FROM messages WHERE ${where} AND seq > ? ORDER BY seq LIMIT ? + 0`)
    .all(...scope, after, page.limit);
  return rows as unknown as MessageRow[]; // all columns of the table
}

function requireInState(core: Core, state: SelectableState, id: string): MessageRow {
  const row = requireRow(core, id);
  if (row.state === stateCodes[state]) return row;
  throw new WaggleError('illegal_transition', `message ${id} is ${stateOf(row.state)}, not ${called[state]}`, {
    details: { id, state: stateOf(row.state) },
  });
}
