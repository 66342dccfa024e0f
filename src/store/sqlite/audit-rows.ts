import { type AuditEntry, type AuditFacts, auditHash, chainStart } from '../../audit/audit-entry.ts';
import type { AuditPage } from '../../audit/audit-store.ts';
import { failpoint } from '../../failpoint.ts';
import type { Core } from './core.ts';

interface AuditRow {
  readonly seq: number;
  readonly at: number;
  readonly actor: string;
  readonly role: string | null;
  readonly incarnation: number | null;
  readonly action: string;
  readonly subject: string | null;
  readonly outcome: AuditEntry['outcome'];
  readonly count: number;
  readonly detail: string | null;
  readonly hash: string;
}

export function appendAudit(core: Core, facts: AuditFacts): AuditEntry {
  const last = core.sql('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1').get();
  const chained = { ...facts, seq: Number(last?.['seq'] ?? 0) + 1, at: core.wall() };
  const entry = { ...chained, hash: auditHash(String(last?.['hash'] ?? chainStart), chained) };
  const { seq, at, actor, role, incarnation, action, subject, outcome, count, detail, hash } = entry;
  core
    .sql('INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run(
      seq,
      at,
      actor,
      role ?? null,
      incarnation ?? null,
      action,
      subject ?? null,
      outcome,
      count,
      detail ?? null,
      hash,
    );
  failpoint('store.audit.inserted');
  return entry;
}

export function listAudit(core: Core, { limit, before, actor, outcome }: AuditPage): AuditEntry[] {
  const rows = core
    .sql(
      `SELECT * FROM audit WHERE seq < ? AND (? IS NULL OR actor = ?) AND (? IS NULL OR outcome = ?)
       ORDER BY seq DESC LIMIT ? + 0`,
    )
    .all(before ?? Number.MAX_SAFE_INTEGER, actor ?? null, actor ?? null, outcome ?? null, outcome ?? null, limit);
  return (rows as unknown as AuditRow[]).map(toEntry); // all columns of the table
}

export function readAudit(core: Core, after: number, limit: number): AuditEntry[] {
  const rows = core.sql('SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ? + 0').all(after, limit);
  return (rows as unknown as AuditRow[]).map(toEntry); // all columns of the table
}

function toEntry({ role, incarnation, subject, detail, ...row }: AuditRow): AuditEntry {
  return {
    ...row,
    ...(role === null ? {} : { role }),
    ...(incarnation === null ? {} : { incarnation }),
    ...(subject === null ? {} : { subject }),
    ...(detail === null ? {} : { detail }),
  };
}
