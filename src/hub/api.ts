import type { Brief } from '../context/brief.ts';
import type { Context, ContextChange, JsonObject } from '../context/context.ts';
import type { WaggleEvent } from '../events.ts';
import type { BodyType, MessageState, Priority } from '../message/message.ts';
import type { QueueStats } from '../message/message-store.ts';
import type { AgentApi } from './agent-api.ts';
import type { AuditApi } from './audit-api.ts';
import type { DeliveryApi, WireReceipt } from './delivery-api.ts';
import type { HandOffApi } from './hand-off-api.ts';
import type { MissionApi } from './mission-api.ts';
import type { MonitorApi } from './monitor-api.ts';
import type { OutboxApi } from './outbox-api.ts';
import type { ProcessApi } from './process-api.ts';
import type { StressApi } from './stress-api.ts';

export type {
  AgentImportInput,
  AgentInput,
  AgentReportInput,
  AgentTokenInput,
  RemoveOutput,
  WireAgent,
  WireAgentView,
  WireMintedToken,
  WireRevokedToken,
} from './agent-api.ts';
export type { AuditListInput, WireAuditEntry } from './audit-api.ts';

/**
 * The shapes of every operation as they cross a door (HTTP, stream, SDK). Types only: a client that imports them loads
 * nothing. Instants end in `At` and are ISO 8601 UTC; durations end in `Ms`. `repeat` says how a client whose answer was
 * lost learns what became of its call when it asks again.
 */
export interface Api
  extends AgentApi,
    AuditApi,
    DeliveryApi,
    HandOffApi,
    MissionApi,
    MonitorApi,
    OutboxApi,
    ProcessApi,
    StressApi {
  'message.send': { input: SendInput; output: SendOutput; repeat: 'keyed' };
  'message.sendMany': {
    input: { messages: readonly SendInput[] };
    output: { receipts: readonly SendOutput[] };
    repeat: 'keyed';
  };
  'message.lease': { input: LeaseInput; output: { messages: readonly WireMessage[] }; repeat: 'redelivered' };
  'message.peek': {
    input: { inbox: string; limit?: number };
    output: { messages: readonly WireMessage[] };
    repeat: 'safe';
  };
  'message.digest': {
    input: { inbox: string; limit?: number; priority?: Priority; after?: number; waitMs?: number };
    output: { unread: number; messages: readonly MessageDigest[] };
    repeat: 'safe';
  };
  'message.ack': { input: LeaseRefInput; output: { state: MessageState }; repeat: 'looked-up' };
  'message.nack': { input: NackInput; output: { state: MessageState; readyAt: string }; repeat: 'looked-up' };
  'message.extend': { input: LeaseRefInput & { leaseMs?: number }; output: { leaseExpiresAt: string }; repeat: 'safe' };
  'message.cancel': { input: { id: string }; output: { state: MessageState }; repeat: 'looked-up' };
  'message.get': {
    input: { id: string };
    output: { message: WireMessage; receipt?: WireReceipt; history: readonly WireHistoryEntry[] };
    repeat: 'safe';
  };
  'message.list': { input: ListInput; output: WireListing; repeat: 'safe' };
  'message.thread': { input: { threadId: string } & PageInput; output: WirePage; repeat: 'safe' };
  'message.search': {
    input: { text: string; limit?: number; inbox?: string };
    output: { hits: readonly WireHit[] };
    repeat: 'safe';
  };
  'dead.list': {
    input: { inbox?: string } & PageInput;
    output: { dead: readonly WireDeadLetter[]; next?: string };
    repeat: 'safe';
  };
  'dead.redrive': { input: SelectionInput; output: { redriven: number }; repeat: 'looked-up' };
  'dead.purge': { input: SelectionInput; output: { purged: number }; repeat: 'looked-up' };
  'quarantine.list': { input: { inbox?: string } & PageInput; output: WirePage; repeat: 'safe' };
  'quarantine.release': { input: SelectionInput; output: { released: number }; repeat: 'looked-up' };
  'quarantine.purge': { input: SelectionInput; output: { purged: number }; repeat: 'looked-up' };
  'queue.stats': {
    input: { inbox?: string };
    output: QueueStats & { inbox?: string; oldestReadyAt?: string };
    repeat: 'safe';
  };
  'queue.inboxes': {
    input: Record<never, never>;
    output: { inboxes: readonly WireInboxStats[] };
    repeat: 'safe';
  };
  'queue.prune': {
    input: PruneInput;
    output: { pruned: number; bytes: number; dryRun: boolean };
    repeat: 'recounted';
  };
  'queue.verify': { input: Record<never, never>; output: WireVerifyReport; repeat: 'safe' };
  'context.get': { input: { namespace: string }; output: WireContext; repeat: 'safe' };
  'context.set': { input: ContextSetInput; output: WireContextReceipt; repeat: 're-read' };
  'context.patch': { input: ContextPatchInput; output: WireContextReceipt; repeat: 're-read' };
  'context.remove': {
    input: ContextWriteInput;
    output: { namespace: string; version: number };
    repeat: 're-read';
  };
  'context.list': {
    input: Record<never, never>;
    output: { contexts: readonly Omit<WireContext, 'value'>[] };
    repeat: 'safe';
  };
  'context.history': {
    input: { namespace: string; limit?: number };
    output: { changes: readonly WireContextChange[] };
    repeat: 'safe';
  };
  'context.brief': { input: { agent: string; tokens?: number }; output: Brief; repeat: 'safe' };
  'recovery.import': {
    input: { entries: readonly ImportInput[]; addAgents?: boolean };
    output: ImportOutput;
    repeat: 'recounted';
  };
  'hub.status': { input: Record<never, never>; output: HubStatus; repeat: 'safe' };
  'hub.stop': { input: Record<never, never>; output: { stopping: true }; repeat: 'safe' };
}

