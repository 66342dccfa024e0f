import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { BackoffPolicy, Random } from '../../backoff.ts';
import type { EventType } from '../../events.ts';
import { failpoint } from '../../failpoint.ts';
import type { MessageLimits } from '../../message/limits.ts';
import type { Ledger } from './ledger.ts';

/** Everything an operation works with, inside the writer's transaction. Operations are plain synchronous functions. */
export interface Core {
  readonly db: DatabaseSync;
  /**
   * Prepares once per text and connection. `LIMIT ? + 0`, and `state = ? + 0` where partial indexes name the column: the
   * planner looks at the value of a bare `?` there, and so plans the statement anew at every call (measured for a lease:
   * 38 µs instead of 5). `arrays`: rows come as arrays of their columns, for what every message passes through; an object
   * a row is a dictionary whose keys are looked up anew each time (measured: 10 of the 40 µs of a life). One text is
   * always asked for in one shape.
   */
  sql(text: string, rows?: 'arrays'): StatementSync;
  readonly ledger: Ledger;
  readonly limits: MessageLimits;
  readonly backoff: BackoffPolicy;
  readonly random: Random;
  readonly salt: number;
  /** Steady time, for every deadline. */
  now(): number;
  /** Wall time, for stamps people read. */
  wall(): number;
  /** Whether accepting is allowed by the disk reserve. */
  diskHasRoom(): boolean;
}

export interface EventRow {
  readonly type: EventType;
  readonly messageSeq?: number;
  readonly inbox?: string;
  readonly agent?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Stores an event in the running transaction and returns its sequence. */
export function appendEvent(core: Core, event: EventRow): number {
  const seq = core.ledger.nextSeq();
  core
    .sql('INSERT INTO events (seq, type, at, message_seq, inbox, agent, data) VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(
      seq,
      event.type,
      core.wall(),
      event.messageSeq ?? null,
      event.inbox ?? null,
      event.agent ?? null,
      JSON.stringify(event.data),
    );
  core.ledger.noteTold(event.type);
  failpoint('store.event.inserted');
  return seq;
}

/** Undoes all a multi-step operation wrote when one of its steps refuses. */
export function atomically<T>(core: Core, body: () => T): T {
  const mark = core.ledger.mark();
  core.sql('SAVEPOINT operation').run();
  try {
    const result = body();
    core.sql('RELEASE operation').run();
    return result;
  } catch (error) {
    undoTo(core, 'operation');
    core.ledger.rollback(mark);
    throw error;
  }
}

export function statementCache(db: DatabaseSync): Core['sql'] {
  const cache = new Map<string, StatementSync>();
  return (text, rows) => {
    let statement = cache.get(text);
    if (statement === undefined) {
      statement = db.prepare(text);
      if (rows === 'arrays') statement.setReturnArrays(true);
      cache.set(text, statement);
    }
    return statement;
  };
}

/** After some failures SQLite has ended the transaction itself; then there is nothing left to undo. */
function undoTo(core: Core, savepoint: 'operation' | 'body'): void {
  if (!core.db.isTransaction) return;
  core.sql(`ROLLBACK TO ${savepoint}`).run();
  core.sql(`RELEASE ${savepoint}`).run();
}

/** The same for a body that awaits; only microtasks may pass in between, so nothing else enters the transaction. */
export async function atomicallyAsync<T>(core: Core, body: () => Promise<T>): Promise<T> {
  const mark = core.ledger.mark();
  core.sql('SAVEPOINT body').run();
  try {
    const result = await body();
    core.sql('RELEASE body').run();
    return result;
  } catch (error) {
    undoTo(core, 'body');
    core.ledger.rollback(mark);
    throw error;
  }
}
