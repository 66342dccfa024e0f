/** How to take back, newest first, what an open operation did. Closed most of the time: then nothing is noted. */
export class UndoJournal {
  #undos: (() => void)[] = [];
  #isOpen = false;

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Starts noting; the returned function ends it and forgets the notes. */
  open(): () => void {
    this.#isOpen = true;
    return () => {
      this.#isOpen = false;
      this.#undos = [];
    };
  }

  note(undo: () => void): void {
    if (this.#isOpen) this.#undos.push(undo);
  }

  /** A point to undo to. */
  mark(): number {
    return this.#undos.length;
  }

  /** Undoing calls the same code as doing, so notes are off meanwhile: an undo is not undone. */
  undoTo(mark: number): void {
    this.#isOpen = false;
    while (this.#undos.length > mark) this.#undos.pop()?.();
    this.#isOpen = true;
  }
}
