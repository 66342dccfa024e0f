/** Something with a place in the store's change sequence. */
export interface Sequenced {
  readonly seq: number;
}

/** Consumed slots of the FIFO that are worth giving back. */
const compactAfter = 1024;

/**
 * A queue ordered by sequence. Items almost always arrive in order (first deliveries), so those go through a plain
 * FIFO; the few that come back with an old number (redeliveries) wait in a small binary heap.
 */
export class SeqQueue<T extends Sequenced> {
  #fifo: T[] = [];
  #head = 0;
  readonly #late: T[] = [];

  push(item: T): void {
    const newest = this.#fifo.length > this.#head ? this.#fifo[this.#fifo.length - 1] : undefined;
    if (newest === undefined || newest.seq < item.seq) this.#fifo.push(item);
    else this.#pushLate(item);
  }

  peek(): T | undefined {
    const first = this.#fifo[this.#head];
    const late = this.#late[0];
    if (first === undefined || late === undefined) return first ?? late;
    return first.seq < late.seq ? first : late;
  }

  pop(): T | undefined {
    const first = this.#fifo[this.#head];
    const late = this.#late[0];
    if (first === undefined || (late !== undefined && late.seq < first.seq)) return this.#popLate();
    this.#head += 1;
    if (this.#head === this.#fifo.length) {
      this.#fifo.length = 0;
      this.#head = 0;
    } else if (this.#head >= compactAfter && this.#head * 2 >= this.#fifo.length) {
      this.#fifo = this.#fifo.slice(this.#head);
      this.#head = 0;
    }
    return first;
  }

  /** All items in order, without taking them out. */
  items(): T[] {
    const waiting = this.#fifo.slice(this.#head);
    return this.#late.length === 0 ? waiting : [...waiting, ...this.#late].sort((a, b) => a.seq - b.seq);
  }

  #pushLate(item: T): void {
    const heap = this.#late;
    let at = heap.length;
    heap.push(item);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = heap[up] as T; // up is within the heap
      if (parent.seq <= item.seq) break;
      heap[at] = parent;
      at = up;
    }
    heap[at] = item;
  }

  #popLate(): T | undefined {
    const heap = this.#late;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let down = at * 2 + 1;
      let child = heap[down];
      if (child === undefined) break;
      const right = heap[down + 1];
      if (right !== undefined && right.seq < child.seq) {
        child = right;
        down += 1;
      }
      if (last.seq <= child.seq) break;
      heap[at] = child;
      at = down;
    }
    heap[at] = last;
    return top;
  }
}
