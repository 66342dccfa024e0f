import type { HistoryWriter } from '../history/history-writer.ts';
import { recordSwarm } from '../history/record-swarm.ts';
import { Recorder } from '../history/recorder.ts';
import type { SendInput } from '../hub/api.ts';
import { connectSwarm } from '../sdk/connect.ts';
import type { Swarm } from '../sdk/swarm.ts';
import type { Delivery, StressClient } from './client.ts';
import type { Scenario } from './scenario.ts';

/** How long a call is carried across a hub that was killed: longer than any restart takes. */
export const carryMs = 60_000;
const waitMs = 1_000;
/** A nacked message comes back soon: the run shall not wait for a backoff of seconds. */
const nackDelayMs = 20;

/** The hub under test through the SDK that users have, with everything written down. */
export class WaggleClient implements StressClient {
  readonly #swarm: Swarm;
  readonly #scenario: Scenario;
  readonly #history: HistoryWriter;
  /** Not recorded. */
  readonly #plain: Swarm;
  #isToDie = false;

  private constructor(swarm: Swarm, scenario: Scenario, history: HistoryWriter) {
    this.#scenario = scenario;
    this.#history = history;
    this.#plain = swarm;
    const send = async (message: SendInput) => {
      const receipt = await swarm.send(message);
      if (this.#isToDie) process.kill(process.pid, 'SIGKILL');
      return receipt;
    };
    this.#swarm = recordSwarm({ ...swarm, send }, new Recorder(history));
  }

  static async connect(dir: string, scenario: Scenario, history: HistoryWriter): Promise<WaggleClient> {
    return new WaggleClient(await connectSwarm({ dir, start: false, retryForMs: carryMs }), scenario, history);
  }

  /**
   * Sends, leases and acks messages of its own in an inbox of its own, so that neither the hub nor this process meets
   * the run with cold code. They are no part of the run, nor of its history.
   */
  async warmUp(name: string, payload: unknown): Promise<void> {
    const { warmUp } = this.#scenario;
    if (warmUp === 0) return;
    const inbox = `warm-up-${name}`;
    await this.#plain.agents.add({ id: inbox });
    await Promise.all(
      Array.from({ length: warmUp }, () =>
        this.#plain.send({ to: inbox, from: inbox, body: payload, kind: 'warm-up' }),
      ),
    );
    const limit = Math.min(warmUp, this.#scenario.batchSize);
    for (;;) {
      const batch = await this.#plain.lease(inbox, { limit, leaseMs: this.#scenario.leaseMs });
      if (batch.length === 0) break;
      await Promise.all(batch.map((message) => this.#plain.ack(message)));
    }
    // A broadcast of the run must not find it.
    await this.#plain.agents.remove(inbox);
  }

  /** `kill -9` where it hurts most: a send is accepted but not answered, messages are leased but not settled. */
  dieInNextExchange(): void {
    this.#isToDie = true;
  }

  async send(message: SendInput): Promise<readonly string[]> {
    const { id, ids } = await this.#swarm.send(message);
    return ids ?? [id];
  }

  async lease(inbox: string, signal: AbortSignal): Promise<readonly Delivery[]> {
    const { batchSize, leaseMs } = this.#scenario;
    const messages = await this.#swarm.lease(inbox, { limit: batchSize, leaseMs, waitMs, signal });
    if (this.#isToDie && messages.length > 0) {
      this.#history.flush(); // so that the coming redelivery is known for one
      process.kill(process.pid, 'SIGKILL');
    }
    return messages;
  }

  ack(delivery: Delivery): Promise<void> {
    return this.#swarm.ack(delivery);
  }

  async nack(delivery: Delivery): Promise<{ dead: boolean }> {
    const { state } = await this.#swarm.nack(delivery, { delayMs: nackDelayMs, reason: 'the handler failed' });
    return { dead: state === 'dead' };
  }

  close(): Promise<void> {
    return this.#swarm.close();
  }
}
