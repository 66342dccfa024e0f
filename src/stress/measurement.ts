import type { HistoryRecord } from '../history/record.ts';
import { Latency, type LatencyBar, type LatencySummary } from './latency.ts';
import type { Scenario } from './scenario.ts';

/** What one agent did, as a sender and as a receiver. */
export interface AgentRow {
  readonly agent: string;
  /** Messages it sent that were accepted. */
  readonly sent: number;
  /** Messages that reached its inbox's consumer. */
  readonly received: number;
  readonly acked: number;
  /** From the first send call to the ack's answer. */
  readonly latencyMs: LatencySummary;
}

export interface Measured {
  readonly sent: number;
  readonly acked: number;
  /** Messages acked per second from the first send call to the last ack's answer. */
  readonly throughput: number;
  readonly durationMs: number;
  /** acked ÷ sent. */
  readonly successRate: number;
  /** Send call to ack's answer; until the send was answered; until it was first delivered. */
  readonly latencyMs: LatencySummary;
  readonly acceptMs: LatencySummary;
  readonly deliveryMs: LatencySummary;
  readonly latencyBars: readonly LatencyBar[];
  readonly batch: { readonly size: number; readonly efficiency: number; readonly calls: number };
  readonly agents: readonly AgentRow[];
}

interface Path {
  readonly sentAt: number;
  readonly from: string;
  isAccepted: boolean;
}

/**
 * Times and rates of a history, record by record in order of time. It judges nothing: what was lost or doubled is the
 * checker's to say.
 */
export class Measurement {
  readonly #scenario: Scenario;
  readonly #accept = new Latency();
  readonly #delivery = new Latency();
  readonly #total = new Latency();
  readonly #paths = new Map<string, Path>();
  readonly #keys = new Map<string, string>();
  /** Ids whose accept was answered: a delivery may be told before. */
  readonly #accepted = new Set<string>();
  readonly #inboxes = new Map<string, string>();
  readonly #acked = new Set<string>();
  /** Message of each ack that was asked for and not answered yet. */
  readonly #openAcks = new Map<string, string>();
  readonly #agents = new Map<string, { sent: number; received: number; acked: number; latency: Latency }>();
  #firstSend = Number.POSITIVE_INFINITY;
  #lastAck = Number.NEGATIVE_INFINITY;
  #leased = 0;
  #leaseCalls = 0;
  /** Call of the last delivery of each process: several records of one call are one lease. */
  readonly #lastLease = new Map<string, number | undefined>();

  constructor(scenario: Scenario, agents: readonly string[]) {
    this.#scenario = scenario;
    for (const agent of agents) this.#agents.set(agent, { sent: 0, received: 0, acked: 0, latency: new Latency() });
  }

  take(record: HistoryRecord): void {
    const { op, phase } = record;
    if (op === 'send' && phase === 'invoke') this.#sendBegan(record);
    if (op === 'ack') this.#ack(record);
    if (phase !== 'ok' || record.id === undefined) return;
    if (op === 'send') this.#sent(record);
    if (op === 'lease') this.#delivered(record);
  }

  /** Ids of every message anybody was told of. */
  get ids(): Iterable<string> {
    return this.#keys.keys();
  }

  result(): Measured {
    const sent = [...this.#agents.values()].reduce((sum, agent) => sum + agent.sent, 0);
    const acked = this.#acked.size;
    const durationMs = Math.max(0, this.#lastAck - this.#firstSend);
    const { batchSize: size } = this.#scenario;
    return {
      sent,
      acked,
      throughput: acked === 0 ? 0 : acked / (Math.max(durationMs, 0.001) / 1_000),
      durationMs: acked === 0 ? 0 : durationMs,
      successRate: sent === 0 ? 0 : acked / sent,
      latencyMs: this.#total.summary(),
      acceptMs: this.#accept.summary(),
      deliveryMs: this.#delivery.summary(),
      latencyBars: this.#total.bars(),
      batch: {
        size,
        efficiency: this.#leaseCalls === 0 ? 0 : this.#leased / this.#leaseCalls / size,
        calls: this.#leaseCalls,
      },
      agents: [...this.#agents].map(([agent, { latency, ...counts }]) => ({
        agent,
        ...counts,
        latencyMs: latency.summary(),
      })),
    };
  }

  #sendBegan({ key = '', from = '', t_mono }: HistoryRecord): void {
    this.#firstSend = Math.min(this.#firstSend, t_mono);
    // A send that is repeated after a crash began when it was first tried.
    if (!this.#paths.has(key)) this.#paths.set(key, { sentAt: t_mono, from, isAccepted: false });
  }

  #sent({ id = '', key = '', t_mono }: HistoryRecord): void {
    const path = this.#paths.get(key);
    if (path === undefined) return;
    if (!path.isAccepted) this.#accept.record(t_mono - path.sentAt);
    path.isAccepted = true;
    // Told twice (a repeated send), it is still one message.
    const isNew = !this.#accepted.has(id);
    this.#keys.set(id, key);
    this.#accepted.add(id);
    const agent = this.#agents.get(path.from);
    if (isNew && agent !== undefined) agent.sent += 1;
  }

  #delivered({ id = '', key, inbox = '', proc, incarnation, call, t_mono }: HistoryRecord): void {
    const lease = `${proc}.${incarnation}`;
    if (this.#lastLease.get(lease) !== call || call === undefined) this.#leaseCalls += 1;
    this.#lastLease.set(lease, call);
    this.#leased += 1;
    const name = key ?? this.#keys.get(id);
    if (name !== undefined) this.#keys.set(id, name);
    if (this.#inboxes.has(id)) return;
    this.#inboxes.set(id, inbox);
    const path = this.#paths.get(name ?? '');
    if (path !== undefined) this.#delivery.record(t_mono - path.sentAt);
    const agent = this.#agents.get(inbox);
    if (agent !== undefined) agent.received += 1;
  }

  /** The end of an ack need not repeat what its invoke said. */
  #ack({ id, phase, proc, incarnation, call, t_mono }: HistoryRecord): void {
    const name = `${proc}.${incarnation}.${call}`;
    if (phase === 'invoke') {
      if (id !== undefined) this.#openAcks.set(name, id);
      return;
    }
    const acked = id ?? this.#openAcks.get(name);
    this.#openAcks.delete(name);
    if (phase === 'ok' && acked !== undefined) this.#ackedAt(acked, t_mono);
  }

  #ackedAt(id: string, t_mono: number): void {
    if (this.#acked.has(id)) return;
    this.#acked.add(id);
    this.#lastAck = Math.max(this.#lastAck, t_mono);
    const path = this.#paths.get(this.#keys.get(id) ?? '');
    const agent = this.#agents.get(this.#inboxes.get(id) ?? '');
    if (path !== undefined) {
      this.#total.record(t_mono - path.sentAt);
      agent?.latency.record(t_mono - path.sentAt);
    }
    if (agent !== undefined) agent.acked += 1;
  }
}
