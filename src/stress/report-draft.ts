import type { WorkerReport } from './protocol.ts';

/** Collects what a worker will report next. */
export class ReportDraft {
  sent: [key: string, invokedAt: number, messages: number][] = [];
  acked: [key: string, at: number][] = [];
  nacked = 0;
  dead = 0;
  leaseCalls = 0;
  leased = 0;
  redelivered = 0;
  slowed = 0;
  #refused: Record<string, number> = {};

  refuse(code: string): void {
    this.#refused[code] = (this.#refused[code] ?? 0) + 1;
  }

  /** What gathered since the last time; undefined when nothing did. */
  take(): WorkerReport | undefined {
    const { sent, acked, nacked, dead, leaseCalls, leased, redelivered, slowed } = this;
    const refused = this.#refused;
    if (sent.length + acked.length + nacked + leaseCalls + Object.keys(refused).length === 0) return undefined;
    this.sent = [];
    this.acked = [];
    this.nacked = this.dead = this.leaseCalls = this.leased = this.redelivered = this.slowed = 0;
    this.#refused = {};
    return { sent, acked, nacked, dead, leaseCalls, leased, redelivered, slowed, refused };
  }
}
