import type { Agent } from '../../agent/agent.ts';
import type { AgentToken } from '../../agent/token-store.ts';
import type { AuditEntry } from '../../audit/audit-entry.ts';
import { steadyTimeline } from '../../clock.ts';
import { WaggleError } from '../../errors.ts';
import type { EventType, WaggleEvent } from '../../events.ts';
import { decodeMessageId, saltOf } from '../../ids.ts';
import { isOpen } from '../../message/message.ts';
import type { Alert, Silence } from '../../monitor/alert.ts';
import type { Commit, StoreOptions } from '../store.ts';
import { DueHeap } from './due-heap.ts';
import { Inbox } from './inbox.ts';
import { KnownKeys, type SentMessage } from './known-keys.ts';
import type { Life, Row } from './row.ts';
import { TextIndex } from './text-index.ts';
import { UndoJournal } from './undo-journal.ts';

/** A memory store lives once, so it has one epoch (see DESIGN §3 for what epochs are for). */
const epochBase = 2 ** 32;

/**
 * All facts of a memory store and the only ways to change them. Each change takes the next sequence number, and its
 * slot in `#spine` holds what the event of that number is read from: the row that was accepted, leased or acked, or a
 * stored event. Message ids carry that number, so the spine is also the way from an id to its row.
 */
export class MemoryState {
  readonly options: StoreOptions;
  readonly salt: number;
  /** Steady time: every deadline is decided by it. */
  readonly now: () => number;
  readonly inboxes = new Map<string, Inbox>();
  readonly agents = new Map<string, Agent>();
  readonly tokens = new Map<string, AgentToken>();
  readonly audit: AuditEntry[] = [];
  /** By id, in the order in which they fired. Replaced as a whole: they are few. */
  alerts: ReadonlyMap<string, Alert> = new Map();
  silences: ReadonlyMap<string, Silence> = new Map();
  /** Rows with a thread of another message or of a name of its own; the others are their own thread. */
  readonly threads = new Map<string, Row[]>();
  readonly due = new DueHeap<Row>();
  readonly keys: KnownKeys;
  readonly text = new TextIndex();
  readonly journal = new UndoJournal();
  /** Events up to this sequence may have been deleted. */
  prunedThrough = 0;
  /** Bytes of deleted rows that threads and the text index still hold. */
  unswept = 0;
  readonly #spine: (Row | WaggleEvent | undefined)[] = [undefined];
  /** Numbers given out, those of rolled-back changes included: none is given twice. */
  #counter = 0;
  #lastSeq = 0;
  #changed = false;
  #ready = new Map<string, number>();
  #told = new Set<EventType>();

  constructor(options: StoreOptions, swarmId: string) {
    this.options = options;
    this.salt = saltOf(swarmId);
    this.now = steadyTimeline(options.clock);
    this.keys = new KnownKeys(options.limits.idempotencyMs);
  }

  get lastSeq(): number {
    return this.#lastSeq;
  }

  // ---- change sequence and events

