import { type ListedMessages, type Listing, listingSpan } from '../../message/message-store.ts';
import { stateCodes } from './codes.ts';
import type { Core } from './core.ts';
import { idOf, type MessageRow, positionOf, toMessage } from './message-row.ts';

/** What a filter looks at is bounded before it is applied; the bodies of what it leaves out are never read. */
export function listMessages(core: Core, { limit, before, inbox, from, state, party }: Listing): ListedMessages {
  const start = before === undefined ? Number.MAX_SAFE_INTEGER : positionOf(core, before);
  const last = core
    .sql('SELECT seq, created_at FROM messages WHERE seq < ? ORDER BY seq DESC LIMIT 1 OFFSET ?')
    .get(start, listingSpan - 1) as { seq: number; created_at: number } | undefined; // the columns named
  const filters: readonly (readonly [string, ...(string | number)[]])[] = [
    ...(inbox === undefined ? [] : [['inbox = ?', inbox] as const]),
    ...(from === undefined ? [] : [['sender = ?', from] as const]),
    ...(state === undefined ? [] : [['state = ?', stateCodes[state]] as const]),
    ...(party === undefined ? [] : [['(inbox = ? OR sender = ?)', party, party] as const]),
  ];
  const where = filters.map(([condition]) => ` AND ${condition}`).join('');
  const values = filters.flatMap(([, ...given]) => given);
  const rows = core
    .sql(`SELECT * FROM messages WHERE seq < ? AND seq >= ?${where} ORDER BY seq DESC LIMIT ? + 0`)
    .all(start, last?.seq ?? 0, ...values, limit) as unknown as MessageRow[]; // the columns of the schema
  const messages = rows.map((row) => toMessage(core, row));
  const end = messages.length === limit ? messages.at(-1)?.id : last && idOf(core, last);
  return end === undefined ? { messages } : { messages, before: end };
}
