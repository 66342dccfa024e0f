import { hash } from 'node:crypto';

/** One thing somebody did, or was kept from doing, that a person may want to know of later. */
export interface AuditFacts {
  /** `operator`, an agent's id, or where an unknown peer came in: `unix socket`, an address. */
  readonly actor: string;
  /** The role of its token; absent where there was none. */
  readonly role?: string;
  readonly incarnation?: number;
  /** The operation, or `authenticate` for what was refused at the door. */
  readonly action: string;
  /** Whom or what it was for. */
  readonly subject?: string;
  /** `refused`: it may not; `failed`: it might, and something else was in the way. */
  readonly outcome: 'done' | 'refused' | 'failed';
  /** How often since the row before it of the same kind; more than 1 only for what was counted instead of told singly. */
  readonly count: number;
  /** The code of the error, or what was wrong at the door. */
  readonly detail?: string;
}

/** A row of the log. Its hash covers the row before it, so that no row can be changed or taken out alone. */
export interface AuditEntry extends AuditFacts {
  /** 1, 2, 3 …: a gap is a row that is gone. */
  readonly seq: number;
  readonly at: number;
  readonly hash: string;
}

/** What the first row follows. */
export const chainStart = '0'.repeat(64);

/** SHA-256, hex, over the hash before and every fact of the row, in a fixed order. */
export function auditHash(previous: string, entry: Omit<AuditEntry, 'hash'>): string {
  const { seq, at, actor, role, incarnation, action, subject, outcome, count, detail } = entry;
  const facts = [previous, seq, at, actor, role, incarnation, action, subject, outcome, count, detail];
  return hash('sha256', JSON.stringify(facts.map((fact) => fact ?? null)));
}
