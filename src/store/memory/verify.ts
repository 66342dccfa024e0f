import { messageStates } from '../../message/message.ts';
import type { VerifyReport } from '../../message/message-store.ts';
import type { Inbox } from './inbox.ts';
import type { MemoryState } from './memory-state.ts';
import { queueStats } from './read-messages.ts';
import type { Row } from './row.ts';

type Problem = VerifyReport['problems'][number];

/** Counts everything anew and compares it with the books (guarantee G9). */
export function verify(state: MemoryState): VerifyReport {
  const inboxes = [...state.inboxes.values()];
  return {
    checked: inboxes.reduce((sum, inbox) => sum + present(inbox).length, 0),
    stats: queueStats(state),
    problems: inboxes.flatMap(checkInbox),
  };
}

export function checkInbox(inbox: Inbox): Problem[] {
  const rows = present(inbox);
  const problems: Problem[] = [];
  const report = (what: string, detail: string) => problems.push({ what, inbox: inbox.name, detail });
  if (rows.length + inbox.pruned !== inbox.rows.length) {
    report('conservation', `${inbox.rows.length} accepted, but ${rows.length} kept and ${inbox.pruned} pruned`);
  }
  for (const name of messageStates) {
    const counted = rows.filter((row) => row.life.state === name).length;
    if (counted !== inbox.counts[name])
      report('count', `${counted} messages are ${name}, the books say ${inbox.counts[name]}`);
  }
  for (const row of rows) {
    const contradiction = contradictionIn(row);
    if (contradiction !== undefined) report('contradiction', `message ${row.id}: ${contradiction}`);
  }
  return problems;
}

function contradictionIn(row: Row): string | undefined {
  const { state, leaseExpiresAt, gen, settledAt, attempt } = row.life;
  const isLeased = state === 'leased';
  if (isLeased !== (leaseExpiresAt !== undefined)) return isLeased ? 'leased without a lease' : `${state} with a lease`;
  if (isLeased && gen === 0) return 'leased without a generation';
  const isSettled = state === 'acked' || state === 'dead' || state === 'expired' || state === 'cancelled';
  if (isSettled !== (settledAt !== undefined)) return isSettled ? `${state} but not settled` : `${state} but settled`;
  return attempt > row.maxAttempts ? `${attempt} attempts of ${row.maxAttempts}` : undefined;
}

function present(inbox: Inbox): Row[] {
  return inbox.rows.filter((row) => row !== undefined);
}
