import type { AuditEntry, AuditFacts } from './audit-entry.ts';

export interface AuditPage {
  readonly limit: number;
  /** Only rows before this one. */
  readonly before?: number;
  readonly actor?: string;
  readonly outcome?: AuditEntry['outcome'];
}

/** Rows are added and read; nothing changes or removes one, retention included. Each call is atomic and durable. */
export interface AuditStore {
  /** Adds a row after the last one and chains it to that. */
  append(facts: AuditFacts): Promise<AuditEntry>;
  /** Newest first. */
  list(page: AuditPage): Promise<AuditEntry[]>;
  /** Oldest first, those after `seq`: for whoever follows the chain. */
  read(after: number, limit: number): Promise<AuditEntry[]>;
}
