import type { EventType } from '../../events.ts';
import { isOpen, type MessageState, messageStates } from '../../message/message.ts';
import type { QueueStats } from '../../message/message-store.ts';
import type { Commit } from '../store.ts';

/** Counts of one inbox, kept in memory so that limits and statistics need no scan. */
export interface InboxCounts {
  lastSeq: number;
  openMessages: number;
  openBytes: number;
  pruned: number;
  readonly byState: Record<MessageState, number>;
}

/** What a group's commit has to tell those who wait. */
export type News = Pick<Commit, 'ready' | 'told'>;

export interface LedgerMark {
  readonly changes: number;
  readonly kept: number;
  readonly nextDueAt: number;
}

/**
 * What the writer knows without asking the file: counts per inbox, registered agents, the change counter and the next
 * due time. Changes are journaled, so that a rolled-back operation takes its changes back with it.
 */
export class Ledger {
  readonly #inboxes = new Map<string, InboxCounts>();
  readonly agents = new Set<string>();
  #journal: (() => void)[] = [];
  #ready = new Map<string, number>();
  #told = new Set<EventType>();
  /** Steady time at which something falls due; possibly too early, never too late. */
  nextDueAt = Number.POSITIVE_INFINITY;
  #prunedThrough = 0;
  #epochBase: number;
  #counter = 0;
  #undone = 0;

  constructor(epoch: number) {
    this.#epochBase = epoch * 2 ** 32;
  }

  /** The next change sequence. */
  nextSeq(): number {
    this.#counter += 1;
    return this.#epochBase + this.#counter;
  }

  get lastSeq(): number {
    return this.#epochBase + this.#counter;
  }

  /** How many changes have been kept; tells a group that changed something from one that did not. */
  get kept(): number {
    return this.#counter - this.#undone;
  }

  inbox(name: string): InboxCounts {
    let counts = this.#inboxes.get(name);
    if (counts === undefined) {
      counts = { lastSeq: 0, openMessages: 0, openBytes: 0, pruned: 0, byState: emptyStates() };
      this.#inboxes.set(name, counts);
    }
    return counts;
  }

  /** Books a message in; returns its place in the inbox. */
  enter(name: string, state: MessageState, size: number): number {
    const counts = this.inbox(name);
    counts.lastSeq += 1;
    this.#book(counts, state, size, 1);
    this.#journal.push(() => {
      counts.lastSeq -= 1;
      this.#book(counts, state, size, -1);
    });
    if (state === 'ready') this.noteReady(name);
    return counts.lastSeq;
  }

  move(name: string, from: MessageState, to: MessageState, size: number): void {
    const counts = this.inbox(name);
    this.#book(counts, from, size, -1);
    this.#book(counts, to, size, 1);
    this.#journal.push(() => {
      this.#book(counts, to, size, -1);
      this.#book(counts, from, size, 1);
    });
    if (to === 'ready') this.noteReady(name);
  }

  /** Books a message out that goes on to another inbox; its place here is not given a second time. */
  leave(name: string, state: MessageState, size: number): void {
    const counts = this.inbox(name);
    this.#book(counts, state, size, -1);
    this.#journal.push(() => this.#book(counts, state, size, 1));
  }

  prune(name: string, state: MessageState, size: number): void {
    const counts = this.inbox(name);
    this.#book(counts, state, size, -1);
    counts.pruned += 1;
    this.#journal.push(() => {
      this.#book(counts, state, size, 1);
      counts.pruned -= 1;
    });
  }

  /** Events up to this sequence may have been deleted. */
  get prunedThrough(): number {
    return this.#prunedThrough;
  }

  setPrunedThrough(seq: number): void {
    const before = this.#prunedThrough;
    this.#prunedThrough = seq;
    this.#journal.push(() => {
      this.#prunedThrough = before;
    });
  }

  addAgent(id: string): void {
    this.agents.add(id);
    this.#journal.push(() => this.agents.delete(id));
  }

  removeAgent(id: string): void {
    this.agents.delete(id);
    this.#journal.push(() => this.agents.add(id));
  }

  due(at: number): void {
    if (at < this.nextDueAt) this.nextDueAt = at;
  }

  /** A point to roll back to: everything since is undone. */
  mark(): LedgerMark {
    return { changes: this.#journal.length, kept: this.kept, nextDueAt: this.nextDueAt };
  }

  rollback(mark: LedgerMark): void {
    while (this.#journal.length > mark.changes) this.#journal.pop()?.();
    // Numbers never come back, but those taken since are of nothing that happened.
    this.#undone = this.#counter - mark.kept;
    this.due(mark.nextDueAt);
  }

  /** Ends the group: its changes are final. */
  commit(): News {
    this.#journal = [];
    const ready = this.#ready;
    const told = this.#told;
    if (ready.size > 0) this.#ready = new Map();
    if (told.size > 0) this.#told = new Set();
    return { ready, told };
  }

  stats(name?: string): QueueStats {
    const byState = emptyStates();
    let pruned = 0;
    for (const counts of name === undefined ? this.#inboxes.values() : [this.inbox(name)]) {
      for (const state of messageStates) byState[state] += counts.byState[state];
      pruned += counts.pruned;
    }
    const accepted = messageStates.reduce((sum, state) => sum + byState[state], pruned);
    return { ...byState, pruned, accepted };
  }

  /** The inbox nearest to one of its limits; undefined while there is none. */
  fullest(messages: number, bytes: number): { inbox: string; share: number } | undefined {
    let fullest: { inbox: string; share: number } | undefined;
    for (const [inbox, { openMessages, openBytes }] of this.#inboxes) {
      const share = Math.max(openMessages / messages, openBytes / bytes);
      if (share > (fullest?.share ?? 0)) fullest = { inbox, share };
    }
    return fullest;
  }

  /** Wakes whoever waits on the inbox after the commit: something there may have become deliverable. */
  noteReady(name: string): void {
    this.#ready.set(name, (this.#ready.get(name) ?? 0) + 1);
  }

  /** Somebody may wait for events of this type. */
  noteTold(type: EventType): void {
    this.#told.add(type);
  }

  #book(counts: InboxCounts, state: MessageState, size: number, sign: 1 | -1): void {
    counts.byState[state] += sign;
    if (isOpen(state)) {
      counts.openMessages += sign;
      counts.openBytes += sign * size;
    }
  }
}

function emptyStates(): Record<MessageState, number> {
  return { scheduled: 0, ready: 0, leased: 0, dead: 0, acked: 0, expired: 0, cancelled: 0, quarantined: 0 };
}
