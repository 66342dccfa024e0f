import { availableParallelism } from 'node:os';
import { type Clock, sleep, systemClock } from '../clock.ts';
import { checkHistoryFiles } from '../history/check-files.ts';
import { openHistory } from '../history/history-reader.ts';
import { HistoryWriter } from '../history/history-writer.ts';

import { Recorder } from '../history/recorder.ts';
import { packageVersion } from '../version.ts';
import { stream } from './chance.ts';
import { Crew } from './crew.ts';
import { type ScheduleParts, sendUntil, sendWithFaults } from './fault-schedule.ts';
import { LegacyTarget } from './legacy-target.ts';
import { Measurement } from './measurement.ts';
import type { FaultKind, Scenario } from './scenario.ts';
import { describeFinding, type FaultRecord, judge, type StressReport } from './stress-report.ts';
import type { StressSample } from './stress-sample.ts';
import { Tally } from './tally.ts';
import type { Target } from './target.ts';
import { WaggleTarget } from './waggle-target.ts';
import { Workspace } from './workspace.ts';

export interface RunOptions {
  readonly signal?: AbortSignal;
  /** Hears four times a second how it goes. */
  readonly onSample?: (sample: StressSample) => void;
  readonly onFault?: (fault: FaultRecord) => void;
  /** Told where the folder is when it is kept: on `keep`, or when the run failed. */
  readonly onKept?: (path: string) => void;
  readonly keep?: boolean;
  /** Remove the folder even of a run that failed: it was expected to. */
  readonly discard?: boolean;
  readonly clock?: Clock;
}

const sampleEveryMs = 250;
const lookEveryMs = 25;
/** Consumers that get nowhere for this long will not get anywhere. */
const stuckAfterMs = 15_000;
/** The legacy file has no hub that gives back what a lost update left half done. */
const legacyStuckAfterMs = 1_500;

/**
 * Runs one scenario in an isolated folder with processes of its own, and accounts for every message by id. Resolves
 * with the report whatever its verdict; rejects with `aborted` when the signal does, and with the reason when the run
 * could not be made. Either way everything it started has ended.
 */
export async function run(scenario: Scenario, options: RunOptions = {}): Promise<StressReport> {
  const workspace = new Workspace(scenario);
  let isFailed = true;
  try {
    const report = await new StressRun(scenario, workspace, options).run();
    isFailed = report.result.verdict === 'failed';
    return report;
  } finally {
    const isAborted = options.signal?.aborted === true;
    const keep = options.keep === true || (isFailed && !isAborted && options.discard !== true);
    workspace.close({ keep });
    if (keep) options.onKept?.(workspace.path);
  }
}

class StressRun {
  readonly #scenario: Scenario;
  readonly #workspace: Workspace;
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #agents: readonly string[];
  readonly #tally: Tally;
  readonly #target: Target;
  readonly #crew: Crew;
  readonly #samples: StressSample[] = [];
  readonly #faults: FaultRecord[] = [];
  readonly #faultsUnderWay = new Set<FaultKind>();
  readonly #trouble: string[] = [];
  #beganAt = 0;

