/** Something that falls due at one instant at a time, `Infinity` for never. The heap owns `heapIndex`. */
export interface Due {
  readonly seq: number;
  dueAt: number;
  heapIndex: number;
}

export const notInHeap = -1;

/**
 * A binary heap of what falls due next. Items know their own place, so a settled lease leaves at once instead of
 * lingering until its deadline: the heap is as large as the work in hand, not as the work of the last minute.
 */
export class DueHeap<T extends Due> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  first(): T | undefined {
    return this.#heap[0];
  }

  /** Puts the item where its new due time belongs, in or out. */
  schedule(item: T, dueAt: number): void {
    if (item.dueAt === dueAt) return;
    item.dueAt = dueAt;
    if (dueAt === Number.POSITIVE_INFINITY) return this.#remove(item);
    if (item.heapIndex === notInHeap) {
      item.heapIndex = this.#heap.length;
      this.#heap.push(item);
    }
    this.#settle(item);
  }

  #remove(item: T): void {
    const at = item.heapIndex;
    const last = this.#heap.pop();
    item.heapIndex = notInHeap;
    if (last === undefined || last === item) return;
    last.heapIndex = at;
    this.#heap[at] = last;
    this.#settle(last);
  }

  #settle(item: T): void {
    const from = item.heapIndex;
    this.#rise(item);
    if (item.heapIndex === from) this.#sink(item);
  }

  #rise(item: T): void {
    let at = item.heapIndex;
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = this.#heap[up] as T; // up is within the heap
      if (!isBefore(item, parent)) break;
      this.#place(parent, at);
      at = up;
    }
    this.#place(item, at);
  }

  #sink(item: T): void {
    let at = item.heapIndex;
    for (;;) {
      let down = at * 2 + 1;
      let child = this.#heap[down];
      if (child === undefined) break;
      const right = this.#heap[down + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        down += 1;
      }
      if (!isBefore(child, item)) break;
      this.#place(child, at);
      at = down;
    }
    this.#place(item, at);
  }

  #place(item: T, at: number): void {
    this.#heap[at] = item;
    item.heapIndex = at;
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.seq < b.seq);
}
