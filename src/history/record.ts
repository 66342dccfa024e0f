/**
 * One line of a history: what one client did, or was told, at one moment. Clients append to files of their own; a
 * history is the union of them. The names on the wire are these (JSON lines, `guarantees` §3.2).
 *
 * A call is an `invoke` and, later, one end with the same `proc`, `incarnation` and `call`: `ok` (it happened), `fail` (it
 * did not) or `info` (nobody knows: it may have happened). A process that dies leaves invokes without an end: also `info`.
 */
export interface HistoryRecord {
  /** Milliseconds of the machine's monotonic clock (`process.hrtime`), so that processes of one machine compare. */
  readonly t_mono: number;
  /** Name of the client process, unique in the history. */
  readonly proc: string;
  /** How often this client has been started before, from 0. */
  readonly incarnation: number;
  readonly op: HistoryOp;
  readonly phase: 'invoke' | 'ok' | 'fail' | 'info';
  /** Number of the call within its process and incarnation; lets ends find their invoke. */
  readonly call?: number;
  /** Idempotency key of a send; the context key; what kind of fault. */
  readonly key?: string;
  readonly id?: string;
  readonly inbox?: string;
  /** Position in the inbox, from 1 without holes. */
  readonly seq?: number;
  readonly gen?: number;
  /** Deliveries so far, this one included; from 1. */
  readonly attempt?: number;
  readonly epoch?: number;
  /** SHA-256 of the body, hex. On an invoked send: what was handed in. On a lease: what came out. */
  readonly hash?: string;
  readonly priority?: string;
  /** Earliest instant of `t_mono` at which the lease can end: the instant of the call plus the length of the lease. */
  readonly lease_until?: number;
  /** Length of the lease asked for; on an invoked lease whose answer never comes, how long it may have taken something. */
  readonly lease_ms?: number;
  /** Who sent, as a reader is told; and who the sender proved to be, where the history knows. */
  readonly from?: string;
  readonly authenticated?: string;
  /** The send may legitimately be delivered out of commit order, or never: it was delayed, expires, or was cancelled. */
  readonly delay_ms?: number;
  readonly ttl_ms?: number;
  /** Most deliveries allowed. */
  readonly max_attempts?: number;
  /** Messages of one ordering key wait for each other, so they may be overtaken by those of others. */
  readonly ordering_key?: string;
  /** State of a message in a `final` record (`missing`: the system knows no such message), after a nack, or that an imported one enters in. */
  readonly state?: string;
  /** Counts by state of an inbox (or of all, without `inbox`) in a `stats` record. */
  readonly stats?: Readonly<Record<string, number>>;
  /**
   * Of a context operation. An invoked `context.set` has the version it asks to replace and the value it writes (none:
   * delete), its `ok` the version it was given, its `fail` with error `version_conflict` the current one; the `ok` of a
   * `context.get` has both, version 0 where nothing is.
   */
  readonly version?: number;
  readonly value?: string;
  /** Code of the error that ended the call. */
  readonly error?: string;
}

/**
 * `cancel`, `redrive` and `purge` name a message, or an inbox, or (neither) all there is. A send to several inboxes is one
 * `ok` for each message. Of a `fault`, the key `power-cut` says that leases may have been forgotten.
 *
 * A `lease` that returned several messages is one `ok` record for each, with the same `call`; an empty one is one `ok`
 * without `id`. `final` tells the state of a message when all was over; `stats` what the store counted. `fault` marks
 * what was done to the system (`key` names it), `wait` that a consumer stood ready from its invoke to its end.
 */
export type HistoryOp =
  | 'send'
  | 'lease'
  | 'ack'
  | 'nack'
  | 'extend'
  | 'cancel'
  | 'redrive'
  | 'purge'
  | 'wait'
  | 'context.get'
  | 'context.set'
  | 'final'
  | 'stats'
  | 'fault';

/** A record as it was read from a file: findings name this place. */
export interface PlacedRecord extends HistoryRecord {
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
}
