import type { Snapshot } from './snapshot.ts';

/** One look, in the few numbers that charts are drawn of. Rates are per second. */
export interface SeriesPoint {
  /** Wall time. */
  readonly at: number;
  readonly accepted: number;
  readonly acked: number;
  readonly retried: number;
  readonly dead: number;
  readonly ready: number;
  readonly scheduled: number;
  readonly leased: number;
  readonly deadLetters: number;
  /** Null when it could not be told. */
  readonly wakeP95Ms: number | null;
  readonly commitP95Ms: number | null;
  readonly logBytes: number | null;
  readonly diskFreeBytes: number | null;
  readonly parseErrors: number;
  readonly recoveries: number;
}

/** A quarter of an hour of looks. */
export const pointsKept = 450;

/** The last looks, in memory: enough for a page that is opened now to show how it came to this. */
export class Series {
  #points: SeriesPoint[] = [];

  add(snapshot: Snapshot): void {
    this.#points.push(pointOf(snapshot));
    if (this.#points.length > pointsKept) this.#points.shift();
  }

  since(at: number): readonly SeriesPoint[] {
    return this.#points.filter((point) => point.at > at);
  }
}

function pointOf({ at, rates, stats, readings, sizes, sources }: Snapshot): SeriesPoint {
  const value = (name: string) => readings.find(({ figure }) => figure === name)?.value ?? null;
  return {
    at,
    ...rates,
    ready: stats?.ready ?? 0,
    scheduled: stats?.scheduled ?? 0,
    leased: stats?.leased ?? 0,
    deadLetters: stats?.dead ?? 0,
    wakeP95Ms: value('wake_latency'),
    commitP95Ms: value('commit_latency'),
    logBytes: sizes.logBytes ?? null,
    diskFreeBytes: sizes.diskFreeBytes ?? null,
    parseErrors: sources.reduce((sum, { parseErrors }) => sum + parseErrors, 0),
    recoveries: sources.reduce((sum, { recoveries }) => sum + recoveries, 0),
  };
}
