import { messageStates } from '../../message/message.ts';
import type { QueueStats } from '../../message/message-store.ts';
import { stateOf } from './codes.ts';
import type { Core } from './core.ts';
import type { Problem } from './verify.ts';

/** What the writer believes, and where the file says otherwise. */
export function compareLedger(core: Core): { stats: QueueStats; drift: Problem[] } {
  const stats = core.ledger.stats();
  const found = new Map<string, number>();
  for (const row of core.sql('SELECT state, count(*) AS n FROM messages GROUP BY state').all()) {
    found.set(stateOf(Number(row['state'])), Number(row['n']));
  }
  const drift = messageStates
    .filter((state) => stats[state] !== (found.get(state) ?? 0))
    .map((state) => ({
      what: 'ledger drift',
      detail: `${stats[state]} ${state} in memory, ${found.get(state) ?? 0} in the file`,
    }));
  return { stats, drift };
}
