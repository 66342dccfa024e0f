/** One JSON value: what the lab told, which the hub passes on and does not read. */
export type Told = Readonly<Record<string, unknown>>;

/**
 * `idle`: nothing ran yet. `passed` and `failed` are verdicts; `broken`: the run could not be made, and `trouble` says
 * why; `stopped`: somebody ended it.
 */
export interface StressState {
  readonly state: 'idle' | 'running' | 'passed' | 'failed' | 'broken' | 'stopped';
  /** Counts the runs of this hub, so that a reader notices another one. */
  readonly run: number;
  readonly startedAt?: number;
  readonly scenario?: Told;
  /** Four a second, from the one asked for on. */
  readonly samples: readonly Told[];
  readonly faults: readonly Told[];
  readonly result?: Told;
  readonly trouble?: string;
}

export interface StressPapers {
  readonly report: Told;
  /** The same as a page of its own. */
  readonly html: string;
}

/**
 * Starts the stress lab, which stands above the hub, for the page. One run at a time, in a process of its own that ends
 * with this one.
 */
export interface StressLauncher {
  /** `invalid_input` for a scenario the lab would refuse, `busy` while one runs. */
  start(preset: string | undefined, scenario: Told): Promise<StressState>;
  /** Samples from this one on. */
  state(from: number): StressState;
  /** Ends the run, if one is under way. Twice is fine. */
  stop(): Promise<void>;
  /** Of the last run that came to a verdict. */
  papers(): StressPapers | undefined;
}
