import { Candidates, type Verdict, verdict } from './candidates.ts';
import { afterMessageBits, distinctiveBits } from './lexis.ts';

type Ground = 'start' | 'regained' | 'none';

/**
 * Decides whether an entry stands at the top level of the file. An agent can put an entry into its message, so without
 * proof an entry is never called recovered. `docs/recovery.md` has the proofs and the argument for them; in short: lines
 * whose columns tell their depth; or text that is unbroken from the file's start, or to its clean end. An unmatched `}`,
 * or a key where nothing is open, disproves all since the last sure ground, at once and for good.
 */
export class Proof {
  readonly candidates = new Candidates();
  /** An entry's own fields were seen inside another object: messages of this file carry entries. */
  carriesEntries = false;

  /** What stands at the base now is at the top level: unbroken from the start, or since a torn entry that ended whole. */
  #ground: Ground = 'start';
  /** The ground when the outermost damaged object was opened. */
  #groundBefore: Ground = 'start';
  /** First candidate a later unmatched `}` would disprove. */
  #scope = 0;
  /** First candidate that a tear and an unmatched bracket behind it would disprove; a lined entry puts an end to that. */
  #shownFrom = 0;
  /** Places where text was lost or overwritten, as far as grammar shows; what no entry stands between is one place. */
  #tears = 0;
  /** Tears that are not known to lie inside one entry: what they hide may be the end of one and the head of another. */
  #looseTears = 0;
  /** Tears at which the text before ends for good: a whole list, or the file itself. */
  #ends = 0;
  /** The last tear is two texts met in an object that began and ended: it hides no bracket of what is around that object. */
  #isEnclosed = false;
  /** Candidates found when the last tear showed. */
  #tornAt = 0;
  /** Candidates of a list that closed just before an unmatched `}`, until it is known whose brace that was. */
  #heldFrom = 0;
  #heldTo = 0;
  /** Fields seen at the base since the last base bracket. */
  #baseFields = 0;

  get isProven(): boolean {
    return this.#ground !== 'none';
  }

  /** Texts were torn apart or joined, so that what reads as an entry may have grown together from several. */
  get isTorn(): boolean {
    return this.#tears > 0;
  }

  /**
   * A key at the base that no wrapper owns: the object it belongs to has lost its head. Right after a list of entries it
   * shows that the list is a member of that object.
   */
  atBaseKey(bit: number, isAfterList: boolean, isAfterEntries: boolean): void {
    this.#baseFields |= bit;
    if (isAfterEntries && (bit & distinctiveBits) !== 0) this.carriesEntries = true;
    this.#refuteBase(isAfterList);
  }

  forgetBaseFields(): void {
    this.#baseFields = 0;
  }

  /** Columns prove that the last candidate stands at the top level, whatever is damaged around it. */
  atLinedEntry(): void {
    const last = this.candidates.count - 1;
    this.candidates.decide(last, last + 1, verdict.pending, verdict.sure);
    this.#settle();
    this.#shownFrom = this.candidates.count;
    this.#decideHeld(verdict.nested);
    this.#ground = 'start';
  }

  /** Two texts have met: nothing behind this point is known until the file's clean end proves it. */
  atBreak(): void {
    this.#looseTears += 1;
    const isEnclosed = this.isProven || this.#isEnclosed;
    this.#leaveGround();
    this.#isEnclosed = isEnclosed;
  }

  /** Damage inside an object or with quotes torn. It is loose until the outermost object open here has ended whole. */
  atDamage(isTornAlready: boolean): void {
    if (!isTornAlready) {
      this.#groundBefore = this.#ground;
      this.#looseTears += 1;
    }
    this.#leaveGround();
  }

  /** The file ends inside an entry, or nothing readable follows. */
  atCut(): void {
    this.#ends += 1;
    this.#leaveGround();
  }

  /** Foreign bytes, or two values without a comma, where nothing was open: an unmatched `}` beyond tells nothing of before. */
  atSeam(): void {
    if (this.isProven) this.#settle();
  }

  /** A whole list, then the rest of a longer text. */
  atListEnd(isProvenBeyond: boolean): void {
    this.#tear();
    this.#ends += 1;
    this.#settle();
    if (!isProvenBeyond) this.#ground = 'none';
  }

  /** A whole list, then another: a second queue, or the list of a message that a shorter file was written up to. */
  atSecondList(): void {
    if (!this.isProven) return;
    this.#settle();
    this.#ground = 'regained';
  }

  /** A list or an item where a list of entries has none: what stands before may be a list in a message as well. */
  atFork(): void {
    this.#tear();
    this.#looseTears += 1;
    this.#ground = 'none';
  }

  /** The last value is an entry but for a flipped bit, or for two texts that have grown together in one place. */
  atHybrid(): void {
    this.#tears += 1;
    this.#tornAt = this.candidates.count;
    if (!this.isProven) this.#settle();
  }

