import type { Ledger } from './ledger.ts';
import type { FindingClass, HistorySummary } from './report.ts';

/** The accounting of a whole history. */
export function summarize(
  ledger: Ledger,
  records: number,
  totals: Readonly<Record<FindingClass, number>>,
): HistorySummary {
  const count = { sent: 0, received: 0, deliveries: 0, redelivered: 0, acked: 0, endedOtherwise: 0, open: 0 };
  for (const message of ledger.messages.values()) {
    const { deliveries, ending, finalState } = message;
    if (message.accepted !== undefined) count.sent += 1;
    if (deliveries > 0) count.received += 1;
    if (deliveries > 1) count.redelivered += 1;
    count.deliveries += deliveries;
    if (ending?.state === 'acked') count.acked += 1;
    else if (ending !== undefined) count.endedOtherwise += 1;
    else if ((message.accepted !== undefined || deliveries > 0) && !isTerminal(finalState)) count.open += 1;
  }
  const unanswered = ledger.sends.filter((sent) => sent.ok === undefined && sent.unanswered > 0).length;
  const refused = ledger.sends.filter((sent) => sent.ok === undefined && sent.unanswered === 0).length;
  return {
    records,
    sent: count.sent,
    unknownSends: unanswered,
    refusedSends: refused,
    received: count.received,
    deliveries: count.deliveries,
    redelivered: count.redelivered,
    acked: count.acked,
    endedOtherwise: count.endedOtherwise,
    open: count.open,
    lost: totals.lost,
    duplicated: totals['dup-accept'] + totals['double-settle'] + totals.revived,
    altered: totals.altered,
    outOfOrder: totals.inversion,
    invented: totals.phantom,
  };
}

function isTerminal(state: string | undefined): boolean {
  return state === 'acked' || state === 'dead' || state === 'expired' || state === 'cancelled' || state === 'pruned';
}
