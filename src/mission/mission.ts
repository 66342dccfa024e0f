/**
 * Work with an owner: named units, of which some are done. Progress is done units of all units; where an agent only counts,
 * the names may be missing.
 */
export interface Mission {
  readonly id: string;
  readonly title?: string;
  readonly owner: string;
  /**
   * Which ownership this is: the sequence of the change that made it. Rises with every hand-off and never repeats, not
   * even after a restore, so that the words of an earlier owner can be told apart.
   */
  readonly epoch: number;
  readonly done: number;
  /** All units there are, at least as many as are named. */
  readonly of: number;
  /** In the order they are meant to be worked; empty where they are only counted. */
  readonly units: readonly WorkUnit[];
  readonly createdAt: number;
  /** When its progress or owner last changed. */
  readonly updatedAt: number;
  /** Nobody works on it any more, done or not. */
  readonly droppedAt?: number;
}

export interface WorkUnit {
  readonly name: string;
  /** Reported by name. A count alone does not say which. */
  readonly done: boolean;
}

export type MissionState = 'open' | 'done' | 'dropped';

/** Most units of one mission: products of two such numbers are still exact. */
export const mostUnits = 1_000_000;
/** Most units with names of their own. */
export const mostNamedUnits = 1_000;
/** Reports kept for each mission. */
export const keptReports = 100;

/** What a progress came from: the agent's word, something observed (tests, commits, findings closed), or a legacy file. */
export const progressSources = ['agent', 'event', 'legacy'] as const;
export type ProgressSource = (typeof progressSources)[number];

/** One report that changed something, newest first in a list. */
export interface ProgressRecord {
  readonly number: number;
  readonly at: number;
  readonly by: string;
  /** Who really presented it when that is not `by`. */
  readonly via?: string;
  readonly source: ProgressSource;
  readonly done: number;
  readonly of: number;
  readonly change: Exclude<ProgressChange, 'none'>;
  readonly evidence?: string;
}

/**
 * What a report did: `scope` is the same share, of more or fewer units or with names for what was only counted; `evidence`
 * the same numbers with a new reason to believe them.
 */
export type ProgressChange = 'none' | 'forward' | 'scope' | 'back' | 'evidence';

export function stateOf({ droppedAt, done, of }: Pick<Mission, 'droppedAt' | 'done' | 'of'>): MissionState {
  if (droppedAt !== undefined) return 'dropped';
  return done >= of ? 'done' : 'open';
}

/** Units still to be done, in their order. Those counted as done without a name are taken to be the first unnamed ones. */
export function nextUnits({ units, done }: Pick<Mission, 'units' | 'done'>): string[] {
  const open = units.filter((unit) => !unit.done);
  const countedOnly = done - (units.length - open.length);
  return open.slice(Math.max(0, countedOnly)).map(({ name }) => name);
}

/** Negative when `a` is a smaller share than `b`; exact, because both are whole numbers below `mostUnits`. */
export function compareShares(a: { done: number; of: number }, b: { done: number; of: number }): number {
  return a.done * b.of - b.done * a.of;
}