  /** Takes the next sequence number for a row's accept, lease or ack. */
  nextSeq(): number {
    const before = this.#lastSeq;
    this.#counter += 1;
    this.#lastSeq = epochBase + this.#counter;
    this.#spine.push(undefined);
    this.#changed = true;
    if (this.journal.isOpen) this.journal.note(() => (this.#lastSeq = before));
    return this.#lastSeq;
  }

  /** Points the slot of a sequence number at what its event is read from. */
  point(seq: number, to: Row | WaggleEvent | undefined): void {
    const slot = seq - epochBase;
    const before = this.#spine[slot];
    this.#spine[slot] = to;
    if (this.journal.isOpen) {
      this.journal.note(() => {
        this.#spine[slot] = before;
      });
    }
  }

  /** Stores an event under the next sequence number. */
  tell(event: Omit<WaggleEvent, 'seq' | 'at'>): WaggleEvent {
    const stored: WaggleEvent = { ...event, seq: this.nextSeq(), at: this.options.clock.now() };
    this.point(stored.seq, stored);
    this.#told.add(stored.type);
    return stored;
  }

  /** What the slots after `seq` point at, oldest first; folded and rolled-back numbers are skipped. */
  *slotsAfter(seq: number): Generator<readonly [number, Row | WaggleEvent]> {
    for (let slot = Math.max(1, seq - epochBase + 1); slot < this.#spine.length; slot += 1) {
      const content = this.#spine[slot];
      if (content !== undefined) yield [epochBase + slot, content];
    }
  }

  /** The rows that were accepted before `seq`, newest first. */
  *acceptedBefore(seq: number): Generator<Row> {
    for (let slot = Math.min(this.#spine.length, seq - epochBase) - 1; slot > 0; slot -= 1) {
      const content = this.#spine[slot];
      if (content !== undefined && isRow(content) && content.seq === epochBase + slot && !content.gone) yield content;
    }
  }

  /** This instant, as people read it and as deadlines are decided by it. */
  instant(): { wall: number; steady: number } {
    return { wall: this.options.clock.now(), steady: this.now() };
  }

  // ---- rows

  /** The row an id names, if the id is one of ours and its message is still here. */
  find(id: string): Row | undefined {
    const address = decodeMessageId(id);
    if (address === undefined) return undefined;
    const content = this.#spine[address.seq - epochBase];
    if (content === undefined || !isRow(content) || content.gone) return undefined;
    return content.seq === address.seq && content.id === id ? content : undefined;
  }

  mustFind(id: string): Row {
    const row = this.find(id);
    if (row === undefined) throw new WaggleError('not_found', `no message ${id} in this store`, { details: { id } });
    return row;
  }

  /** Where a page goes on after this message, even when it was pruned meanwhile. */
  positionOf(id: string | undefined): number {
    if (id === undefined) return 0;
    const address = decodeMessageId(id);
    const wasPruned = address?.salt === this.salt && address.seq <= this.prunedThrough;
    return wasPruned ? address.seq : this.mustFind(id).seq;
  }

  insert(row: Row): void {
    row.inbox.rows.push(row);
    row.inbox.count(row, row.life.state, 1);
    this.point(row.seq, row);
    if (this.journal.isOpen) this.journal.note(() => this.#takeBack(row));
    if (row.threadId !== row.id) this.#addToThread(row);
    this.#settleIn(row);
  }

  /** Gives the row its next life. */
  change(row: Row, life: Life): void {
    const before = row.life;
    if (this.journal.isOpen) this.journal.note(() => this.#become(row, before));
    this.#changed = true;
    this.#become(row, life);
  }

  /** Deletes a message that is not open, with its history; it stays counted as pruned, its idempotency key known. */
  prune(row: Row): void {
    const { inbox } = row;
    this.#changed = true;
    const { id, life, from, idempotencyKey } = row;
    const kept = { id, life: { state: life.state, settledSteadyAt: life.settledSteadyAt }, gone: false };
    if (this.journal.isOpen) this.journal.note(() => this.#restore(row, kept));
    if (idempotencyKey !== undefined) this.keys.replace(from, idempotencyKey, row, kept);
    row.gone = true;
    this.unswept += row.size;
    inbox.rows[row.inboxSeq - 1] = undefined;
    inbox.count(row, row.life.state, -1);
    inbox.pruned += 1;
    const { gen, ackSeq, events } = row.life;
    for (const seq of [row.seq, gen, ackSeq ?? 0, ...events.map((event) => event.seq)])
      if (seq > 0) this.dropEvent(seq);
  }

  /** Empties the slot of a sequence number for good; readers are told that there may be a gap. */
  dropEvent(seq: number): void {
    this.point(seq, undefined);
    const before = this.prunedThrough;
    this.prunedThrough = Math.max(before, seq);
    if (this.journal.isOpen) this.journal.note(() => (this.prunedThrough = before));
  }

  inbox(name: string): Inbox | undefined {
    return this.inboxes.get(name);
  }

  /** The inbox of a registered agent; `not_found` for anyone else's. */
  registeredInbox(name: string): Inbox {
    const inbox = this.agents.has(name) ? this.inboxes.get(name) : undefined;
    if (inbox === undefined) throw unknownInbox(name);
    return inbox;
  }

  // ---- agents

  /** Puts or removes an agent. Its inbox stays for ever once it exists. */
  setAgent(id: string, agent: Agent | undefined): void {
    const before = this.agents.get(id);
    this.#changed = true;
    if (this.journal.isOpen) this.journal.note(() => this.#putAgent(id, before));
    this.#putAgent(id, agent);
  }

  /** Puts the latest token of its agent; it stays known when the agent is gone. */
  setToken(token: AgentToken): void {
    const before = this.tokens.get(token.agent);
    this.#changed = true;
    if (this.journal.isOpen) {
      this.journal.note(() => {
        if (before === undefined) this.tokens.delete(token.agent);
        else this.tokens.set(token.agent, before);
      });
    }
    this.tokens.set(token.agent, token);
  }

  addAudit(entry: AuditEntry): void {
    this.#changed = true;
    this.audit.push(entry);
    if (this.journal.isOpen) this.journal.note(() => void this.audit.pop());
  }

  keepAlerts(alerts: ReadonlyMap<string, Alert>, silences: ReadonlyMap<string, Silence>): void {
    const before = { alerts: this.alerts, silences: this.silences };
    this.#changed = true;
    if (this.journal.isOpen) this.journal.note(() => Object.assign(this, before));
    this.alerts = alerts;
    this.silences = silences;
  }

  // ---- commits

  /** Runs `operation` so that a throw undoes all it did: an operation of several steps. */
  atomically<T>(operation: () => T): T {
    const opened = this.journal.isOpen ? undefined : this.journal.open();
    const mark = this.journal.mark();
    const ready = new Map(this.#ready);
    const changed = this.#changed;
    try {
      return operation();
    } catch (error) {
      this.journal.undoTo(mark);
      this.#ready = ready;
      this.#changed = changed;
      throw error;
    } finally {
      opened?.();
    }
  }

  /** Forgets what there was to commit: after a rollback. */
  discard(): void {
    this.#changed = false;
    this.#ready.clear();
  }

  /** Ends the operation; answers what to tell listeners, or undefined when nothing changed. */
  commit(): Commit | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    const ready = this.#ready;
    if (ready.size > 0) this.#ready = new Map();
    const told = this.#told;
    if (told.size > 0) this.#told = new Set();
    return { lastSeq: this.#lastSeq, ready, told, nextDueInMs: this.nextDueInMs() };
  }

  nextDueInMs(): number | undefined {
    const dueAt = this.due.first()?.dueAt;
    return dueAt === undefined ? undefined : Math.max(0, dueAt - this.now());
  }

  /** As `commit` when nobody listens: the answer is not worth making. */
  commitUnheard(): void {
    this.#changed = false;
    if (this.#ready.size > 0) this.#ready.clear();
    if (this.#told.size > 0) this.#told.clear();
  }

  #become(row: Row, life: Life): void {
    const before = row.life.state;
    row.life = life;
    if (before !== life.state) {
      row.inbox.count(row, before, -1);
      row.inbox.count(row, life.state, 1);
    }
    this.#settleIn(row);
  }

  #settleIn(row: Row): void {
    this.due.schedule(row, row.gone ? Number.POSITIVE_INFINITY : dueAt(row));
    const gained = row.inbox.place(row);
    if (gained > 0) this.#ready.set(row.inbox.name, (this.#ready.get(row.inbox.name) ?? 0) + gained);
  }

  #takeBack(row: Row): void {
    row.inbox.rows.pop();
    row.inbox.count(row, row.life.state, -1);
    row.gone = true;
    row.life = { ...row.life, state: 'cancelled' };
    this.#settleIn(row);
    if (row.threadId !== row.id) this.threads.get(row.threadId)?.pop();
  }

  #restore(row: Row, kept: SentMessage): void {
    row.gone = false;
    if (row.idempotencyKey !== undefined) this.keys.replace(row.from, row.idempotencyKey, kept, row);
    row.inbox.rows[row.inboxSeq - 1] = row;
    row.inbox.count(row, row.life.state, 1);
    row.inbox.pruned -= 1;
    this.#settleIn(row);
  }

  #addToThread(row: Row): void {
    const rows = this.threads.get(row.threadId);
    if (rows === undefined) this.threads.set(row.threadId, [row]);
    else rows.push(row);
  }

  #putAgent(id: string, agent: Agent | undefined): void {
    if (agent === undefined) this.agents.delete(id);
    else this.agents.set(id, agent);
    if (!this.inboxes.has(id)) this.inboxes.set(id, new Inbox(id));
  }
}

export function isRow(content: Row | WaggleEvent): content is Row {
  return 'life' in content;
}

export function unknownInbox(name: string): WaggleError {
  return new WaggleError('not_found', `no agent ${name} is registered, so it has no inbox`, {
    details: { inbox: name },
  });
}

/** When time alone changes something about this message. */
function dueAt(row: Row): number {
  const { life } = row;
  if (!isOpen(life.state)) return Number.POSITIVE_INFINITY;
  let at = Number.POSITIVE_INFINITY;
  if (life.state === 'leased') at = life.leaseExpiresAt ?? at;
  else at = row.expiresAt ?? at;
  if (life.state === 'scheduled' && life.readyAt < at) at = life.readyAt;
  if (row.ackByAt !== undefined && !life.overdue && row.ackByAt < at) at = row.ackByAt;
  return at;
}
