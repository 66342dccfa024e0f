import { Candidates, type Verdict, verdict } from './candidates.ts';
import { afterMessageBits, distinctiveBits } from './lexis.ts';

/**
 * Decides whether an entry stands at the top level of the file. An agent can put an entry into its message, so without
 * proof an entry is never called recovered. `docs/recovery.md` has the proofs and the argument for them; in short: lines
 * whose columns tell their depth; or, where nothing else is torn, text that is unbroken from the file's start or to its
 * clean end. An unmatched `}` disproves all since the last sure ground, at once and for good.
 */
export class Proof {
  readonly candidates = new Candidates();
  /** The base of the current stretch is known to be the top level. */
  isProven = true;
  /** An entry's own fields were seen inside another object: messages of this file carry entries. */
  carriesEntries = false;

  /** `isProven` when the outermost damaged object was opened. */
  #wasProven = false;
  /** First candidate a later unmatched `}` would disprove. */
  #scope = 0;
  /** Places where text was lost or overwritten, as far as grammar shows; what no entry stands between is one place. */
  #tears = 0;
  /** Candidates found when the last tear showed. */
  #tornAt = 0;
  /** An entry was torn whose message carries entries, and nothing shows yet that it has ended. */
  #isCarrierOpen = false;
  /** Candidates of a list that closed just before an unmatched `}`, until it is known whose brace that was. */
  #heldFrom = 0;
  #heldTo = 0;
  /** Fields seen at the base since the last base bracket. */
  #baseFields = 0;

  /** Texts were torn apart or joined, so that what reads as an entry may have grown together from several. */
  get isTorn(): boolean {
    return this.#tears > 0;
  }

  /** A key at the base. Right after a list of entries it shows that the list is a member of an object. */
  noteBaseField(bit: number, isAfterEntries: boolean): void {
    this.#baseFields |= bit;
    if (isAfterEntries && (bit & distinctiveBits) !== 0) this.carriesEntries = true;
  }

  forgetBaseFields(): void {
    this.#baseFields = 0;
  }

  /** A text, or part of an entry, where the legacy list has only entries; the list of a message may have one. */
  atMisfit(): void {
    this.#tear();
  }

  /** Columns prove that the last candidate stands at the top level, whatever is damaged around it. */
  atLinedEntry(): void {
    const last = this.candidates.count - 1;
    this.candidates.decide(last, last + 1, verdict.pending, verdict.sure);
    this.#settle(this.isProven ? verdict.shown : verdict.unproven);
    this.#decideHeld(verdict.nested);
    this.isProven = true;
    this.#isCarrierOpen = false;
  }

  /** Damage inside an object or with quotes torn: nothing behind this point is known until proven anew. */
  atDamage(isTornAlready: boolean, carries: boolean): void {
    this.#tear();
    if (carries) this.#isCarrierOpen = true;
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
    this.#tear();
    this.#settle(verdict.shown);
    this.isProven = isProvenBeyond;
  }

  /** The last candidate is no whole entry or has odd values: a flipped bit, or two texts grown together inside it. */
  atHybrid(): void {
    this.#tears += 1;
    this.#tornAt = this.candidates.count;
    if (!this.isProven) this.#settle(verdict.unproven);
  }

  /** The outermost damaged object was closed by a closer that fits; `isWhole` when its fields add up too. */
  atBrokenEnd(isWhole: boolean): void {
    this.isProven = isWhole && this.#wasProven;
    if (isWhole) this.#isCarrierOpen = false;
  }

  /** An unmatched `}`: everything since the last sure ground stood inside an object whose head is lost. */
  atUnmatchedBrace(): void {
    this.#settle(verdict.nested);
    this.#tear();
    this.isProven = false;
  }

  /**
   * The same with nothing open. After a whole list this is either the rest of a message whose head was lost without a
   * trace, or what a longer file left behind a shorter one written over it. A message's entry still has its other five
   * fields to come, so the list is held until they have been seen or the file ends without them.
   */
  atBaseBrace(isAfterList: boolean): void {
    // A file that was torn before is no short file written over a longer one.
    const isOnlyTear = this.#tears === 0 || (this.#tears === 1 && !this.#isBeyondTear);
    if (this.isProven && isAfterList && isOnlyTear) {
      this.#heldFrom = this.#scope;
      this.#heldTo = this.candidates.count;
      this.#scope = this.#heldTo;
    }
    if ((this.#baseFields & afterMessageBits) === afterMessageBits) this.#decideHeld(verdict.nested);
    this.#baseFields = 0;
    this.atUnmatchedBrace();
  }

  /** The file ends; `isAtBase` when nothing is open and nothing was skipped. */
  atEnd(isAtBase: boolean): void {
    // Fields at the base since the last bracket: the file ends inside an object whose head is lost.
    const isClean = isAtBase && this.#baseFields === 0;
    if (!isClean) this.#tear();
    this.#settle(isClean && !this.#isCarrierOpen ? verdict.top : this.isProven ? verdict.shown : verdict.unproven);
    this.#decideHeld(verdict.shown);
    // Two tears can hide both ends of one message's list. Where messages are known to carry entries, nothing in such a
    // file is sure enough to be delivered unseen.
    const isTrusted = !this.carriesEntries || this.#tears < 2;
    const { count } = this.candidates;
    if (!isTrusted) this.candidates.decide(0, count, verdict.top, verdict.unproven);
    this.candidates.decide(0, count, verdict.shown, isTrusted ? verdict.top : verdict.unproven);
  }

  #tear(): void {
    if (this.#tears === 0 || this.#isBeyondTear) this.#tears += 1;
    this.#tornAt = this.candidates.count;
  }

  /** An entry that nothing has refuted stands behind the last tear. */
  get #isBeyondTear(): boolean {
    return this.candidates.hasOther(this.#tornAt, this.candidates.count, verdict.nested);
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
