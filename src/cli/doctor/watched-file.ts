import { isPersistent, withLook } from '../../monitor/persistence.ts';

/** How a legacy queue file was at one look. */
export interface Examination {
  readonly state: 'intact' | 'damaged' | 'missing' | 'unreadable';
  readonly bytes: number;
  /** Entries that could be salvaged now. */
  readonly recoverable: number;
  readonly ambiguous: number;
  /** Parse errors in this look. */
  readonly errors: number;
  /** The first of them, or why it could not be read. */
  readonly problem?: string;
}

/** One line of `doctor --watch`: this look and the counts since the watch began. */
export interface WatchReport extends Examination {
  readonly file: string;
  readonly at: string;
  readonly checks: number;
  /** Looks that found the file damaged or unreadable. */
  readonly parseErrors: number;
  /** Times a damaged file was found intact again. */
  readonly recoveries: number;
  /** Damaged in most of the last looks: not a writer caught in the act, but corruption that stays. */
  readonly persistent: boolean;
}

/** Counts what happens to one file. Pure: whoever looks hands the examination in. */
export class WatchedFile {
  readonly #file: string;
  #checks = 0;
  #parseErrors = 0;
  #recoveries = 0;
  #wasBad = false;
  #recent: readonly boolean[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  /** Counts this look and tells it. */
  record(found: Examination, at: string): WatchReport {
    const isBad = found.state === 'damaged' || found.state === 'unreadable';
    this.#checks += 1;
    if (isBad) this.#parseErrors += 1;
    // A file that is gone has not recovered: what it held is not back.
    if (this.#wasBad && found.state === 'intact') this.#recoveries += 1;
    if (isBad || found.state === 'intact') this.#wasBad = isBad;
    this.#recent = withLook(this.#recent, isBad);
    return {
      file: this.#file,
      at,
      ...found,
      checks: this.#checks,
      parseErrors: this.#parseErrors,
      recoveries: this.#recoveries,
      persistent: isPersistent(this.#recent),
    };
  }
}
