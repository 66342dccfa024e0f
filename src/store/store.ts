import type { AgentStore } from '../agent/agent-store.ts';
import type { TokenStore } from '../agent/token-store.ts';
import type { AuditStore } from '../audit/audit-store.ts';
import type { BackoffPolicy, Random } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { ContextStore } from '../context/context-store.ts';
import type { DeliveryStore } from '../delivery/delivery-store.ts';
import type { ErrorCode } from '../errors.ts';
import type { EventType, WaggleEvent } from '../events.ts';
import type { MessageLimits } from '../message/limits.ts';
import type { MessageStore } from '../message/message-store.ts';
import type { RetentionStore } from '../message/retention-store.ts';
import type { HandOffStore } from '../mission/hand-off-store.ts';
import type { MissionStore } from '../mission/mission-store.ts';
import type { AlertStore } from '../monitor/alert-store.ts';
import type { StoreWatch } from '../monitor/store-watch.ts';
import type { OutboxStore } from '../outbox/outbox-store.ts';
import type { ProcessStore } from '../process/process-store.ts';

/** What every adapter is handed; none reads the time, chance or the environment by itself. */
export interface StoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: MessageLimits;
  readonly backoff: BackoffPolicy;
}

/**
 * Reads the spine of events: derived from message rows for accept, lease and ack, stored for everything else. A lease
 * that ended in a nack, rescue, expiry or death is told by that event's data (`gen`, `leasedAt`), not by one of its own.
 */
export interface EventStore {
  /** The next events with `seq` greater than `after`, in sequence order: at most `limit`, none only at the end. */
  read(after: number, limit: number): Promise<WaggleEvent[]>;
  /** Sequence of the newest committed change; 0 in an empty store. */
  last(): Promise<number>;
  /**
   * Events up to this sequence may have been deleted, with their messages or by age: what is read from there on is
   * complete, what is read before it is what is left. 0 when none was deleted. Never falls.
   */
  prunedThrough(): Promise<number>;
  append(event: Omit<WaggleEvent, 'seq' | 'at'>): Promise<number>;
}

/** The rooms as they are seen inside a transaction: every call joins it. */
export interface Tx {
  readonly messages: MessageStore;
  readonly agents: AgentStore;
  readonly tokens: TokenStore;
  readonly audit: AuditStore;
  readonly contexts: ContextStore;
  readonly missions: MissionStore;
  readonly handOffs: HandOffStore;
  readonly processes: ProcessStore;
  readonly outbox: OutboxStore;
  readonly deliveries: DeliveryStore;
  readonly alerts: AlertStore;
  readonly events: EventStore;
}

/** What a commit tells those who wait: never data, only that there is something to look at. */
export interface Commit {
  readonly lastSeq: number;
  /** Inboxes that gained deliverable messages, with how many. */
  readonly ready: ReadonlyMap<string, number>;
  /** Types of the events it stored (accepts, leases and acks store none); perhaps one too many, never one too few. */
  readonly told: ReadonlySet<EventType>;
  /** Milliseconds from now until `advance` has something to do; undefined when nothing is due. */
  readonly nextDueInMs: number | undefined;
}

export interface StoreHealth {
  readonly state: 'open' | 'recovering' | 'read-only' | 'closed';
  /** Why it is not open: the typed error's code, and code and text for people. */
  readonly code?: ErrorCode;
  readonly reason?: string;
  /** It serves, but somebody should look: `wal_large: …` when the log cannot be emptied. */
  readonly warning?: string;
  readonly engine: string;
}

/**
 * A place that keeps every room's facts. Every call on a room is one atomic operation, or joins the transaction it is
 * made in. Bodies of transactions run one after another and may await nothing but calls on their `tx`.
 */
export interface Store extends Tx, AsyncDisposable {
  readonly retention: RetentionStore;
  readonly watch: StoreWatch;
  /** Runs `body`, then commits durably; a throw undoes everything it did and rejects with the same error. */
  transaction<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
  /** Called after each commit, in commit order. Returns its own removal. Must not throw. */
  onCommit(listener: (commit: Commit) => void): () => void;
  /** Called when the store's health changes: the way of alarms that does not need the store. */
  onHealth(listener: (health: StoreHealth) => void): () => void;
  health(): StoreHealth;
  /** Finishes what was accepted for execution, then closes. Calling it twice is fine. */
  close(): Promise<void>;
}
