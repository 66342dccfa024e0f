/**
 * What the monitor looks at: one figure of health each, with what it means and what to do about it. A figure of `each`
 * has one value per subject (an agent, a file, a destination); the others one for the hub.
 */
export interface FigureSpec {
  readonly title: string;
  readonly unit: 'messages' | 'ms' | 'bytes' | 'ratio' | 'count' | 'per hour';
  /** What its subjects are; absent: it has none. */
  readonly each?: 'agent' | 'source';
  /** A subject that is not told any more is well. Without it, nothing is known of such a subject. */
  readonly absent?: 'well';
  /** What a person does when it is bad. */
  readonly advice: string;
}

export const figures = {
  depth: {
    title: 'messages waiting',
    unit: 'messages',
    advice: 'see who is behind with waggle agent list; start another agent of that role, or send less',
  },
  inbox_fill: {
    title: 'fullest inbox, share of its limit',
    unit: 'ratio',
    advice: 'its agent is not reading: waggle agent show NAME; above its limit sends are refused with queue_full',
  },
  idle_unread: {
    title: 'unread while its agent is idle',
    unit: 'ms',
    each: 'agent',
    absent: 'well',
    advice: 'wake it (waggle delivery status NAME shows which doors are open), or restart it',
  },
  wake_latency: {
    title: 'time until mail is picked up, p95',
    unit: 'ms',
    advice: 'open a door that wakes the agents: waggle delivery open, or more agents of that role',
  },
  lease_age: {
    title: 'oldest lease held',
    unit: 'ms',
    advice: 'its agent works on one message for very long, or only extends it: waggle agent list shows who',
  },
  retry_rate: {
    title: 'attempts that were given back',
    unit: 'ratio',
    advice: 'waggle dead list and waggle message ID show the reasons; mend the handler, or nack with terminal',
  },
  dead_rate: {
    title: 'attempts that ended dead',
    unit: 'ratio',
    advice: 'waggle dead list shows the reasons; mend, then waggle dead redrive',
  },
  dead_letters: {
    title: 'dead letters kept',
    unit: 'messages',
    advice: 'waggle dead list shows why; waggle dead redrive or purge',
  },
  commit_latency: {
    title: 'commit with its sync, p95',
    unit: 'ms',
    advice: 'the disk is slow or busy: look for other writers, move .waggle to a faster disk',
  },
  wal_size: {
    title: 'log not yet moved into the store',
    unit: 'bytes',
    advice: 'another process reads the store for long: fuser .waggle/waggle.db names it; end it',
  },
  disk_free: {
    title: 'free disk space',
    unit: 'bytes',
    advice: 'free space: below 64 MiB nothing more is accepted',
  },
  store_state: {
    title: 'store out of service',
    unit: 'count',
    advice: 'waggle doctor says what is wrong; restore a backup with waggle restore FILE',
  },
  store_file: {
    title: 'store file missing, replaced or unreadable',
    unit: 'count',
    advice: 'put the file back or restore a backup: waggle restore FILE; do not delete what is left of it',
  },
  integrity: {
    title: 'damage found by the last check',
    unit: 'count',
    advice: 'waggle down, copy .waggle aside, then waggle restore the newest backup; check the disk',
  },
  integrity_age: {
    title: 'time since the last integrity check',
    unit: 'ms',
    advice: 'the check cannot run or does not end: the log of the hub says why',
  },
  corruption: {
    title: 'damaged in most of the last checks',
    unit: 'count',
    each: 'source',
    advice: 'whatever writes it keeps damaging it: stop that writer, then waggle recover FILE',
  },
  parse_errors: {
    title: 'parse errors of a source in the last hour',
    unit: 'per hour',
    each: 'source',
    absent: 'well',
    advice: 'waggle recover FILE shows what is damaged and saves what is intact',
  },
  outbox_dead: {
    title: 'entries that could not leave this machine, in the last hour',
    unit: 'per hour',
    advice: 'waggle outbox list --state dead shows why; waggle outbox redrive sends them again',
  },
  monitor_trouble: {
    title: 'figures that could not be taken',
    unit: 'count',
    advice: 'the monitor is blind in part: the log of the hub says why',
  },
} as const satisfies Record<string, FigureSpec>;

export type FigureName = keyof typeof figures;
export const figureNames = Object.keys(figures) as readonly FigureName[]; // the keys of the literal above

/** The same with every key there may be. */
export function figureSpec(figure: FigureName): FigureSpec {
  return figures[figure];
}

/** One value at one instant. `undefined`: it could not be told, or too little has happened to tell. Never taken for zero. */
export interface Reading {
  readonly figure: FigureName;
  readonly subject?: string;
  readonly value: number | undefined;
  /** For people: which file, what was found. */
  readonly detail?: string;
}

/** A value as people read it. */
export function formatValue(unit: FigureSpec['unit'], value: number): string {
  switch (unit) {
    case 'ratio':
      return `${round(value * 100)} %`;
    case 'ms':
      return value < 1_000
        ? `${round(value)} ms`
        : value < 120_000
          ? `${round(value / 1_000)} s`
          : `${round(value / 60_000)} min`;
    case 'bytes':
      return value < 1_048_576
        ? `${round(value / 1_024)} KiB`
        : value < 1_073_741_824
          ? `${round(value / 1_048_576)} MiB`
          : `${round(value / 1_073_741_824)} GiB`;
    case 'per hour':
      return `${round(value)} an hour`;
    case 'messages':
    case 'count':
      return String(round(value));
  }
}

function round(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 10) / 10;
}
