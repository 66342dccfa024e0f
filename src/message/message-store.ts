import type { EventType } from '../events.ts';
import type { MessageId } from '../ids.ts';
import type { BodyType, LeasedMessage, LeaseRef, Message, MessageState, Priority, Provenance } from './message.ts';

/** One send, already validated: the same content for each of its inboxes. */
export interface AcceptRequest {
  /** Registered agents, each once. One message per inbox, in this order, in one commit. */
  readonly inboxes: readonly string[];
  readonly from: string;
  readonly via?: string;
  readonly subject?: string;
  readonly body: string;
  readonly bodyType: BodyType;
  readonly kind: string;
  readonly priority: Priority;
  readonly threadId?: string;
  readonly replyTo?: string;
  readonly orderingKey?: string;
  /** With `contentHash`: the same key and hash again answers the first ids; the same key and another hash is refused. */
  readonly idempotencyKey?: string;
  readonly contentHash?: string;
  readonly delayMs?: number;
  readonly ttlMs?: number;
  readonly ackByAt?: number;
  readonly maxAttempts: number;
  /** Recovery only: the state a salvaged entry enters in. Default: ready, or scheduled with a delay. */
  readonly state?: 'acked' | 'dead' | 'quarantined';
  readonly provenance?: Provenance;
  /** Recovery only: a salvaged queue may be larger than an inbox is allowed to grow by sending. */
  readonly ignoreInboxLimits?: boolean;
}

export interface AcceptReceipt {
  readonly ids: readonly MessageId[];
  /** State of the first message now. */
  readonly state: MessageState;
  readonly duplicate: boolean;
}

export interface NackOutcome {
  /** Wait before the next delivery; default: full-jitter backoff by attempt. */
  readonly delayMs?: number;
  readonly reason?: string;
  /** The handler says retrying is pointless: dead letter now. */
  readonly terminal?: boolean;
}

/** One step of a message's life, oldest first. */
export interface HistoryEntry {
  readonly seq: number;
  readonly type: EventType;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface DeadLetter {
  readonly message: Message;
  /** How each attempt ended, oldest first. */
  readonly errors: readonly { readonly attempt: number; readonly at: number; readonly reason: string }[];
}

export type QueueStats = Readonly<Record<MessageState | 'pruned' | 'accepted', number>>;

export interface InboxStats extends QueueStats {
  readonly inbox: string;
  /** `createdAt` of the oldest message that could be delivered now. */
  readonly oldestReadyAt?: number;
}

/** A listing that begins with the newest message. */
export interface Listing extends OfParty {
  readonly limit: number;
  /** Older than this message (exclusive). */
  readonly before?: string;
  readonly inbox?: string;
  readonly from?: string;
  readonly state?: MessageState;
}

export interface ListedMessages {
  readonly messages: readonly Message[];
  /** Where to go on; absent only when there is nothing older. A page may be short, or empty, and still have it. */
  readonly before?: MessageId;
}

/** Messages one page of a listing looks at: a filter that few pass must not hold up the writer. */
export const listingSpan = 2_000;

export interface SearchHit {
  readonly message: Message;
  readonly snippet: string;
}

/** Proof of conservation (G9) and of the store's own integrity. `problems` is empty when all is well. */
export interface VerifyReport {
  readonly checked: number;
  readonly stats: QueueStats;
  readonly problems: readonly { readonly what: string; readonly inbox?: string; readonly detail: string }[];
}

/** Messages of one state: those named, those of an inbox, or all. Named ones are all of that state, or none is touched. */
export interface Selection {
  readonly ids?: readonly string[];
  readonly inbox?: string;
}

/** Only messages this agent sent or received. */
export interface OfParty {
  readonly party?: string;
}

export interface Page {
  readonly limit: number;
  /** Continue after this message (exclusive). */
  readonly after?: string;
}

/**
 * What the message room needs from a store. Each call is one atomic, durable operation: when it resolves, its effect
 * survives a crash (a lease alone may be lost in a power cut, its generation never returns). A typed error means that
 * nothing was changed.
 */
export interface MessageStore {
  /**
   * Stores all requests or none. Errors: `not_found` (inbox, replyTo), `queue_full`, `idempotency_conflict`,
   * `disk_full`. The same idempotency key again while known answers the first receipt with `duplicate: true`.
   */
  accept(requests: readonly AcceptRequest[]): Promise<AcceptReceipt[]>;
  /** Leases up to `limit` deliverable messages, most urgent first, then in commit order. Empty when none is. */
  lease(request: { inbox: string; limit: number; leaseMs: number }): Promise<LeasedMessage[]>;
  /** leased → acked. `lease_lost` unless this generation holds an unexpired lease; also when called again. */
  ack(ref: LeaseRef): Promise<void>;
  /** leased → scheduled | ready | dead | expired. `lease_lost` as for ack. */
  nack(ref: LeaseRef, outcome: NackOutcome): Promise<{ state: MessageState; readyAt: number }>;
  /** The lease now ends `leaseMs` from now. `lease_lost` as for ack. */
  extend(ref: LeaseRef, leaseMs: number): Promise<{ leaseExpiresAt: number }>;
  /** Open or quarantined → cancelled; a consumer's lease on it is lost. `illegal_transition` from a terminal state. */
  cancel(id: string): Promise<void>;
  /** Dead → ready with attempts counted anew; all dead letters of an inbox, or those named. Ids stay, `gen` goes on. */
  redrive(selection: Selection): Promise<number>;
  /** Deletes dead letters; they stay counted as pruned and their idempotency keys known. */
  purgeDead(selection: Selection): Promise<number>;
  /** Quarantined messages, oldest first. */
  quarantined(page: Page & { inbox?: string }): Promise<Message[]>;
  /**
   * Quarantined → ready, with everything they were kept with. Errors: `illegal_transition`, `not_found` (message, or
   * the agent of its inbox), `payload_too_large` when a body is larger than any send may bring; then none is released.
   */
  release(selection: Selection, by: string): Promise<number>;
  /** Deletes quarantined messages; counted and known as after `purgeDead`, so importing their file again adds nothing. */
  purgeQuarantined(selection: Selection, by: string): Promise<number>;
  /**
   * Brings due things about: scheduled → ready, expired leases rescued (ready with backoff spent, dead when out of
   * attempts), expired messages, overdue acks. Calls it needs are made by every lease anyway; this is for wake-ups,
   * and says when the next one is due (undefined: nothing is).
   */
  advance(): Promise<{ moved: number; nextDueInMs: number | undefined }>;
  /** Puts up to `limit` accepted messages into the full-text index; resolves to how many it did. */
  indexNext(limit: number): Promise<number>;

  get(id: string): Promise<Message | undefined>;
  history(id: string): Promise<HistoryEntry[]>;
  /** What a lease would hand out now, without leasing it. `not_found` for an unknown inbox. */
  peek(inbox: string, limit: number): Promise<Message[]>;
  thread(threadId: string, page: Page & OfParty): Promise<Message[]>;
  /** Newest first, from the last `listingSpan` messages before the place asked for. */
  list(listing: Listing): Promise<ListedMessages>;
  dead(page: Page & { inbox?: string }): Promise<DeadLetter[]>;
  /** Messages whose subject or body hold all words, newest first. Any text is a valid query; no words finds nothing. */
  search(text: string, options: { limit: number; inbox?: string } & OfParty): Promise<SearchHit[]>;
  stats(): Promise<QueueStats>;
  inboxStats(inbox: string): Promise<InboxStats>;
  verify(): Promise<VerifyReport>;
}
