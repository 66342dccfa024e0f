import type { DoorName } from '../delivery/receipt.ts';
import type {
  AgentImportInput,
  AgentInput,
  AgentReportInput,
  AgentTokenInput,
  AuditListInput,
  HubStatus,
  ImportInput,
  ImportOutput,
  InputOf,
  OutputOf,
  PageInput,
  PruneInput,
  SelectionInput,
  SendInput,
  SendOutput,
  WireAgent,
  WireAgentView,
  WireEvent,
  WireHistoryEntry,
  WireMessage,
  WireMintedToken,
  WireRevokedToken,
  WireVerifyReport,
} from '../hub/api.ts';
import type { DoorInput, WireDeliveryStatus, WireReceipt } from '../hub/delivery-api.ts';
import type { HandOffListInput, OfferInput, WireHandOff } from '../hub/hand-off-api.ts';
import type { MissionInput, ProgressInput, ProgressOutput, WireMission } from '../hub/mission-api.ts';
import type { ObservationInput, SilenceInput, WireRule, WireSilence, WireSource } from '../hub/monitor-api.ts';
import type { DestinationInput, OutboxFilter, WireDestination } from '../hub/outbox-api.ts';
import type { StartInput, StopInput, WireLog, WireProcess } from '../hub/process-api.ts';
import type { WireAlert } from '../monitor/alert-text.ts';
import type { ConsumeOptions, Consumer, MessageHandler } from './consume.ts';

/** A message as a program receives it: `body` is the text, or the parsed JSON value; `bodyText` its exact source. */
export type ReceivedMessage = WireMessage & { readonly body: unknown };

/** What settling needs; a received message is one. */
export interface MessageRef {
  readonly id: string;
  readonly gen: number;
}

export interface DigestOptions extends Omit<InputOf<'message.digest'>, 'inbox'> {
  readonly signal?: AbortSignal;
}

export interface LeaseOptions {
  /** How many at most; default 1. */
  readonly limit?: number;
  /** Default 60 000. */
  readonly leaseMs?: number;
  /** Wait this long for a first message; default 0. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

export interface ContextWriteOptions {
  /** The version that was read, 0 for none, `any` to write whatever is there: `version_conflict` when it is another. */
  readonly ifVersion: number | 'any';
  readonly ttlMs?: number;
  readonly reason?: string;
  readonly from?: string;
}

/** Defaults: this process's working directory and environment, host `child`, restart `transient`. */
export type StartOptions = Partial<Omit<StartInput, 'id' | 'command'>>;

/**
 * The swarm as a program sees it, the same over a socket and in place. Calls made in one tick travel together. Every
 * call rejects with a WaggleError; one whose `retry` is `unknown` may have happened.
 */
