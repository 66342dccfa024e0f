import { type BaseToken, Gate } from './gate.ts';
import { followsObjects, quote, skipSpace } from './lexis.ts';
import type { Proof } from './proof.ts';
import type { ScanErrors } from './scan-errors.ts';

/** What stands between entries, where nothing is open: checks it against the one list a queue is, and tells `Proof`. */
export class Base {
  /** The file's own object is only packaging: its list is the top level. */
  isWrapped = false;

  /** The last token stood where an item of the list may, not the value of a key. */
  isItem = false;

  readonly #bytes: Uint8Array;
  readonly #first: number;
  readonly #proof: Proof;
  readonly #errors: ScanErrors;
  readonly #gate = new Gate();

  constructor(bytes: Uint8Array, first: number, proof: Proof, errors: ScanErrors) {
    this.#bytes = bytes;
    this.#first = first;
    this.#proof = proof;
    this.#errors = errors;
  }

  /** The list was read up to its end, or a torn text at least ends where a list may. */
  get isClosed(): boolean {
    return this.#gate.isClosed;
  }

  /** The last token was the list's closing bracket. */
  get endsList(): boolean {
    return this.#gate.endsList;
  }

  unwrap(): void {
    this.isWrapped = true;
    this.#gate.unwrap();
  }

  /** Damage: where the list stands is unknown, and an error was reported already. */
  lost(): void {
    this.#gate.lost();
  }

  key(at: number, bit: number): void {
    this.token('key', at);
    // A wrapper's own keys are structure.
    if (this.isWrapped && bit === 0) return;
    this.#proof.atBaseKey(bit, this.#gate.isAfterList, followsObjects(this.#bytes, at));
  }

  scalar(at: number): void {
    // The legacy list has only entries; the list of a message may have a text.
    if (this.#bytes[at] === quote && this.#gate.expectsItem) this.#proof.atBreak();
    this.token('value', at);
  }

  closeList(at: number): void {
    this.#proof.forgetBaseFields();
    this.token('close', at);
  }

  closeObject(at: number): void {
    if (this.isWrapped && skipSpace(this.#bytes, at + 1) === this.#bytes.length) return this.#gate.closeWrapper();
    this.#errors.add(at, 'closing brace without an opening one');
    this.#proof.atBaseBrace(this.#gate.isAfterList);
    this.#gate.lost();
  }

  token(kind: BaseToken, at: number): void {
    const { endsList } = this.#gate;
    this.isItem = this.#gate.expectsItem;
    const problem = this.#gate.pass(kind);
    // The file's first brace may open a wrapper; if it does not, the missing list shows at the end.
    if (problem === undefined || (kind === 'value' && at === this.#first)) return;
    this.#errors.add(at, problem);
    if (problem === Gate.beyond || problem === Gate.inner) this.#proof.atFork();
    else if (problem === Gate.seam && endsList && kind === 'open') this.#proof.atSecondList();
    else if (problem === Gate.seam && endsList && this.#proof.isProven) this.#proof.atListEnd(false);
    else if (problem === Gate.seam) this.#proof.atSeam();
  }
}
