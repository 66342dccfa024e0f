import type { AuditEntry } from '../audit/audit-entry.ts';
import type { AuditReport } from '../audit/verify-audit.ts';

export interface AuditApi {
  'audit.list': {
    input: AuditListInput;
    output: { entries: readonly WireAuditEntry[]; next?: number };
    repeat: 'safe';
  };
  'audit.verify': { input: Record<never, never>; output: AuditReport & { ok: boolean }; repeat: 'safe' };
}

export interface AuditListInput {
  readonly limit?: number;
  /** Only rows before this one. */
  readonly before?: number;
  readonly actor?: string;
  readonly outcome?: AuditEntry['outcome'];
}

export type WireAuditEntry = Omit<AuditEntry, 'at'> & { readonly at: string };
