import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { type Clock, sleep } from '../clock.ts';
import { bodyHash, type Recorder } from '../history/recorder.ts';
import type { SendInput } from '../hub/api.ts';
import type { Delivery, StressClient } from './client.ts';
import type { Scenario } from './scenario.ts';

/** An entry as it was read: two writers can leave one that parses and lacks members. */
export interface LegacyEntry {
  readonly queue_id: string | undefined;
  readonly recipient: string | undefined;
  readonly priority_score: number;
  status: 'PENDING' | 'PROCESSING' | 'DELIVERED' | 'FAILED';
  attempts: number;
  readonly key: string | undefined;
  /** JSON source of the body. */
  readonly content: string | undefined;
}

/** The legacy writer streamed its JSON to the file in blocks. */
const blockBytes = 512;
const maxAttempts = 5;
const emptyPauseMs = 10;

/**
 * The algorithm that lost 18 of 90 messages, written anew as the lab's negative control: load the whole file, take any
 * error for an empty queue, change one entry, truncate in place, write in blocks. Nothing locks. Each rewrite is
 * synced, so that it is compared with Waggle at the same durability. Never use it for anything.
 */
export class LegacyClient implements StressClient {
  readonly #file: string;
  readonly #scenario: Scenario;
  readonly #clock: Clock;
  readonly #recorder: Recorder;

  constructor(file: string, scenario: Scenario, recorder: Recorder, clock: Clock) {
    this.#recorder = recorder;
    this.#file = file;
    this.#scenario = scenario;
    this.#clock = clock;
  }

  send(message: SendInput): Promise<readonly string[]> {
    const { to: inbox, idempotencyKey } = message;
    const key = String(idempotencyKey);
    const facts = { key, inbox, hash: bodyHash(message.body) };
    return this.#recorder.around(
      'send',
      facts,
      async () => [await this.#append(message, key)],
      (ids) => ids.map((id) => ({ id, key, inbox })),
    );
  }

  lease(inbox: string, signal: AbortSignal): Promise<readonly Delivery[]> {
    return this.#recorder.around(
      'lease',
      { inbox },
      () => this.#take(inbox, signal),
      (batch) => batch.map(({ id, gen, attempt, bodyText }) => ({ id, inbox, gen, attempt, hash: bodyHash(bodyText) })),
    );
  }

  async ack({ id, gen }: Delivery): Promise<void> {
    await this.#recorder.around('ack', { id, gen }, async () => this.#update(id, 'DELIVERED'));
    await turn();
  }

  async nack({ id, gen, attempt }: Delivery): Promise<{ dead: boolean }> {
    const dead = attempt >= maxAttempts;
    await this.#recorder.around(
      'nack',
      { id, gen },
      async () => this.#update(id, dead ? 'FAILED' : 'PENDING'),
      () => [{ id, gen, state: dead ? 'dead' : 'ready' }],
    );
    await turn();
    return { dead };
  }

  async close(): Promise<void> {}

  async #append(message: SendInput, key: string): Promise<string> {
    const entries = this.#load();
    const id = crypto.randomUUID();
    entries.push({
      queue_id: id,
      recipient: message.to,
      priority_score: message.priority === 'urgent' ? 1 : 0.5,
      status: 'PENDING',
      attempts: 0,
      key,
      content: JSON.stringify(message.body),
    });
    this.#save(entries);
    await turn();
    return id;
  }

  async #take(inbox: string, signal: AbortSignal): Promise<readonly Delivery[]> {
    const entries = this.#load();
    const batch = entries
      .filter((entry) => entry.status === 'PENDING' && entry.recipient === inbox)
      .toSorted((a, b) => b.priority_score - a.priority_score)
      .slice(0, this.#scenario.batchSize);
    if (batch.length === 0) {
      await sleep(this.#clock, emptyPauseMs, signal).catch(() => {});
      return [];
    }
    for (const entry of batch) {
      entry.status = 'PROCESSING';
      // Two writers' blocks can make an entry that parses and lacks a member.
      entry.attempts = (Number.isInteger(entry.attempts) ? entry.attempts : 0) + 1;
    }
    this.#save(entries);
    await turn();
    return batch.map(({ queue_id: id, attempts, content }) => ({
      id: String(id),
      gen: attempts,
      attempt: attempts,
      bodyText: String(content),
    }));
  }

  #update(id: string, status: LegacyEntry['status']): void {
    const entries = this.#load();
    const entry = entries.find(({ queue_id }) => queue_id === id);
    if (entry !== undefined) entry.status = status;
    this.#save(entries);
  }

  #load(): LegacyEntry[] {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as LegacyEntry[]; // trusted, as the legacy did
    } catch {
      return [];
    }
  }

  #save(entries: readonly LegacyEntry[]): void {
    const bytes = Buffer.from(JSON.stringify(entries));
    const handle = openSync(this.#file, 'w', 0o600);
    try {
      for (let at = 0; at < bytes.length; at += blockBytes) {
        writeSync(handle, bytes, at, Math.min(blockBytes, bytes.length - at));
      }
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  }
}

/** Lets the process hear its channel between two blocking rewrites. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
