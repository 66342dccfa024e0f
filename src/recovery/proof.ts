import { Candidates, type Verdict, verdict } from './candidates.ts';
import { afterMessageBits } from './lexis.ts';

/**
 * Decides whether an entry stands at the top level of the file. An agent can put an entry into its message, so without
 * proof an entry is never called recovered. Proof is one of: undamaged text from the file's start; no unmatched `}` up
 * to the file's clean end; a damaged entry whose remaining closers and fields add up; the column of an indented file.
 * An unmatched `}` disproves all since the last sure ground, at once and for good.
 */
export class Proof {
  readonly candidates = new Candidates();
  /** The base of the current stretch is known to be the top level. */
  isProven = true;
  /** An entry-shaped object was seen inside another object. */
  hasEntriesInside = false;

  /** `isProven` when the outermost damaged object was opened. */
  #wasProven = false;
  /** First candidate a later unmatched `}` would disprove. */
  #scope = 0;
  /** Places where text was lost or overwritten, as far as grammar shows. */
  #tears = 0;
  /** Candidates of a list that closed just before an unmatched `}`, until it is known whose brace that was. */
  #heldFrom = 0;
  #heldTo = 0;
  /** Fields seen at the base since the last base bracket. */
  #baseFields = 0;

  noteBaseField(bit: number): void {
    this.#baseFields |= bit;
  }

  forgetBaseFields(): void {
    this.#baseFields = 0;
  }

  /** A text where the legacy list has only entries; the list of a message may have one. */
  noteForeignItem(): void {
    this.#tears += 1;
  }

  /** Damage inside an object or with quotes torn: nothing behind this point is known until proven anew. */
  atDamage(openObjects: number, isTornAlready: boolean): void {
    if (openObjects > 0) this.#tears += 1;
    if (!isTornAlready) this.#wasProven = this.isProven;
    this.#decideHeld(verdict.nested);
    this.#settle(this.isProven ? verdict.shown : verdict.unproven);
    this.isProven = false;
  }

  /** Foreign bytes, or two values without a comma, where nothing was open: an unmatched `}` beyond tells nothing of before. */
  atSeam(): void {
    if (this.isProven) this.#settle(verdict.shown);
  }

  /** A whole list, then the rest of a longer text. */
  atListEnd(isProvenBeyond: boolean): void {
    this.#settle(verdict.top);
    this.isProven = isProvenBeyond;
  }

  /** An object that closes but is no whole entry: a flipped bit, or two texts grown together. */
  atHybrid(): void {
    this.#tears += 1;
    if (!this.isProven) this.#settle(verdict.unproven);
  }

  /** The outermost damaged object was closed by a closer that fits; `isWhole` when its fields add up too. */
  atBrokenEnd(isWhole: boolean): void {
    this.isProven = isWhole && this.#wasProven;
  }

  /** An unmatched `}`: everything since the last sure ground stood inside an object whose head is lost. */
  atUnmatchedBrace(): void {
    this.#settle(verdict.nested);
    this.isProven = false;
  }

  /**
   * The same with nothing open. After a whole list this is either the rest of a message whose head was lost without a
   * trace, or what a longer file left behind a shorter one written over it. A message's entry still has its other five
   * fields to come, so the list is held until they have been seen or the file ends without them.
   */
  atBaseBrace(isAfterList: boolean): void {
    if (this.isProven && isAfterList) {
      this.#heldFrom = this.#scope;
      this.#heldTo = this.candidates.count;
      this.#scope = this.#heldTo;
    }
    if ((this.#baseFields & afterMessageBits) === afterMessageBits) this.#decideHeld(verdict.nested);
    this.#baseFields = 0;
    this.atUnmatchedBrace();
  }

  /** The file ends; `isClean` when nothing is open and nothing was skipped. */
  atEnd(isClean: boolean): void {
    this.#settle(isClean ? verdict.top : this.isProven ? verdict.shown : verdict.unproven);
    this.#decideHeld(verdict.shown);
    // Two tears can hide both ends of one message's list. Where messages are known to carry entries, nothing in such a
    // file is sure enough to be delivered unseen.
    const isTrusted = !this.hasEntriesInside || this.#tears < 2;
    const { count } = this.candidates;
    if (!isTrusted) this.candidates.decide(0, count, verdict.top, verdict.unproven);
    this.candidates.decide(0, count, verdict.shown, isTrusted ? verdict.top : verdict.unproven);
  }

  #settle(found: Verdict): void {
    this.candidates.decide(this.#scope, this.candidates.count, verdict.pending, found);
    this.#scope = this.candidates.count;
  }

  #decideHeld(found: Verdict): void {
    this.candidates.decide(this.#heldFrom, this.#heldTo, verdict.pending, found);
    this.#heldFrom = this.#heldTo;
  }
}
