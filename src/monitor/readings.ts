import type { FigureName, Reading } from './figure.ts';
import { quantile, quantileOfCounts, type RecentCounts, shareOf } from './rates.ts';
import type { Snapshot } from './snapshot.ts';
import type { QueueFigures } from './store-watch.ts';

/** Ended attempts, wake-ups and commits of which a share or percentile says something. */
const leastEnded = 20;
const leastWakes = 5;
const leastCommits = 20;

export interface Found
  extends Pick<Snapshot, 'health' | 'file' | 'sizes' | 'commits' | 'sources' | 'integrity' | 'troubles'> {
  /** Undefined when the store could not be asked. */
  readonly figures: QueueFigures | undefined;
  readonly unread: ReadonlyMap<string, number> | undefined;
  /** Commits of the last minute by bound. */
  readonly commitCounts: readonly number[];
  readonly shares: RecentCounts;
  readonly hour: RecentCounts;
  readonly integrityAgeMs: number;
}

/** Every figure from what one look found. Pure. */
export function readingsOf(found: Found): Pick<Snapshot, 'readings' | 'stats' | 'wakeMs' | 'oldestLeaseMs'> {
  const { figures, troubles } = found;
  const readings: Reading[] = [
    ...queueReadings(found),
    ...storeReadings(found),
    ...sourceReadings(found),
    {
      figure: 'monitor_trouble',
      value: troubles.length,
      ...(troubles[0] === undefined ? {} : { detail: troubles[0] }),
    },
  ];
  if (figures === undefined) return { readings };
  const { stats, wakeMs, oldestLeaseMs } = figures;
  const at = (share: number) => quantile(wakeMs, share);
  return {
    readings,
    stats,
    wakeMs: withoutUndefined({ p50: at(0.5), p95: at(0.95), p99: at(0.99) }),
    ...(oldestLeaseMs === undefined ? {} : { oldestLeaseMs }),
  };
}

function queueReadings({ figures, unread, shares, hour }: Found): Reading[] {
  const of = (figure: FigureName, value: number | undefined, detail?: string): Reading => ({
    figure,
    value: figures === undefined ? undefined : value,
    ...(detail === undefined ? {} : { detail }),
  });
  const { stats, fullest, wakeMs = [], oldestLeaseMs = 0 } = figures ?? {};
  const [acked, retried, dead] = [shares.sum('acked'), shares.sum('retried'), shares.sum('dead')];
  const ended = acked + retried + dead;
  return [
    of('depth', (stats?.ready ?? 0) + (stats?.scheduled ?? 0) + (stats?.leased ?? 0)),
    of('inbox_fill', fullest?.share ?? 0, fullest?.inbox),
    ...(unread === undefined
      ? [{ figure: 'idle_unread', value: undefined } as const]
      : [...unread].map(([subject, value]) => ({ figure: 'idle_unread', subject, value }) as const)),
    of('wake_latency', wakeMs.length < leastWakes ? undefined : quantile(wakeMs, 0.95)),
    of('lease_age', oldestLeaseMs),
    of('retry_rate', shareOf(retried, ended, leastEnded)),
    of('dead_rate', shareOf(dead, ended, leastEnded)),
    of('dead_letters', stats?.dead ?? 0),
    of('outbox_dead', hour.sum('outboxDead')),
  ];
}

function storeReadings({ health, file, sizes, commits, commitCounts, integrity, integrityAgeMs }: Found): Reading[] {
  const p95 = quantileOfCounts(commits.bounds, commitCounts, 0.95);
  const recent = commitCounts.reduce((sum, count) => sum + count, 0);
  return [
    { figure: 'commit_latency', value: p95 === undefined || recent < leastCommits ? undefined : p95 * 1_000 },
    { figure: 'wal_size', value: sizes.logBytes },
    { figure: 'disk_free', value: sizes.diskFreeBytes },
    downReading(health),
    fileReading(file),
    {
      figure: 'integrity',
      value: integrity.lastAt === undefined ? undefined : integrity.problems.length,
      ...(integrity.problems[0] === undefined ? {} : { detail: integrity.problems[0] }),
    },
    { figure: 'integrity_age', value: integrityAgeMs },
  ];
}

export function downReading({ state, reason }: Found['health']): Reading {
  const detail = reason ?? state;
  return { figure: 'store_state', value: state === 'open' ? 0 : 1, ...(state === 'open' ? {} : { detail }) };
}

export function fileReading({ state, detail }: Found['file']): Reading {
  const isBad = state !== 'sound' && state !== 'none';
  const told = isBad ? { detail: detail === undefined ? state : `${state}: ${detail}` } : {};
  return { figure: 'store_file', value: isBad ? 1 : 0, ...told };
}

function sourceReadings({ sources }: Found): Reading[] {
  return sources.flatMap(({ source: subject, persistent, parseErrorsLastHour, problem }) => {
    const detail = problem === undefined ? {} : { detail: problem };
    return [
      { figure: 'corruption', subject, value: persistent ? 1 : 0, ...detail },
      { figure: 'parse_errors', subject, value: parseErrorsLastHour, ...detail },
    ] as const;
  });
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  }; // the same keys, less the undefined ones
}
