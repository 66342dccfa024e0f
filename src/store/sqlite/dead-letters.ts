import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import type { DeadLetter, Page } from '../../message/message-store.ts';
import { stateOf } from './codes.ts';
import { appendEvent, atomically, type Core } from './core.ts';
import { type MessageRow, positionOf, requireRow, toMessage } from './message-row.ts';
import { pruneRow } from './prune.ts';

export interface DeadSelection {
  readonly ids?: readonly string[];
  readonly inbox?: string;
}

/** Dead → ready with attempts counted anew. Ids stay; generations go on rising. */
export function redrive(core: Core, selection: DeadSelection): number {
  return atomically(core, () => {
    const rows = selectDead(core, selection);
    const now = core.now();
    for (const row of rows) {
      core
        .sql(
          'UPDATE messages SET state = 0, attempt = 0, ready_at = ?, changed_at = ?, settled_at = NULL WHERE seq = ? AND state = 4',
        )
        .run(now, now, row.seq);
      failpoint('store.redrive.updated');
      // Its deadlines went on while it lay dead.
      core.ledger.due(Math.min(row.expires_at ?? Number.POSITIVE_INFINITY, row.ack_by_at ?? Number.POSITIVE_INFINITY));
      core.ledger.move(row.inbox, 'dead', 'ready', row.size);
      appendEvent(core, {
        type: 'message.redriven',
        messageSeq: row.seq,
        inbox: row.inbox,
        data: { attempts: row.attempt },
      });
    }
    return rows.length;
  });
}

/** Deletes dead letters with their history; the inbox keeps counting them as pruned, their keys stay known. */
export function purgeDead(core: Core, selection: DeadSelection): number {
  return atomically(core, () => {
    const rows = selectDead(core, selection);
    for (const row of rows) {
      pruneRow(core, row);
      appendEvent(core, { type: 'message.purged', inbox: row.inbox, data: { inboxSeq: row.inbox_seq } });
    }
    return rows.length;
  });
}

export function deadLetters(core: Core, page: Page & { inbox?: string }): DeadLetter[] {
  const after = positionOf(core, page.after);
  const where = page.inbox === undefined ? 'state = 4' : 'state = 4 AND inbox = ?';
  const scope = page.inbox === undefined ? [] : [page.inbox];
  const rows = core
    .sql(`SELECT * FROM messages WHERE ${where} AND seq > ? ORDER BY seq LIMIT ? + 0`)
    .all(...scope, after, page.limit);
  return (rows as unknown as MessageRow[]).map((row) => ({
    message: toMessage(core, row),
    errors: attemptErrors(core, row.seq),
  }));
}

function attemptErrors(core: Core, messageSeq: number): DeadLetter['errors'] {
  const rows = core
    .sql(
      `SELECT at, data FROM events WHERE message_seq = ? AND type IN ('message.nacked', 'message.rescued', 'message.dead')
       ORDER BY seq`,
    )
    .all(messageSeq);
  return rows.map((row) => {
    const data = JSON.parse(String(row['data'])) as { attempt: number; reason: string }; // written by nack and rescue
    return { attempt: data.attempt, at: Number(row['at']), reason: data.reason };
  });
}

function selectDead(core: Core, selection: DeadSelection): MessageRow[] {
  if (selection.ids !== undefined) return selection.ids.map((id) => requireDead(core, id));
  const rows =
    selection.inbox === undefined
      ? core.sql('SELECT * FROM messages WHERE state = 4 ORDER BY seq').all()
      : core.sql('SELECT * FROM messages WHERE state = 4 AND inbox = ? ORDER BY seq').all(selection.inbox);
  return rows as unknown as MessageRow[]; // all columns of the table
}

function requireDead(core: Core, id: string): MessageRow {
  const row = requireRow(core, id);
  if (row.state === 4) return row;
  throw new WaggleError('illegal_transition', `message ${id} is ${stateOf(row.state)}, not a dead letter`, {
    details: { id, state: stateOf(row.state) },
  });
}