/**
 * `safe`: the same end and the same answer, however often. `keyed`: the hub knows the call by a key in its input and
 * answers as the first time. `looked-up`: the repeat may be refused because the first try did it, and a look tells.
 * `recounted`: the same end, but the answer counts what the last try did. `redelivered`: what the lost answer handed out
 * comes back when its lease runs out. `re-read`: a write against a version may meet its own first try as a conflict, and
 * the caller reads again as after anybody's change.
 */
export type Repeat = 'safe' | 'keyed' | 'looked-up' | 'recounted' | 'redelivered' | 're-read';

export type OperationName = keyof Api;
export type InputOf<N extends OperationName> = Api[N]['input'];
export type OutputOf<N extends OperationName> = Api[N]['output'];

export interface SendInput {
  /** An agent id, `role:x`, `skill:x` or `all`. */
  readonly to: string;
  /** A string is a text body; anything else JSON. */
  readonly body: unknown;
  /** Another's name: the operator only. Default: who calls. */
  readonly from?: string;
  readonly subject?: string;
  readonly kind?: string;
  readonly priority?: Priority;
  readonly idempotencyKey?: string;
  readonly threadId?: string;
  readonly replyTo?: string;
  readonly orderingKey?: string;
  readonly delayMs?: number;
  readonly ttlMs?: number;
  /** ISO 8601 instant by which it should be acked; overdue becomes an event. */
  readonly ackBy?: string;
  readonly maxAttempts?: number;
}

export interface SendOutput {
  readonly id: string;
  readonly state: MessageState;
  readonly duplicate: boolean;
  /** One per recipient, when there was more than one. */
  readonly ids?: readonly string[];
}

export interface LeaseInput {
  readonly inbox: string;
  readonly limit?: number;
  readonly leaseMs?: number;
  /** Wait this long for a first message when none is deliverable. */
  readonly waitMs?: number;
}

export interface LeaseRefInput {
  readonly id: string;
  readonly gen: number;
}

export interface NackInput extends LeaseRefInput {
  readonly delayMs?: number;
  readonly reason?: string;
  readonly terminal?: boolean;
}

export interface PruneInput {
  /** Messages that were acked, expired or cancelled at least this long ago. */
  readonly olderThanMs: number;
  readonly inbox?: string;
  /** Counts only. */
  readonly dryRun?: boolean;
}

export interface PageInput {
  readonly limit?: number;
  readonly after?: string;
}

export interface ListInput {
  readonly limit?: number;
  readonly before?: string;
  readonly inbox?: string;
  readonly from?: string;
  readonly state?: MessageState;
}

/** Newest first. `before` is where the next page begins; a page may be short, or empty, and still have it. */
export interface WireListing {
  readonly messages: readonly MessageLine[];
  readonly before?: string;
}

/** A message in a list: no body but its beginning. */
export type MessageLine = MessageDigest &
  Pick<WireMessage, 'state' | 'to' | 'via' | 'threadId' | 'createdAt' | 'attempt' | 'settledAt'>;

export interface SelectionInput {
  readonly ids?: readonly string[];
  readonly inbox?: string;
  /** Needed to select everything. */
  readonly all?: boolean;
}

