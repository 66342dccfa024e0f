import { type Clock, sleep } from '../clock.ts';
import { type ErrorCode, WaggleError } from '../errors.ts';
import type { InputOf, OperationName, OutputOf, WireEvent } from '../hub/api.ts';
import type { FrameConnection } from './frame-connection.ts';
import { type Keyed, type LookedUp, repeats } from './repeats.ts';
import type { Transport } from './transport.ts';

/** What is asked of a connection; a test may break one in the middle. */
export type Connection = Pick<FrameConnection, 'call' | 'close' | 'isOpen'> & Partial<Pick<FrameConnection, 'closed'>>;

export interface RemoteOptions {
  /** Opens a connection, starting a hub first where that is wanted. */
  open(): Promise<Connection>;
  readonly clock: Clock;
  /** How long a call is carried across a lost hub before it is given up. */
  readonly retryForMs: number;
  /** Makes the key of a send that has none; a key that was used before would swallow the send. Default: rising ones
   * under a UUID of this object. */
  readonly newKey?: () => string;
  /** Told when a connection has ended that nobody closed. */
  readonly onLost?: () => void;
}

/** Another hub, or the same one a moment later, may take the call. */
const passing: ReadonlySet<ErrorCode> = new Set(['hub_unreachable', 'draining', 'busy', 'store_fenced']);

const firstPauseMs = 20;
const longestPauseMs = 1_000;

/**
 * Carries calls across a hub that dies and comes back. A repeated call may have happened the first time; `repeats` says
 * of each operation how that is told.
 */
export class RemoteTransport implements Transport {
  readonly #options: RemoteOptions;
  #connection: Promise<Connection> | undefined;
  readonly #closing = new AbortController();
  readonly #newKey: () => string;

  constructor(options: RemoteOptions) {
    this.#options = options;
    this.#newKey = options.newKey ?? risingKeys();
  }

  async call<N extends OperationName>(name: N, input: InputOf<N>, signal?: AbortSignal): Promise<OutputOf<N>> {
    const repeat = repeats[name] as Keyed<N> | LookedUp<N> | 'as it is'; // which of them is decided by the name
    const repeatable = typeof repeat === 'object' && 'withKey' in repeat ? repeat.withKey(input, this.#newKey) : input;
    const { clock } = this.#options;
    const deadline = clock.monotonic() + this.#options.retryForMs;
    const since = startOf(clock);
    let mayHaveHappened = false;
    for (let tries = 1; ; tries += 1) {
      let connection: Connection | undefined;
      try {
        connection = await this.#connected();
        return (await connection.call(name, repeatable, { signal })) as OutputOf<N>; // the hub's own schema
      } catch (error) {
        if (mayHaveHappened && typeof repeat === 'object' && 'find' in repeat && isOneOf(repeat.refusals, error)) {
          const answer = await repeat.find((asked, about) => this.call(asked, about, signal), repeatable, since());
          if (answer === undefined) throw error;
          return answer;
        }
        // Only a call that left can have happened; a hub that refused it has done nothing.
        if (connection !== undefined && isOneOf(['hub_unreachable'], error)) mayHaveHappened = true;
        await this.#pauseBeforeRetry(error, connection, tries, deadline, signal);
      }
    }
  }

  async *events(after: number, signal: AbortSignal): AsyncIterable<WireEvent> {
    let last = after;
    for (let tries = 1; !signal.aborted; tries += 1) {
      const deadline = this.#options.clock.monotonic() + this.#options.retryForMs;
      let connection: Connection | undefined;
      try {
        connection = await this.#connected();
        for await (const event of streamOf(connection, last, signal)) {
          last = event.seq;
          tries = 1;
          yield event;
        }
        return;
      } catch (error) {
        if (signal.aborted) return;
        await this.#pauseBeforeRetry(error, connection, tries, deadline, signal);
      }
    }
  }

  /** Connects now, rather than with the next call. */
  async open(): Promise<void> {
    await this.#connected();
  }

  async close(): Promise<void> {
    this.#closing.abort(new WaggleError('aborted', 'the swarm object was closed'));
    const connection = await this.#connection?.catch(() => undefined);
    await connection?.close();
  }

  /** The open connection, or a new one: what is dead or was refused is never kept. */
  async #connected(): Promise<Connection> {
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason as Error;
    const kept = this.#connection;
    if (kept !== undefined) {
      const connection = await kept.catch(() => undefined);
      if (connection?.isOpen === true) return connection;
      if (this.#connection === kept) this.#connection = undefined;
    }
    this.#connection ??= this.#watched(this.#options.open());
    return this.#connection;
  }

  #watched(opening: Promise<Connection>): Promise<Connection> {
    const { onLost } = this.#options;
    if (onLost !== undefined) {
      opening.then(
        async ({ closed }) => {
          await closed;
          if (!this.#closing.signal.aborted) onLost();
        },
        () => {}, // whoever waits for the connection hears why there is none
      );
    }
    return opening;
  }

  /** Rethrows what repeating cannot mend; otherwise drops the dead connection and waits a little. */
  async #pauseBeforeRetry(
    error: unknown,
    used: Connection | undefined,
    tries: number,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const { clock } = this.#options;
    const mayHelp = error instanceof WaggleError && passing.has(error.code);
    if (!mayHelp || clock.monotonic() >= deadline || signal?.aborted === true) throw error;
    const stale = await this.#connection?.catch(() => undefined);
    if (stale === used) {
      this.#connection = undefined;
      void used?.close();
    }
    const pause = tries === 1 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** (tries - 2));
    if (pause > 0)
      await sleep(clock, pause, AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]));
  }
}

/**
 * Keys nobody else makes, rising in their order as text: neighbours in the hub's index of keys, so that a commit writes
 * one page of it and not one for every message.
 */
function risingKeys(): () => string {
  const own = crypto.randomUUID();
  let count = 0;
  return () => {
    count += 1;
    return `auto:${own}:${count.toString(36).padStart(8, '0')}`;
  };
}

/** When this was called, by the wall clock that stamps what happened since: of a clock that was turned, the earlier reading. */
function startOf(clock: Clock): () => number {
  const wall = clock.now();
  const steady = clock.monotonic();
  return () => Math.min(wall, clock.now() - (clock.monotonic() - steady));
}

function isOneOf(codes: readonly ErrorCode[], error: unknown): boolean {
  return error instanceof WaggleError && codes.includes(error.code);
}

/** One subscription on one connection. However the reader leaves, the hub's stream is ended. */
async function* streamOf(connection: Connection, after: number, signal: AbortSignal): AsyncGenerator<WireEvent> {
  const arrived: WireEvent[] = [];
  let wake = () => {};
  let ended = false;
  let failure: unknown;
  const reading = new AbortController();
  const onEvent = (event: WireEvent) => {
    arrived.push(event);
    wake();
  };
  connection
    .call('events', { after }, { signal: AbortSignal.any([signal, reading.signal]), onEvent })
    .catch((error: unknown) => {
      failure = error;
    })
    .finally(() => {
      ended = true;
      wake();
    });
  try {
    while (!ended || arrived.length > 0) {
      yield* arrived.splice(0);
      if (!ended && arrived.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    }
    if (failure !== undefined) throw failure;
  } finally {
    reading.abort();
  }
}
