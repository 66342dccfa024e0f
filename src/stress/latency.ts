import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Milliseconds; 0 everywhere while nothing was recorded. */
export interface LatencySummary {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** A bar of the distribution: how many took at least `fromMs` and less than `toMs`. */
export interface LatencyBar {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** Bars grow by this factor: a fifth of a decade. */
const barGrowth = 10 ** 0.2;
const firstBarMs = 0.1;

/** Latencies in an HDR histogram (three significant digits, in microseconds) and as bars for a plot. */
export class Latency {
  readonly #histogram: RecordableHistogram = createHistogram({ figures: 3 });
  readonly #bars = new Map<number, number>();

  record(ms: number): void {
    this.#histogram.record(Math.max(1, Math.round(ms * 1_000)));
    const bar = ms < firstBarMs ? -1 : Math.floor(Math.log(ms / firstBarMs) / Math.log(barGrowth));
    this.#bars.set(bar, (this.#bars.get(bar) ?? 0) + 1);
  }

  get count(): number {
    return this.#histogram.count;
  }

  reset(): void {
    this.#histogram.reset();
    this.#bars.clear();
  }

  summary(): LatencySummary {
    const at = (percent: number) => (this.count === 0 ? 0 : this.#histogram.percentile(percent) / 1_000);
    return { p50: at(50), p95: at(95), p99: at(99), max: this.count === 0 ? 0 : this.#histogram.max / 1_000 };
  }

  /** From the lowest to the highest that holds anything, without holes. */
  bars(): LatencyBar[] {
    const indexes = [...this.#bars.keys()];
    if (indexes.length === 0) return [];
    const bars: LatencyBar[] = [];
    for (let index = Math.min(...indexes); index <= Math.max(...indexes); index += 1) {
      const fromMs = index < 0 ? 0 : firstBarMs * barGrowth ** index;
      bars.push({ fromMs, toMs: firstBarMs * barGrowth ** (index + 1), count: this.#bars.get(index) ?? 0 });
    }
    return bars;
  }
}
