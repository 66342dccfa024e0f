import { failpoint } from '../../failpoint.ts';
import type { NextState } from '../../message/lifecycle.ts';
import { stateCodes } from './codes.ts';
import { appendEvent, type Core } from './core.ts';
import type { MessageRow } from './message-row.ts';

type LeasedRow = Pick<MessageRow, 'seq' | 'inbox' | 'size' | 'attempt' | 'gen' | 'leased_at' | 'expires_at'>;

/**
 * Takes a leased message where its failed attempt leads, and tells it: the event carries the lease that ended, so that
 * the row may be leased again. The caller has decided `next` and seen that this generation still holds the lease.
 */
export function endAttempt(
  core: Core,
  row: LeasedRow,
  next: NextState,
  ending: { type: 'message.nacked' | 'message.rescued'; reason: string },
): void {
  const isTerminal = next.state === 'dead' || next.state === 'expired';
  core
    .sql(
      'UPDATE messages SET state = ?, ready_at = ?, changed_at = ?, settled_at = ? WHERE seq = ? AND gen = ? AND state = 2',
    )
    .run(stateCodes[next.state], next.readyAt, core.now(), isTerminal ? core.wall() : null, row.seq, row.gen);
  failpoint('store.attempt.ended');
  core.ledger.move(row.inbox, 'leased', next.state, row.size);
  if (next.state === 'scheduled') core.ledger.due(next.readyAt);
  // While it was leased its time to live did not count as due.
  if (!isTerminal && row.expires_at !== null) core.ledger.due(row.expires_at);
  // The next message of its ordering key may go now.
  if (isTerminal) core.ledger.noteReady(row.inbox);
  appendEvent(core, {
    type: next.state === 'dead' ? 'message.dead' : next.state === 'expired' ? 'message.expired' : ending.type,
    messageSeq: row.seq,
    inbox: row.inbox,
    data: {
      gen: row.gen,
      attempt: row.attempt,
      leasedAt: row.leased_at,
      reason: ending.reason,
      state: next.state,
      readyAt: next.readyAt,
    },
  });
}
