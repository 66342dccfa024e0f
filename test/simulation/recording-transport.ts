import { hash } from 'node:crypto';
import { WaggleError } from '../../src/errors.ts';
import type { HistoryOp, HistoryRecord } from '../../src/history/record.ts';
import type { InputOf, OperationName, OutputOf, WireEvent, WireMessage } from '../../src/hub/api.ts';
import type { Transport } from '../../src/sdk/transport.ts';
import type { SimulatedProcess } from './world.ts';

const recorded: Partial<Record<OperationName, HistoryOp>> = {
  'message.send': 'send',
  'message.lease': 'lease',
  'message.ack': 'ack',
  'message.nack': 'nack',
  'message.extend': 'extend',
  'message.cancel': 'cancel',
  'dead.redrive': 'redrive',
  'dead.purge': 'purge',
};

/** What is recorded of a call besides its phase. */
type Facts = Partial<HistoryRecord>;

/** Writes down what one client asked and was told, on top of the real transport. */
export class RecordingTransport implements Transport {
  readonly #inner: Transport;
  readonly #process: SimulatedProcess;
  readonly #incarnation: number;
  readonly #write: (record: HistoryRecord) => void;
  readonly #toMono: (hubInstant: string) => number;
  #calls = 0;

  constructor(options: {
    inner: Transport;
    process: SimulatedProcess;
    incarnation: number;
    write: (record: HistoryRecord) => void;
    /** What the hub's own timeline calls an instant, as a moment of the simulation. */
    toMono: (hubInstant: string) => number;
  }) {
    this.#inner = options.inner;
    this.#process = options.process;
    this.#incarnation = options.incarnation;
    this.#write = options.write;
    this.#toMono = options.toMono;
  }

  async call<N extends OperationName>(name: N, input: InputOf<N>, signal?: AbortSignal): Promise<OutputOf<N>> {
    const op = recorded[name];
    if (op === undefined) return this.#inner.call(name, input, signal);
    this.#calls += 1;
    const record = (phase: HistoryRecord['phase'], facts: Facts) =>
      this.#write({
        t_mono: this.#process.world.now,
        proc: this.#process.name,
        incarnation: this.#incarnation,
        op,
        phase,
        call,
        ...facts,
      });
    const call = this.#calls;
    const asked = factsOf(name, input);
    record('invoke', asked);
    try {
      const output = await this.#inner.call(name, input, signal);
      for (const told of answersOf(name, input, output, this.#toMono)) record('ok', told);
      return output;
    } catch (error) {
      const isKnown = error instanceof WaggleError && error.retry !== 'unknown';
      record(isKnown ? 'fail' : 'info', {
        ...refOf(input),
        error: error instanceof WaggleError ? error.code : String(error),
      });
      throw error;
    }
  }

  events(after: number, signal: AbortSignal): AsyncIterable<WireEvent> {
    return this.#inner.events(after, signal);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

function factsOf(name: OperationName, input: InputOf<OperationName>): Facts {
  if (name === 'message.send') {
    const {
      to,
      body,
      idempotencyKey,
      priority = 'normal',
      delayMs,
      ttlMs,
      maxAttempts,
      from,
    } = input as InputOf<'message.send'>;
    return {
      inbox: to,
      hash: sha256(typeof body === 'string' ? body : JSON.stringify(body)),
      priority,
      ...(idempotencyKey === undefined ? {} : { key: idempotencyKey }),
      ...(delayMs === undefined ? {} : { delay_ms: delayMs }),
      ...(ttlMs === undefined ? {} : { ttl_ms: ttlMs }),
      ...(maxAttempts === undefined ? {} : { max_attempts: maxAttempts }),
      ...(from === undefined ? {} : { from }),
    };
  }
  if (name === 'message.lease') return { inbox: (input as InputOf<'message.lease'>).inbox };
  return refOf(input);
}

function refOf(input: InputOf<OperationName>): Facts {
  return {
    ...('id' in input ? { id: input.id } : {}),
    ...('gen' in input ? { gen: input.gen } : {}),
  };
}

function answersOf(
  name: OperationName,
  input: InputOf<OperationName>,
  output: OutputOf<OperationName>,
  toMono: (hubInstant: string) => number,
): Facts[] {
  if (name === 'message.send') {
    const { id, ids = [id] } = output as OutputOf<'message.send'>; // narrowed by name
    return ids.map((one) => ({ ...factsOf(name, input), id: one }));
  }
  if (name === 'message.lease') {
    const { messages } = output as OutputOf<'message.lease'>; // narrowed by name
    return messages.length === 0 ? [{}] : messages.map((message) => leaseFacts(message, toMono));
  }
  if (name === 'message.extend') {
    const { leaseExpiresAt } = output as OutputOf<'message.extend'>; // narrowed by name
    return [{ ...refOf(input), lease_until: toMono(leaseExpiresAt) }];
  }
  const state = 'state' in output && typeof output.state === 'string' ? { state: output.state } : {};
  return [{ ...refOf(input), ...state }];
}

function leaseFacts(message: WireMessage, toMono: (hubInstant: string) => number): Facts {
  return {
    id: message.id,
    inbox: message.to,
    seq: message.inboxSeq,
    gen: message.gen,
    attempt: message.attempt,
    hash: sha256(message.bodyText),
    priority: message.priority,
    from: message.from,
    max_attempts: message.maxAttempts,
    ...(message.leaseExpiresAt === null ? {} : { lease_until: toMono(message.leaseExpiresAt) }),
  };
}

function sha256(text: string): string {
  return hash('sha256', text);
}
