import type { Clock } from '../clock.ts';
import type { AuditFacts } from './audit-entry.ts';
import type { AuditStore } from './audit-store.ts';
import type { AuditWitness } from './log-witness.ts';
import { type AuditReport, verifyAudit } from './verify-audit.ts';

export interface AuditTrailOptions {
  readonly store: { readonly audit: AuditStore };
  readonly clock: Clock;
  readonly witness: AuditWitness;
  /** Hears of rows that could not be written. */
  readonly onFailure: (error: unknown) => void;
}

/** Rows of their own that one source may have in a minute, before the rest is counted together. */
const rowsPerMinute = 10;
const windowMs = 60_000;

interface Repeated {
  readonly facts: AuditFacts;
  count: number;
}

/** What one source did within a minute. */
interface Window {
  readonly seen: Map<string, Repeated>;
  /** What came after the last row of its own; told without a subject. */
  rest: Repeated | undefined;
  readonly cancel: () => void;
}

/**
 * Writes the audit log. What the operator does is a row each time. What a peer can repeat at will is a row the first
 * time and a count once a minute after that, so that being refused is no way to fill a disk.
 */
export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #windows = new Map<string, Window>();
  readonly #writing = new Set<Promise<unknown>>();

  constructor(options: AuditTrailOptions) {
    this.#options = options;
  }

  /** Writes one row; rejects when it cannot be written. */
  async record(facts: Omit<AuditFacts, 'count'>, count = 1): Promise<void> {
    const writing = this.#options.store.audit.append({ ...facts, count });
    this.#writing.add(writing);
    try {
      this.#options.witness.note(await writing);
    } finally {
      this.#writing.delete(writing);
    }
  }

  /**
   * Notes something that `source` may repeat: resolves when the first of its kind is written, at once for a repeat.
   * Sources are few: agents, the socket, addresses of this machine.
   */
  async count(source: string, facts: Omit<AuditFacts, 'count'>): Promise<void> {
    const window = this.#windowOf(source);
    const kind = JSON.stringify([facts.action, facts.subject, facts.outcome, facts.detail, facts.incarnation]);
    const known = window.seen.get(kind);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    if (window.seen.size < rowsPerMinute) {
      window.seen.set(kind, { facts: { ...facts, count: 0 }, count: 0 });
      await this.record(facts);
      return;
    }
    const { subject: _last, ...general } = facts;
    window.rest ??= { facts: { ...general, action: 'various', count: 0 }, count: 0 };
    window.rest.count += 1;
  }

  /** As `count`, for callers that answer without waiting for the row. */
  note(source: string, facts: Omit<AuditFacts, 'count'>): void {
    this.count(source, facts).catch(this.#options.onFailure);
  }

  /** Writes the counts that are still open. To be called before the store closes. */
  async flush(): Promise<void> {
    for (const source of this.#windows.keys()) await this.#close(source);
    await Promise.allSettled(this.#writing);
  }

  async verify(): Promise<AuditReport> {
    return verifyAudit(this.#options.store.audit, await this.#options.witness.read());
  }

  #windowOf(source: string): Window {
    const open = this.#windows.get(source);
    if (open !== undefined) return open;
    const cancel = this.#options.clock.setTimer(windowMs, () => void this.#close(source));
    const window: Window = { seen: new Map(), rest: undefined, cancel };
    this.#windows.set(source, window);
    return window;
  }

  async #close(source: string): Promise<void> {
    const window = this.#windows.get(source);
    if (window === undefined) return;
    this.#windows.delete(source);
    window.cancel();
    const repeats = [...window.seen.values(), ...(window.rest === undefined ? [] : [window.rest])];
    for (const { facts, count } of repeats.filter((repeated) => repeated.count > 0)) {
      await this.record(facts, count).catch(this.#options.onFailure);
    }
  }
}