  constructor(scenario: Scenario, workspace: Workspace, options: RunOptions) {
    this.#scenario = scenario;
    this.#workspace = workspace;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#agents = Array.from({ length: scenario.agents }, (_, index) => `agent-${index + 1}`);
    this.#tally = new Tally(scenario);
    this.#target =
      scenario.target === 'legacy' ? new LegacyTarget(workspace.legacyFile) : new WaggleTarget(scenario, workspace);
    this.#crew = new Crew({
      scenario,
      agents: this.#agents,
      place: this.#target.place,
      histories: workspace.histories,
      onReport: (report) => this.#tally.take(report),
      signal: this.#signal,
    });
  }

  async run(): Promise<StressReport> {
    const startedAt = new Date(this.#clock.now()).toISOString();
    try {
      this.#signal.throwIfAborted();
      await this.#target.start(this.#agents);
      await this.#crew.start();
      await this.#work();
      const measurement = this.#measure();
      using history = new HistoryWriter(this.#workspace.histories, 'lab');
      this.#trouble.push(...(await this.#target.testify(measurement.ids, new Recorder(history))));
      history.close();
      await this.#target.stop();
      return await this.#report(startedAt, measurement);
    } finally {
      await this.#crew.kill();
      await this.#target.kill();
    }
  }

  async #work(): Promise<void> {
    this.#beganAt = this.#clock.monotonic();
    const stopSampling = this.#sampleOnAndOn();
    try {
      const { durationMs } = this.#scenario;
      const parts = this.#scheduleParts();
      await (durationMs === undefined ? sendWithFaults(parts) : sendUntil(durationMs, parts));
      await this.#drain();
      await this.#crew.stopConsumers();
    } finally {
      stopSampling();
    }
    this.#sample();
  }

  #scheduleParts(): ScheduleParts {
    const { producers, consumers } = this.#crew;
    const bench = {
      producers,
      consumers,
      tally: this.#tally,
      clock: this.#clock,
      random: stream(this.#scenario.seed, 'faults'),
      signal: this.#signal,
    };
    return {
      ...bench,
      scenario: this.#scenario,
      crew: this.#crew,
      at: () => this.#at(),
      makeFault: (kind, release) => this.#target.makeFault(kind, { ...bench, release }),
      onBegin: (kind) => this.#faultsUnderWay.add(kind),
      onEnd: (fault) => {
        this.#faultsUnderWay.delete(fault.kind);
        this.#faults.push(fault);
        this.#options.onFault?.(fault);
      },
    };
  }

  /** Waits until nothing is left, or nothing moves any more. */
  async #drain(): Promise<void> {
    const patienceMs = this.#scenario.target === 'legacy' ? legacyStuckAfterMs : stuckAfterMs + this.#scenario.leaseMs;
    let movedAt = this.#clock.monotonic();
    let lastSeen = -1;
    for (;;) {
      this.#crew.check();
      if ((await this.#target.open()) === 0) return;
      const seen = this.#tally.leased + this.#tally.acked + this.#tally.nacked;
      if (seen !== lastSeen) movedAt = this.#clock.monotonic();
      lastSeen = seen;
      if (this.#clock.monotonic() - movedAt > patienceMs) {
        this.#trouble.push(`${await this.#target.open()} messages were left, and nothing moved for ${patienceMs} ms`);
        return;
      }
      await sleep(this.#clock, lookEveryMs, this.#signal);
    }
  }

  async #report(startedAt: string, measurement: Measurement): Promise<StressReport> {
    const { histories } = this.#workspace;
    const checked = await checkHistoryFiles([histories], { isDrained: true });
    const measured = measurement.result();
    return {
      format: 'waggle-stress-1',
      startedAt,
      scenario: this.#scenario,
      environment: {
        version: packageVersion,
        node: process.version,
        platform: `${process.platform} ${process.arch}`,
        cpus: availableParallelism(),
        durability: durabilityOf(this.#scenario, this.#workspace),
      },
      result: judge(checked, measured, this.#trouble),
      acceptMs: measured.acceptMs,
      deliveryMs: measured.deliveryMs,
      latencyBars: measured.latencyBars,
      agents: measured.agents,
      samples: this.#samples,
      faults: this.#faults,
      refused: this.#tally.refused,
      findings: [...this.#trouble, ...checked.findings.map(describeFinding)],
      notChecked: checked.notChecked,
    };
  }

  #measure(): Measurement {
    const measurement = new Measurement(this.#scenario, this.#agents);
    for (const record of openHistory([this.#workspace.histories]).records) measurement.take(record);
    return measurement;
  }

  #at(): number {
    return Math.round(this.#clock.monotonic() - this.#beganAt);
  }

  #sample(): void {
    const sample = this.#tally.sample(this.#at(), [...this.#faultsUnderWay]);
    this.#samples.push(sample);
    this.#options.onSample?.(sample);
  }

  #sampleOnAndOn(): () => void {
    let cancel = () => {};
    const again = () => {
      cancel = this.#clock.setTimer(sampleEveryMs, () => {
        this.#sample();
        again();
      });
    };
    again();
    return () => cancel();
  }
}

function durabilityOf({ target, store }: Scenario, { hasSmallDisk }: Workspace): string {
  if (store === 'memory' && target === 'waggle') return 'none: messages live in the hub';
  const disk = hasSmallDisk ? ' on a small disk in memory, mounted to be filled' : '';
  return `${target === 'legacy' ? 'fsync of the file after each rewrite' : 'fsync before each answer'}${disk}`;
}
