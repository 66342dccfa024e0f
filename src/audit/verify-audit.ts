import { type AuditEntry, auditHash, chainStart } from './audit-entry.ts';
import type { AuditStore } from './audit-store.ts';
import type { Witnessed } from './log-witness.ts';

export interface AuditProblem {
  readonly what: 'missing' | 'changed' | 'truncated' | 'replaced';
  readonly seq: number;
  readonly detail: string;
}

export interface AuditReport {
  readonly checked: number;
  /** The last row; none in an empty log. */
  readonly last?: { readonly seq: number; readonly hash: string };
  /** Rows whose hash stands in the hub's log as well: what lies after the last of them could have been cut off unseen. */
  readonly witnessed: number;
  readonly problems: readonly AuditProblem[];
}

const perRead = 1_000;

/**
 * Follows the chain from its start and holds it against what the hub's log says of it. Each finding is told once: the
 * walk goes on from the hash a row has, not from the one it should have.
 */
export async function verifyAudit(store: AuditStore, witnessed: Witnessed): Promise<AuditReport> {
  const problems: AuditProblem[] = [];
  let previous = { seq: 0, hash: chainStart };
  let checked = 0;
  let found = 0;
  let isRewritten = false;
  for (;;) {
    const entries = await store.read(previous.seq, perRead);
    if (entries.length === 0) break;
    for (const entry of entries) {
      checked += 1;
      const problem = compare(previous, entry);
      if (problem !== undefined) problems.push(problem);
      const noted = witnessed.hashes.get(entry.seq);
      if (noted !== undefined) found += 1;
      if (!isRewritten && problem === undefined && noted !== undefined && noted !== entry.hash) {
        isRewritten = true;
        problems.push({
          what: 'replaced',
          seq: entry.seq,
          detail: 'the hub’s log has another hash for this row: it and those after it were written anew',
        });
      }
      previous = entry;
    }
  }
  const beyond = Math.max(0, ...witnessed.hashes.keys());
  if (beyond > previous.seq) {
    const detail = `the hub’s log knows rows up to ${beyond}; the last ${beyond - previous.seq} are gone`;
    problems.push({ what: 'truncated', seq: previous.seq + 1, detail });
  }
  const last = previous.seq === 0 ? {} : { last: { seq: previous.seq, hash: previous.hash } };
  return { checked, ...last, witnessed: found, problems };
}

function compare(previous: { seq: number; hash: string }, entry: AuditEntry): AuditProblem | undefined {
  if (entry.seq !== previous.seq + 1) {
    const until = entry.seq - 1;
    const which = until === previous.seq + 1 ? `row ${until} is` : `rows ${previous.seq + 1} to ${until} are`;
    return { what: 'missing', seq: previous.seq + 1, detail: `${which} gone` };
  }
  if (entry.hash === auditHash(previous.hash, entry)) return undefined;
  return { what: 'changed', seq: entry.seq, detail: 'the row is not what was written after the row before it' };
}