export interface Swarm extends AsyncDisposable {
  /** Resolves once the message is durable. Retried by itself across a hub restart: each send carries a key. */
  send(message: SendInput): Promise<SendOutput>;
  /** All or none. */
  sendMany(messages: readonly SendInput[]): Promise<readonly SendOutput[]>;
  lease(inbox: string, options?: LeaseOptions): Promise<readonly ReceivedMessage[]>;
  peek(inbox: string, options?: { limit?: number }): Promise<readonly ReceivedMessage[]>;
  /** What waits, in few words: at most `limit` messages of at least this priority and behind `after` (an `inboxSeq`). */
  digest(inbox: string, options?: DigestOptions): Promise<OutputOf<'message.digest'>>;
  ack(ref: MessageRef): Promise<void>;
  nack(
    ref: MessageRef,
    outcome?: { delayMs?: number; reason?: string; terminal?: boolean },
  ): Promise<OutputOf<'message.nack'>>;
  extend(ref: MessageRef, options?: { leaseMs?: number }): Promise<OutputOf<'message.extend'>>;
  cancel(id: string): Promise<void>;
  message(
    id: string,
  ): Promise<{ message: ReceivedMessage; receipt?: WireReceipt; history: readonly WireHistoryEntry[] }>;
  thread(threadId: string, page?: PageInput): Promise<{ messages: readonly ReceivedMessage[]; next?: string }>;
  search(
    text: string,
    options?: { limit?: number; inbox?: string },
  ): Promise<readonly { message: ReceivedMessage; snippet: string }[]>;
  /** Handles messages one by one (or `concurrency` at a time) until stopped. */
  consume(inbox: string, handler: MessageHandler, options?: ConsumeOptions): Consumer;
  /** Events after a sequence, then live; ends when the signal aborts. */
  events(options?: { after?: number; signal?: AbortSignal }): AsyncIterable<WireEvent>;
  readonly dead: {
    list(options?: { inbox?: string } & PageInput): Promise<OutputOf<'dead.list'>>;
    redrive(selection: SelectionInput): Promise<number>;
    purge(selection: SelectionInput): Promise<number>;
  };
  /** Recovered entries that are ambiguous: kept, and delivered only once a person released them. */
  readonly quarantine: {
    list(options?: { inbox?: string } & PageInput): Promise<{ messages: readonly ReceivedMessage[]; next?: string }>;
    release(selection: SelectionInput): Promise<number>;
    purge(selection: SelectionInput): Promise<number>;
  };
  readonly queue: {
    stats(options?: { inbox?: string }): Promise<OutputOf<'queue.stats'>>;
    /** Deletes what was over long ago, now; retention does it by age and size anyway. */
    prune(selection: PruneInput): Promise<OutputOf<'queue.prune'>>;
    verify(): Promise<WireVerifyReport>;
  };
  /** What agents know beyond a conversation: one versioned JSON object per agent, `shared`, or `shared:TOPIC`. */
  readonly contexts: {
    /** `not_found` where there is none. */
    get(namespace: string): Promise<OutputOf<'context.get'>>;
    set(namespace: string, value: object, options: ContextWriteOptions): Promise<OutputOf<'context.set'>>;
    /** JSON merge patch; atomic whatever the version. */
    patch(namespace: string, patch: object, options?: Partial<ContextWriteOptions>): Promise<OutputOf<'context.patch'>>;
    remove(namespace: string, options: Omit<ContextWriteOptions, 'ttlMs'>): Promise<OutputOf<'context.remove'>>;
    list(): Promise<OutputOf<'context.list'>['contexts']>;
    history(namespace: string, options?: { limit?: number }): Promise<OutputOf<'context.history'>['changes']>;
    /** What the agent must know to go on, in at most so many tokens (default 2 000). */
    brief(agent: string, options?: { tokens?: number }): Promise<OutputOf<'context.brief'>>;
  };
  /** Work with an owner; progress is done units of all units. */
  readonly missions: {
    add(mission: MissionInput): Promise<WireMission>;
    list(filter?: { owner?: string }): Promise<readonly WireMission[]>;
    show(id: string, options?: { limit?: number }): Promise<OutputOf<'mission.show'>>;
    /** The same report again changes nothing; a smaller share is `illegal_transition` without `back`. */
    progress(agent: string, report: Omit<ProgressInput, 'agent'>): Promise<ProgressOutput>;
    drop(id: string): Promise<WireMission>;
  };
  /** How agents are reached beyond their inbox. */
  readonly delivery: {
    status(agent: string, options?: { limit?: number }): Promise<WireDeliveryStatus>;
    /** Of a webhook the answer alone holds the secret. */
    open(
      agent: string,
      door: DoorName,
      settings?: Omit<DoorInput, 'agent' | 'door'>,
    ): Promise<OutputOf<'delivery.open'>>;
    close(agent: string, door: DoorName): Promise<boolean>;
    /** Notes that the agent has these messages; answers how many of them were news. */
    saw(
      agent: string,
      ids: readonly string[],
      options?: { step?: 'injected' | 'seen'; door?: DoorName },
    ): Promise<number>;
    /** Tells the agent about a message once more, e.g. one that is uncertain. */
    retry(id: string): Promise<void>;
  };
  /** What leaves this machine: signed webhooks, later posts and alerts. */
  readonly outbox: {
    /** The answer alone holds the secret. Under a name that is taken it replaces that one. */
    add(destination: DestinationInput): Promise<OutputOf<'outbox.add'>>;
    /** What waits for it becomes dead; `buried` is null when the answer that counted was lost. */
    remove(name: string): Promise<OutputOf<'outbox.remove'>>;
    /** Queues a note that says nothing; resolves to the id of its entry. */
    test(name: string): Promise<string>;
    destinations(): Promise<readonly WireDestination[]>;
    list(filter?: OutboxFilter): Promise<OutputOf<'outbox.list'>>;
    redrive(selection: InputOf<'outbox.redrive'>): Promise<number>;
  };
  /** A mission changes hands: offered, then accepted or declined; until then, and after, it has one owner. */
  readonly handOffs: {
    offer(offer: OfferInput): Promise<WireHandOff>;
    /** `agent`: who accepts, needed only from the operator. Accepting twice answers the same. */
    accept(id: string, options?: { agent?: string }): Promise<WireHandOff>;
    decline(id: string, options?: { agent?: string; reason?: string }): Promise<WireHandOff>;
    /** By the owner; default: the operator. */
    withdraw(id: string, options?: { agent?: string; reason?: string }): Promise<WireHandOff>;
    list(filter?: HandOffListInput): Promise<readonly WireHandOff[]>;
  };
  readonly agents: {
    add(agent: AgentInput): Promise<WireAgent>;
    list(filter?: { role?: string; skill?: string }): Promise<readonly WireAgentView[]>;
    show(id: string): Promise<OutputOf<'agent.show'>>;
    remove(id: string, options?: { cancelOpen?: boolean }): Promise<OutputOf<'agent.remove'>>;
    /** `client`: the program it runs in; kept where none is known. */
    heartbeat(id: string, facts?: { client?: string }): Promise<WireAgent>;
    /** An agent of another system, as that one left it; `imported: false` when the id is registered already. */
    import(agent: AgentImportInput): Promise<OutputOf<'agent.import'>>;
    /** What the agent says of itself. */
    report(id: string, report: Omit<AgentReportInput, 'id'>): Promise<WireAgent>;
    /** A token of the agent's own; again: another one, and the former ends. Answers where its file is. */
    token(id: string, options?: Omit<AgentTokenInput, 'id'>): Promise<WireMintedToken>;
    /** Ends the agent's token, on open connections too. */
    revoke(id: string): Promise<WireRevokedToken>;
    /** Runs its program; resolves once it runs. `illegal_transition` while one runs, `not_found` for no such program. */
    start(id: string, command: readonly string[], options?: StartOptions): Promise<WireProcess>;
    /** Resolves once the program and its group have ended; twice is fine. */
    stop(id: string, options?: Omit<StopInput, 'id'>): Promise<WireProcess>;
    restart(id: string, options?: Omit<StopInput, 'id'>): Promise<WireProcess>;
    /** The last lines of its output, or what came after an earlier answer's `next`. */
    logs(id: string, options?: { lines?: number; after?: string }): Promise<WireLog>;
    /** The present or last life of its program, and those before. `not_found` when it was never started. */
    process(id: string, options?: { limit?: number }): Promise<OutputOf<'agent.process'>>;
    processes(): Promise<readonly WireProcess[]>;
  };
  /** Every figure with its state, its limit and what to do; also while the store is out of service. */
  health(): Promise<OutputOf<'health.report'>>;
  /** Tells how a file was when it was looked at; damage that stays becomes an alert. */
  observe(observation: ObservationInput): Promise<WireSource>;
  /** What was seen in the last quarter of an hour, for charts. */
  series(options?: { after?: string }): Promise<OutputOf<'monitor.series'>>;
  /** The text of `/metrics`. */
  metrics(): Promise<string>;
  readonly alerts: {
    /** Newest first. */
    list(filter?: InputOf<'alerts.list'>): Promise<OutputOf<'alerts.list'>>;
    /** It stays open until its cause is gone. Twice is fine. */
    ack(id: string): Promise<WireAlert>;
    /** When its cause goes on, it fires anew. */
    resolve(id: string): Promise<WireAlert>;
    silence(silence: SilenceInput): Promise<WireSilence>;
    /** False when there is none. */
    unsilence(id: string): Promise<boolean>;
    rules(): Promise<readonly WireRule[]>;
  };
  readonly audit: {
    /** Newest first. */
    list(options?: AuditListInput): Promise<OutputOf<'audit.list'>>;
    verify(): Promise<OutputOf<'audit.verify'>>;
  };
  /** Brings salvaged entries in; the same entries again add nothing. */
  importEntries(entries: readonly ImportInput[], options?: { addAgents?: boolean }): Promise<ImportOutput>;
  status(): Promise<HubStatus>;
  /** Asks the hub to finish what it has and exit. */
  stopHub(): Promise<void>;
  /** Closes this connection (and the hub, when it runs in this process). Calling it twice is fine. */
  close(): Promise<void>;
}
