import { isOpen, type MessageState, priorities } from '../../message/message.ts';
import type { InboxStats } from '../../message/message-store.ts';
import type { Row } from './row.ts';
import { SeqQueue } from './seq-queue.ts';

/**
 * One inbox: counts, the deliverable messages by priority, and a line per ordering key. Entries are not searched for
 * and taken out when a message moves on; what reaches the front and is no longer deliverable is dropped there.
 */
export class Inbox {
  readonly name: string;
  /** By inbox sequence; a hole is a pruned message. */
  readonly rows: (Row | undefined)[] = [];
  readonly counts: Record<MessageState, number> = {
    scheduled: 0,
    ready: 0,
    leased: 0,
    dead: 0,
    acked: 0,
    expired: 0,
    cancelled: 0,
    quarantined: 0,
  };
  pruned = 0;
  openBytes = 0;
  /** Messages out of the line that an operator may choose from. */
  readonly aside = { dead: new Set<Row>(), quarantined: new Set<Row>() };
  readonly #ready: readonly SeqQueue<Row>[] = priorities.map(() => new SeqQueue<Row>());
  readonly #lines = new Map<string, SeqQueue<Row>>();

  constructor(name: string) {
    this.name = name;
  }

  get open(): number {
    return this.counts.scheduled + this.counts.ready + this.counts.leased;
  }

  /** Books a message in (`sign` 1) or out (-1) under a state. */
  count(row: Row, state: MessageState, sign: 1 | -1): void {
    this.counts[state] += sign;
    if (isOpen(state)) this.openBytes += sign * row.size;
    if (state !== 'dead' && state !== 'quarantined') return;
    if (sign === 1) this.aside[state].add(row);
    else this.aside[state].delete(row);
  }

  /** Brings queues and lines in step with the row's state. Answers how many messages became deliverable. */
  place(row: Row): number {
    if (row.orderingKey === undefined) return this.#offer(row);
    const line = this.#line(row.orderingKey);
    if (isOpen(row.life.state) && !row.lined) {
      row.lined = true;
      line.push(row);
    }
    const head = this.#headOf(row.orderingKey);
    return head === undefined ? 0 : this.#offer(head);
  }

  /** Takes the next deliverable message out of the queue; the caller leases it. */
  take(): Row | undefined {
    for (const queue of this.#ready) {
      for (let row = queue.pop(); row !== undefined; row = queue.pop()) {
        row.queued = false;
        if (this.#isDeliverable(row)) return row;
      }
    }
    return undefined;
  }

  /** What `take` would answer, up to `limit` times, without taking. */
  peek(limit: number): Row[] {
    const found: Row[] = [];
    for (const queue of this.#ready) {
      for (const row of queue.items()) {
        if (found.length >= limit) return found;
        if (this.#isDeliverable(row)) found.push(row);
      }
    }
    return found;
  }

  stats(): InboxStats {
    const accepted = Object.values(this.counts).reduce((sum, count) => sum + count, this.pruned);
    const oldest = this.#oldestReady();
    return {
      ...this.counts,
      pruned: this.pruned,
      accepted,
      inbox: this.name,
      ...(oldest === undefined ? {} : { oldestReadyAt: oldest.createdAt }),
    };
  }

  #oldestReady(): Row | undefined {
    let oldest: Row | undefined;
    for (const queue of this.#ready) {
      for (let row = queue.peek(); row !== undefined; row = queue.peek()) {
        if (this.#isDeliverable(row)) {
          if (oldest === undefined || row.seq < oldest.seq) oldest = row;
          break;
        }
        queue.pop();
        row.queued = false;
      }
    }
    return oldest;
  }

  #offer(row: Row): number {
    if (row.life.state !== 'ready' || row.queued) return 0;
    row.queued = true;
    this.#queueOf(row).push(row);
    return 1;
  }

  #isDeliverable(row: Row): boolean {
    if (row.life.state !== 'ready') return false;
    return row.orderingKey === undefined || this.#headOf(row.orderingKey) === row;
  }

  /** The earliest open message of the key: the only one that may be delivered. */
  #headOf(key: string): Row | undefined {
    const line = this.#line(key);
    for (let row = line.peek(); row !== undefined; row = line.peek()) {
      if (isOpen(row.life.state)) return row;
      line.pop();
      row.lined = false;
    }
    this.#lines.delete(key);
    return undefined;
  }

  #line(key: string): SeqQueue<Row> {
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = new SeqQueue<Row>();
      this.#lines.set(key, line);
    }
    return line;
  }

  #queueOf(row: Row): SeqQueue<Row> {
    return this.#ready[row.rank] as SeqQueue<Row>; // one queue per priority, and rank is a priority's index
  }
}
