import { type Clock, sleep } from '../clock.ts';
import type { Publisher } from '../outbox/publisher.ts';
import type { Service } from '../service.ts';
import type { Store, StoreHealth } from '../store/store.ts';
import { AlertBoard } from './alert-board.ts';
import type { AlertRule } from './alert-rule.ts';
import { AlertSinks } from './alert-sinks.ts';
import { Alerts } from './alerts.ts';
import { type HealthReport, healthOf } from './health.ts';
import type { Measured } from './metric-specs.ts';
import { Observer } from './observer.ts';
import { downReading, fileReading } from './readings.ts';
import { reasonOf } from './reason.ts';
import { Series, type SeriesPoint } from './series.ts';
import type { Snapshot } from './snapshot.ts';

export interface MonitorOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly rules: readonly AlertRule[];
  readonly publishers: readonly Publisher[];
  readonly newId: () => string;
  /** The log of the hub: where alerts are told that nobody else can be told of. */
  readonly log: (line: string) => void;
  /** Between two integrity checks; 0 makes none. */
  readonly checkEveryMs: number;
  /** The process it runs in, now. */
  readonly process: () => Pick<Measured, 'version' | 'startedAt' | 'process'>;
}

/** Between two looks: with it a store that is gone is told of well within 5 s (docs/monitoring.md). */
export const lookEveryMs = 2_000;
/** The first check waits until a hub that has just started has done what it was started for. */
const firstCheckMs = 60_000;
/** Pause after a slice of a check, in times of what it took: it uses a tenth of one processor. */
const restPerWork = 9;

/** Looks at the swarm, raises alerts, and answers how it is. What it cannot see it says so. */
export class Monitor {
  readonly alerts: Alerts;
  readonly observer: Observer;
  readonly series = new Series();
  readonly #options: MonitorOptions;
  readonly #board: AlertBoard;
  readonly #sinks: AlertSinks;
  #wasRecovering = false;

  constructor(options: MonitorOptions) {
    const { store, clock, rules, publishers, newId, log } = options;
    this.#options = options;
    this.observer = new Observer(store, clock);
    this.#board = new AlertBoard({ clock, rules, newId });
    this.#sinks = new AlertSinks({ clock, publishers, log });
    this.alerts = new Alerts({ store, clock, board: this.#board, sinks: this.#sinks, newId, log });
  }

  get rules(): readonly AlertRule[] {
    return this.#board.rules;
  }

  /** What a rule has found, of any of its subjects: nothing, a condition that has not lasted yet, or an alert. */
  stateOf(rule: string): 'quiet' | 'pending' | 'firing' {
    return this.#board.stateOf(rule);
  }

  /** To be called when a destination was added or removed: from then on it is known where to post without the store. */
  async learnDestinations(): Promise<void> {
    this.#sinks.remember(await this.#options.store.outbox.destinations());
  }

  async metrics(): Promise<{ contentType: string; text: string }> {
    const { snapshot, ...health } = await this.health();
    // Loaded by the first who asks: most hubs are never scraped.
    const { renderMetrics } = await import('./metrics.ts');
    return renderMetrics({ snapshot, health, open: this.alerts.open, ...this.#options.process() });
  }

  look(): Promise<Snapshot> {
    return this.observer.look();
  }

  async health(): Promise<HealthReport & { readonly snapshot: Snapshot }> {
    const snapshot = await this.look();
    return { ...healthOf(snapshot, this.rules, this.alerts.open), snapshot };
  }

  /** What must go on for alerts to be raised: looks, checks, and an ear for the store's own alarm. */
  services(): readonly Service[] {
    return [
      { name: 'monitor', run: (signal) => this.#watch(signal) },
      ...(this.#options.checkEveryMs > 0
        ? [{ name: 'integrity-check', run: (signal: AbortSignal) => this.#check(signal) }]
        : []),
    ];
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#options;
    const stopListening = store.onHealth((health) => this.#hear(health));
    try {
      while (!signal.aborted) {
        await this.#lookAndJudge();
        await sleep(clock, lookEveryMs, signal).catch(() => {});
      }
    } finally {
      stopListening();
      // A hub that leaves because of its store leaves when the world has been told.
      await this.#sinks.flush();
    }
  }

  async #lookAndJudge(): Promise<void> {
    try {
      const snapshot = await this.look();
      this.series.add(snapshot);
      await this.alerts.consider(snapshot.readings, true);
    } catch (error) {
      // A defect of ours: the next look is tried all the same, and this one is told.
      const detail = reasonOf(error);
      this.#options.log(`monitor: a look failed: ${detail}`);
      await this.alerts.consider([{ figure: 'monitor_trouble', value: 1, detail }], false);
    }
  }

  /** Without waiting for a look, and without asking the store for anything. */
  #hear(health: StoreHealth): void {
    const { state, reason = state, code } = health;
    if (state === 'closed') return;
    if (state === 'recovering')
      this.observer.observe({ source: 'store', state: 'damaged', recovered: 0, problem: reason });
    else if (this.#wasRecovering && state === 'open') this.observer.observe({ source: 'store', state: 'intact' });
    this.#wasRecovering = state === 'recovering';
    const gone = code === 'store_missing' ? [fileReading({ state: 'missing', detail: reason })] : [];
    void this.alerts.consider([downReading(health), ...gone], false);
  }

  async #check(signal: AbortSignal): Promise<void> {
    const { clock, checkEveryMs } = this.#options;
    const rest = (ms: number) => sleep(clock, ms, signal);
    try {
      for (let wait = Math.min(firstCheckMs, checkEveryMs); ; wait = checkEveryMs) {
        await rest(wait);
        await this.checkNow((sliceMs) => rest(sliceMs * restPerWork), signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** One whole check; what it finds is judged by the next look. A check that cannot be made is a finding. */
  async checkNow(breathe: (sliceMs: number) => Promise<void> = async () => {}, signal?: AbortSignal): Promise<void> {
    const { store, log } = this.#options;
    try {
      const { problems, busyMs } = await store.watch.check(breathe);
      this.observer.checked(
        problems.map(({ what, detail }) => `${what}: ${detail}`),
        busyMs,
      );
    } catch (error) {
      if (signal?.aborted === true) return;
      const text = reasonOf(error);
      log(`monitor: the integrity check failed: ${text}`);
      this.observer.checked([`the check could not be made: ${text}`], 0);
    }
  }

  /** What was seen in the last quarter of an hour, oldest first. */
  points(after: number): readonly SeriesPoint[] {
    return this.series.since(after);
  }
}
