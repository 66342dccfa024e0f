import { type AuditEntry, type AuditFacts, auditHash, chainStart } from '../../audit/audit-entry.ts';
import type { AuditPage } from '../../audit/audit-store.ts';
import type { MemoryState } from './memory-state.ts';

export function appendAudit(state: MemoryState, facts: AuditFacts): AuditEntry {
  const last = state.audit.at(-1);
  const chained = { ...facts, seq: (last?.seq ?? 0) + 1, at: state.options.clock.now() };
  const entry: AuditEntry = { ...chained, hash: auditHash(last?.hash ?? chainStart, chained) };
  state.addAudit(entry);
  return entry;
}

export function listAudit({ audit }: MemoryState, { limit, before, actor, outcome }: AuditPage): AuditEntry[] {
  return audit
    .filter(
      (entry) =>
        (before === undefined || entry.seq < before) &&
        (actor === undefined || entry.actor === actor) &&
        (outcome === undefined || entry.outcome === outcome),
    )
    .reverse()
    .slice(0, limit);
}

export function readAudit({ audit }: MemoryState, after: number, limit: number): AuditEntry[] {
  return audit.filter((entry) => entry.seq > after).slice(0, limit);
}