  /** The outermost damaged object was closed by a closer that fits; `isWhole` when its fields add up too. */
  atBrokenEnd(isWhole: boolean): void {
    if (isWhole) this.#looseTears -= 1;
    this.#ground = isWhole && this.#groundBefore !== 'none' ? 'regained' : 'none';
  }

  /** An unmatched `}`: everything since the last sure ground stood inside an object whose head is lost. */
  atUnmatchedBrace(): void {
    this.candidates.decide(this.#scope, this.candidates.count, verdict.pending, verdict.nested);
    this.#scope = this.candidates.count;
    this.#tear();
    this.#ground = 'none';
  }

  /** The same with nothing open. */
  atBaseBrace(isAfterList: boolean): void {
    this.#refuteBase(isAfterList);
    this.#baseFields = 0;
  }

  /**
   * The rest of an object passes where nothing is open. After a whole list this is either the rest of a message whose
   * head was lost without a trace, or what a longer file left behind a shorter one written over it. A message's entry
   * still has its other five fields to come, so the list is held until they have been seen or the file ends without them.
   */
  #refuteBase(isAfterList: boolean): void {
    // Behind a whole list a head must be lost: the rest of a longer text follows.
    if (this.#ends === 0) this.#looseTears += 1;
    this.#refuteBehindTear();
    // A file that was torn before, or whose messages carry entries, is no short file written over a longer one.
    const isOnlyTear = this.#tears === 0 || (this.#tears === 1 && !this.#isBeyondTear);
    if (this.isProven && isAfterList && isOnlyTear && !this.carriesEntries) {
      this.#heldFrom = this.#scope;
      this.#heldTo = this.candidates.count;
      this.#scope = this.#heldTo;
    }
    if ((this.#baseFields & afterMessageBits) === afterMessageBits) this.#decideHeld(verdict.nested);
    this.atUnmatchedBrace();
  }

  /** A bracket too many, though the last tear hides none: the head was lost before that tear, and without a trace. */
  #refuteBehindTear(): void {
    if (this.#isEnclosed) {
      this.candidates.decide(this.#shownFrom, this.candidates.count, verdict.shown, verdict.unproven);
      this.#shownFrom = this.candidates.count;
    }
    this.#isEnclosed = false;
  }

  /** The file ends; `isAtBase` when nothing is open and nothing was skipped, `isHeadless` when it does not begin as a queue does. */
  atEnd(isAtBase: boolean, isHeadless: boolean): void {
    // Fields at the base since the last bracket: the file ends inside an object whose head is lost.
    const isClean = isAtBase && this.#baseFields === 0;
    if (!isClean) this.#tear();
    if (isClean) this.#settleAs(verdict.top);
    else this.#settle();
    this.#decideHeld(verdict.shown);
    this.#weigh(isHeadless);
  }

  /**
   * What the whole file says of its proofs. Ground regained behind a torn entry is sure only if nothing in the file lacks
   * its other half. Where messages are known to carry entries, a seam without a trace is not far-fetched, so one tear has
   * to do, at a place where it hides neither end of a message: inside one entry, or where the text begins or ends.
   */
  #weigh(isHeadless: boolean): void {
    const isWary = this.carriesEntries;
    const isTrusted = !isWary || (this.#tears < 2 && (this.#looseTears === 0 || isHeadless));
    const turn = (known: Verdict, holds: boolean) =>
      this.candidates.decide(0, this.candidates.count, known, holds ? verdict.top : verdict.unproven);
    turn(verdict.top, isTrusted && !(isWary && this.#ends > 0));
    turn(verdict.regained, isTrusted && this.#looseTears === 0 && this.#ends === 0);
    turn(verdict.shown, isTrusted);
  }

  /** Everything pending gets what the ground it stands on is worth. */
  #settle(): void {
    if (this.#ground === 'start') this.#settleAs(verdict.shown);
    else this.#settleAs(this.#ground === 'regained' ? verdict.regained : verdict.unproven);
  }

  #settleAs(found: Verdict): void {
    this.candidates.decide(this.#scope, this.candidates.count, verdict.pending, found);
    this.#scope = this.candidates.count;
  }

  #leaveGround(): void {
    this.#tear();
    this.#decideHeld(verdict.nested);
    this.#settle();
    this.#ground = 'none';
    this.#isEnclosed = false;
  }

  #tear(): void {
    if (this.#tears === 0 || this.#isBeyondTear) this.#tears += 1;
    this.#tornAt = this.candidates.count;
  }

  /** An entry that nothing has refuted stands behind the last tear. */
  get #isBeyondTear(): boolean {
    return this.candidates.hasOther(this.#tornAt, this.candidates.count, verdict.nested);
  }

  #decideHeld(found: Verdict): void {
    this.candidates.decide(this.#heldFrom, this.#heldTo, verdict.pending, found);
    this.#heldFrom = this.#heldTo;
  }
}
