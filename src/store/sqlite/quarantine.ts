import { failpoint } from '../../failpoint.ts';
import { requireDeliverable } from '../../message/lifecycle.ts';
import type { Message } from '../../message/message.ts';
import type { Page, Selection } from '../../message/message-store.ts';
import { requireInbox } from './accept.ts';
import { appendEvent, atomically, type Core } from './core.ts';
import { idOf, toMessage } from './message-row.ts';
import { pruneRow } from './prune.ts';
import { pageOfRows, selectRows } from './selection.ts';

export function quarantined(core: Core, page: Page & { inbox?: string }): Message[] {
  return pageOfRows(core, 'quarantined', page).map((row) => toMessage(core, row));
}

/** Quarantined → ready: a person has looked. The provenance stays, so the receiver still knows what it is. */
export function release(core: Core, selection: Selection, by: string): number {
  return atomically(core, () => {
    const rows = selectRows(core, 'quarantined', selection);
    for (const row of rows) requireInbox(core, row.inbox);
    requireDeliverable(
      rows.map((row) => ({ id: idOf(core, row), body: row.body })),
      core.limits.bodyBytes,
    );
    const now = core.now();
    for (const row of rows) {
      core
        .sql('UPDATE messages SET state = 0, ready_at = ?, changed_at = ? WHERE seq = ? AND state = 7')
        .run(now, now, row.seq);
      failpoint('store.release.updated');
      // Its deadlines went on while it was kept aside.
      core.ledger.due(Math.min(row.expires_at ?? Number.POSITIVE_INFINITY, row.ack_by_at ?? Number.POSITIVE_INFINITY));
      core.ledger.move(row.inbox, 'quarantined', 'ready', row.size);
      appendEvent(core, { type: 'message.released', messageSeq: row.seq, inbox: row.inbox, data: { by } });
    }
    return rows.length;
  });
}

/** Deletes quarantined messages with their history. What is left is the event, the count and the key. */
export function purgeQuarantined(core: Core, selection: Selection, by: string): number {
  return atomically(core, () => {
    const rows = selectRows(core, 'quarantined', selection);
    for (const row of rows) {
      pruneRow(core, row);
      appendEvent(core, {
        type: 'message.purged',
        inbox: row.inbox,
        data: { id: idOf(core, row), inboxSeq: row.inbox_seq, was: 'quarantined', by },
      });
    }
    return rows.length;
  });
}
