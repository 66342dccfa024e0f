import { Latency } from './latency.ts';
import type { WorkerReport } from './protocol.ts';
import type { FaultKind, Scenario } from './scenario.ts';
import type { StressSample } from './stress-sample.ts';

interface Sent {
  readonly at: number;
  /** Messages it became that are not acked yet. */
  left: number;
}

/**
 * Adds up what the workers report while they run: the live numbers. The last report of a process that is killed is
 * missing here; the verdict is therefore taken from the histories, never from this.
 */
export class Tally {
  readonly #scenario: Scenario;
  readonly #recent = new Latency();
  readonly #sent = new Map<string, Sent>();
  /** Acks whose send was not reported yet: processes report when they like. */
  readonly #early = new Map<string, number[]>();
  readonly #refused = new Map<string, number>();
  sent = 0;
  acked = 0;
  dead = 0;
  nacked = 0;
  leaseCalls = 0;
  leased = 0;
  redelivered = 0;
  slowed = 0;
  #sampledAt = 0;
  #sampledAcks = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  take(report: WorkerReport): void {
    for (const [key, at, messages] of report.sent) this.#addSent(key, at, messages);
    for (const [key, at] of report.acked) this.#addAcked(key, at);
    this.nacked += report.nacked;
    this.dead += report.dead;
    this.leaseCalls += report.leaseCalls;
    this.leased += report.leased;
    this.redelivered += report.redelivered;
    this.slowed += report.slowed;
    for (const [code, count] of Object.entries(report.refused)) {
      this.#refused.set(code, (this.#refused.get(code) ?? 0) + count);
    }
  }

  get refused(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refused);
  }

  refusals(code: string): number {
    return this.#refused.get(code) ?? 0;
  }

  get batchEfficiency(): number {
    return this.leaseCalls === 0 ? 0 : this.leased / this.leaseCalls / this.#scenario.batchSize;
  }

  /** `at` in milliseconds since the start; `faults` are under way. */
  sample(at: number, faults: readonly FaultKind[]): StressSample {
    const { durationMs, agents, messages } = this.#scenario;
    const seconds = Math.max(0.001, (at - this.#sampledAt) / 1_000);
    const sample: StressSample = {
      at,
      sent: this.sent,
      acked: this.acked,
      depth: Math.max(0, this.sent - this.acked - this.dead),
      throughput: (this.acked - this.#sampledAcks) / seconds,
      successRate: this.sent === 0 ? 1 : Math.min(1, this.acked / this.sent),
      latencyMs: this.#recent.summary(),
      batchEfficiency: this.batchEfficiency,
      redelivered: this.redelivered,
      refused: [...this.#refused.values()].reduce((sum, count) => sum + count, 0),
      progress: Math.min(1, durationMs === undefined ? this.acked / (agents * messages) : at / durationMs),
      faults: [...faults],
    };
    this.#sampledAt = at;
    this.#sampledAcks = this.acked;
    this.#recent.reset();
    return sample;
  }

  #addSent(key: string, at: number, messages: number): void {
    this.sent += messages;
    const entry: Sent = { at, left: messages };
    this.#sent.set(key, entry);
    const early = this.#early.get(key) ?? [];
    this.#early.delete(key);
    for (const ackedAt of early) this.#settle(key, entry, ackedAt);
  }

  #addAcked(key: string, at: number): void {
    this.acked += 1;
    const entry = this.#sent.get(key);
    if (entry !== undefined) this.#settle(key, entry, at);
    else this.#early.set(key, [...(this.#early.get(key) ?? []), at]);
  }

  #settle(key: string, entry: Sent, ackedAt: number): void {
    this.#recent.record(ackedAt - entry.at);
    entry.left -= 1;
    if (entry.left <= 0) this.#sent.delete(key);
  }
}
