/** How to take back, newest first, what an open operation did. Closed most of the time: then nothing is noted. */
export class UndoJournal {
  #undos: (() => void)[] | undefined;

  get isOpen(): boolean {
    return this.#undos !== undefined;
  }

  /** Starts noting; the returned function ends it and forgets the notes. */
  open(): () => void {
    this.#undos = [];
    return () => {
      this.#undos = undefined;
    };
  }

  note(undo: () => void): void {
    this.#undos?.push(undo);
  }

  /** A point to undo to. */
  mark(): number {
    return this.#undos?.length ?? 0;
  }

  /** Undoing calls the same code as doing, so notes are off meanwhile: an undo is not undone. */
  undoTo(mark: number): void {
    const undos = this.#undos;
    if (undos === undefined) return;
    this.#undos = undefined;
    while (undos.length > mark) undos.pop()?.();
    this.#undos = undos;
  }
}
