import { isPersistent, withLook } from './persistence.ts';
import { RecentCounts } from './rates.ts';

/** How something that is parsed was at one look. */
export interface Observation {
  /** The store, or the path of a queue file. */
  readonly source: string;
  readonly state: 'intact' | 'damaged' | 'missing' | 'unreadable';
  /** Parse errors, or damaged pages, in this look. */
  readonly errors?: number;
  /** Entries that were saved, and bytes that no entry could be made of. */
  readonly recovered?: number;
  readonly lostBytes?: number;
  readonly problem?: string;
  /** Tells one look from another: the same one is counted once. */
  readonly look?: string;
}

/** What is known of one source since this hub started. */
export interface SourceRecord {
  readonly source: string;
  readonly state: Observation['state'];
  readonly checks: number;
  /** Looks that found it damaged or unreadable. */
  readonly damaged: number;
  readonly parseErrors: number;
  readonly parseErrorsLastHour: number;
  /** Times that somebody tried to save what is in it, or that it was reopened. */
  readonly recoveryAttempts: number;
  /** Times it was found intact after it had been damaged. */
  readonly recoveries: number;
  readonly recovered: number;
  readonly lostBytes: number;
  /** Damaged in most of the last looks. */
  readonly persistent: boolean;
  readonly at: number;
  readonly problem?: string;
}

/** Sources kept at once; the one that was looked at longest ago goes first. */
export const mostSources = 100;
const hourMs = 3_600_000;

interface Kept {
  readonly record: SourceRecord;
  readonly looks: readonly boolean[];
  /** Damaged, and not seen intact since. */
  readonly isBad: boolean;
  readonly recent: RecentCounts;
  readonly look: string | undefined;
}

/** Counts what is found in each source. In memory: how a file was yesterday says nothing about today. */
export class SourceRecords {
  readonly #kept = new Map<string, Kept>();

  /** `steady` decides what the last hour is, `at` is the stamp people read. */
  note(found: Observation, steady: number, at: number): SourceRecord {
    const { source, state, look } = found;
    const before = this.#kept.get(source);
    if (before !== undefined && look !== undefined && before.look === look) return before.record;
    const isBad = state === 'damaged' || state === 'unreadable';
    const wasBad = before?.isBad ?? false;
    const looks = withLook(before?.looks ?? [], isBad);
    const recent = before?.recent ?? new RecentCounts(hourMs);
    const parseErrors = Math.max(isBad ? 1 : 0, found.errors ?? 0);
    recent.add(steady, { errors: parseErrors });
    const record: SourceRecord = {
      source,
      state,
      ...summed(before?.record, {
        checks: 1,
        damaged: isBad ? 1 : 0,
        parseErrors,
        recoveryAttempts: found.recovered === undefined ? 0 : 1,
        recoveries: wasBad && state === 'intact' ? 1 : 0,
        recovered: found.recovered ?? 0,
        lostBytes: found.lostBytes ?? 0,
      }),
      parseErrorsLastHour: recent.sum('errors'),
      persistent: isPersistent(looks),
      at,
      ...(found.problem === undefined ? {} : { problem: found.problem }),
    };
    // Taken out and put back: the order of the map is the order of the last looks.
    this.#kept.delete(source);
    // A file that is gone has not recovered: what it held is not back.
    this.#kept.set(source, { record, looks, isBad: isBad || (wasBad && state !== 'intact'), recent, look });
    this.#forgetOldest();
    return record;
  }

  /** Those looked at longest ago first; errors that are older than an hour by now are not counted any more. */
  list(steady: number): SourceRecord[] {
    return [...this.#kept.values()].map(({ record, recent }) => {
      recent.add(steady, {});
      return { ...record, parseErrorsLastHour: recent.sum('errors') };
    });
  }

  #forgetOldest(): void {
    for (const source of this.#kept.keys()) {
      if (this.#kept.size <= mostSources) return;
      this.#kept.delete(source);
    }
  }
}

type Sums = Pick<
  SourceRecord,
  'checks' | 'damaged' | 'parseErrors' | 'recoveryAttempts' | 'recoveries' | 'recovered' | 'lostBytes'
>;

function summed(before: Sums | undefined, step: Sums): Sums {
  return {
    checks: (before?.checks ?? 0) + step.checks,
    damaged: (before?.damaged ?? 0) + step.damaged,
    parseErrors: (before?.parseErrors ?? 0) + step.parseErrors,
    recoveryAttempts: (before?.recoveryAttempts ?? 0) + step.recoveryAttempts,
    recoveries: (before?.recoveries ?? 0) + step.recoveries,
    recovered: (before?.recovered ?? 0) + step.recovered,
    lostBytes: (before?.lostBytes ?? 0) + step.lostBytes,
  };
}