/** What tells whether a message is worth reading now: no body but its beginning. */
export type MessageDigest = Pick<
  WireMessage,
  'id' | 'inboxSeq' | 'from' | 'kind' | 'priority' | 'subject' | 'bodyType' | 'bodyText'
>;

/** A message as it crosses a door. Over HTTP `body` is the JSON value or text itself; the stream carries `bodyText`. */
export interface WireMessage {
  readonly id: string;
  readonly state: MessageState;
  readonly gen: number;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly from: string;
  readonly via?: string;
  readonly to: string;
  readonly inboxSeq: number;
  readonly subject: string | null;
  /** A text body as sent; a JSON body as its source text, byte for byte. */
  readonly bodyText: string;
  readonly bodyType: BodyType;
  readonly kind: string;
  readonly priority: Priority;
  readonly threadId: string;
  readonly replyTo?: string;
  readonly orderingKey?: string;
  readonly idempotencyKey?: string;
  readonly createdAt: string;
  readonly readyAt?: string;
  readonly expiresAt?: string;
  readonly ackByAt?: string;
  readonly leasedAt?: string;
  readonly leaseExpiresAt: string | null;
  readonly settledAt?: string;
  readonly provenance?: Readonly<Record<string, unknown>>;
  /** The reader may know of the message but not read it: its body is not here. */
  readonly withheld?: true;
}

export interface WireHistoryEntry {
  readonly seq: number;
  readonly type: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface WirePage {
  readonly messages: readonly WireMessage[];
  readonly next?: string;
}

export interface WireHit {
  readonly message: WireMessage;
  readonly snippet: string;
}

export interface WireDeadLetter {
  readonly message: WireMessage;
  readonly errors: readonly { readonly attempt: number; readonly at: string; readonly reason: string }[];
}

/** `oldestReadyAt`: when the oldest message that could be delivered now was accepted. */
export type WireInboxStats = QueueStats & { readonly inbox: string; readonly oldestReadyAt?: string };

export interface WireVerifyReport {
  readonly ok: boolean;
  readonly checked: number;
  readonly stats: QueueStats;
  readonly problems: readonly { readonly what: string; readonly inbox?: string; readonly detail: string }[];
}

export interface ContextWriteInput {
  readonly namespace: string;
  /** The version that was read, 0 for none, or `any` to write whatever is there. */
  readonly ifVersion: number | 'any';
  /** Another's name: the operator only. Default: who calls. */
  readonly from?: string;
  readonly reason?: string;
}

export interface ContextSetInput extends ContextWriteInput {
  readonly value: unknown;
  readonly ttlMs?: number;
}

export interface ContextPatchInput extends ContextWriteInput {
  /** JSON merge patch (RFC 7396). */
  readonly patch: unknown;
  readonly ttlMs?: number;
}

export type WireContext = Omit<Context, 'updatedAt' | 'expiresAt'> & {
  readonly updatedAt: string;
  readonly expiresAt?: string;
};

/** `redacted` names the places a secret was taken from before it was stored. */
export type WireContextReceipt = WireContext & { readonly redacted: readonly string[] };

export type WireContextChange = Omit<ContextChange, 'at' | 'value'> & {
  readonly at: string;
  readonly value?: JsonObject;
};

export interface ImportInput {
  readonly key: string;
  /** Null: the entry names nobody; it goes to the inbox `recovered`. */
  readonly to: string | null;
  readonly subject?: string;
  readonly bodyText: string;
  readonly bodyType: BodyType;
  readonly priority: Priority;
  readonly state: 'ready' | 'acked' | 'dead' | 'quarantined';
  readonly provenance: Readonly<Record<string, unknown>>;
}

export interface ImportOutput {
  readonly imported: number;
  /** Entries that an earlier import brought in already. */
  readonly known: number;
  readonly agentsAdded: readonly string[];
}

export interface HubStatus {
  readonly pid: number;
  readonly url: string;
  readonly socket: string;
  /** The page's address with whatever it needs to open without a further step. */
  readonly dashboard: string;
  readonly version: string;
  readonly startedAt: string;
  readonly agents: number;
  /** Sequence of the newest event: where a reader of the past may stop. */
  readonly lastEvent: number;
  readonly store: {
    readonly state: string;
    readonly engine: string;
    readonly file: string;
    /** Why it is not open: an error's code, and the code with its text. */
    readonly code?: string;
    readonly reason?: string;
    readonly warning?: string;
  };
}

/** An event as it crosses a door: the same, with its instant in ISO 8601. */
export type WireEvent = Omit<WaggleEvent, 'at'> & { readonly at: string };
