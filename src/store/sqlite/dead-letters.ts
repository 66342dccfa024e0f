import { failpoint } from '../../failpoint.ts';
import type { DeadLetter, Page, Selection } from '../../message/message-store.ts';
import { appendEvent, atomically, type Core } from './core.ts';
import { toMessage } from './message-row.ts';
import { pruneRow } from './prune.ts';
import { pageOfRows, selectRows } from './selection.ts';

/** Dead → ready with attempts counted anew. Ids stay; generations go on rising. */
export function redrive(core: Core, selection: Selection): number {
  return atomically(core, () => {
    const rows = selectRows(core, 'dead', selection);
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
export function purgeDead(core: Core, selection: Selection): number {
  return atomically(core, () => {
    const rows = selectRows(core, 'dead', selection);
    for (const row of rows) {
      pruneRow(core, row);
      appendEvent(core, { type: 'message.purged', inbox: row.inbox, data: { inboxSeq: row.inbox_seq } });
    }
    return rows.length;
  });
}

export function deadLetters(core: Core, page: Page & { inbox?: string }): DeadLetter[] {
  return pageOfRows(core, 'dead', page).map((row) => ({
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
