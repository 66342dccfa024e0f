import { type Clock, sleep } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import type { ReceivedMessage, Swarm } from './swarm.ts';

/** Returning acks. Throwing nacks: `terminal(reason)`, `retryIn(ms, reason)`, or anything else with backoff. */
export type MessageHandler = (message: ReceivedMessage, context: HandlerContext) => Promise<void> | void;

export interface HandlerContext {
  /** Aborts when the lease is lost or the consumer is stopped for good: the work is no longer this handler's. */
  readonly signal: AbortSignal;
}

export interface ConsumeOptions {
  /** Messages handled at once; default 1. */
  readonly concurrency?: number;
  /** Length of each lease; renewed by itself while the handler works. Default 60 000. */
  readonly leaseMs?: number;
  readonly signal?: AbortSignal;
  /** Hears of settles that came too late and of calls the hub refused. */
  readonly onError?: (error: unknown, message?: ReceivedMessage) => void;
}

export interface Consumer extends AsyncDisposable {
  /** Takes nothing new, finishes what is in hand, then resolves. Calling it twice is fine. */
  stop(): Promise<void>;
  /** Resolves when the consumer has ended; rejects when its inbox is gone or the hub stays away. */
  readonly done: Promise<void>;
}

class Terminal extends Error {}

class RetryIn extends Error {
  readonly delayMs: number;

  constructor(delayMs: number, reason: string) {
    super(reason);
    this.delayMs = delayMs;
  }
}

/** Throw it from a handler: retrying is pointless, make this a dead letter now. */
export function terminal(reason: string): Error {
  return new Terminal(reason);
}

/** Throw it from a handler: try again, but not before this many milliseconds. */
export function retryIn(delayMs: number, reason: string): Error {
  return new RetryIn(delayMs, reason);
}

const waitMs = 30_000;
const defaultLeaseMs = 60_000;
const refusedPauseMs = 1_000;

/** Runs `concurrency` loops of lease → handle → settle over one inbox until stopped. */
export function startConsumer(
  swarm: Swarm,
  clock: Clock,
  inbox: string,
  handler: MessageHandler,
  options: ConsumeOptions,
): Consumer {
  const { concurrency = 1, leaseMs = defaultLeaseMs, onError = () => {} } = options;
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted === true) stop();

  const loop = async () => {
    while (!stopping.signal.aborted) {
      try {
        const [message] = await swarm.lease(inbox, { limit: 1, leaseMs, waitMs, signal: stopping.signal });
        if (message !== undefined) await handleOne(swarm, clock, message, handler, leaseMs, onError);
      } catch (error) {
        if (stopping.signal.aborted) return;
        onError(error);
        // A hub that stays away was already waited for; trouble in the store may be over at the next call.
        const passing =
          error instanceof WaggleError &&
          (error.retry === 'later' || (error.retry === 'unknown' && error.code !== 'hub_unreachable'));
        if (!passing) throw error;
        await sleep(clock, refusedPauseMs, stopping.signal).catch(() => {});
      }
    }
  };
  const done = Promise.all(Array.from({ length: concurrency }, loop)).then(() =>
    options.signal?.removeEventListener('abort', stop),
  );
  // Whoever never looks at `done` still hears of its failure through onError.
  done.catch(() => stop());
  const consumer: Consumer = {
    async stop() {
      stop();
      await done;
    },
    done,
    [Symbol.asyncDispose]: () => consumer.stop(),
  };
  return consumer;
}

async function handleOne(
  swarm: Swarm,
  clock: Clock,
  message: ReceivedMessage,
  handler: MessageHandler,
  leaseMs: number,
  onError: (error: unknown, message?: ReceivedMessage) => void,
): Promise<void> {
  const lost = new AbortController();
  // Renewed at half time, so that one lost renewal does not lose the lease.
  let cancelRenewal = () => {};
  // A renewal may be under way when the handler ends: nobody may keep a lease that nobody works under.
  let isWorking = true;
  const renew = () => {
    if (!isWorking) return;
    cancelRenewal = clock.setTimer(leaseMs / 2, () => {
      swarm.extend(message, { leaseMs }).then(renew, (error: unknown) => {
        if (!isWorking) return;
        lost.abort(error);
        onError(error, message);
      });
    });
  };
  renew();
  let failure: unknown;
  let failed = false;
  try {
    await handler(message, { signal: lost.signal });
  } catch (error) {
    failed = true;
    failure = error;
  } finally {
    isWorking = false;
    cancelRenewal();
  }
  try {
    if (failed) await swarm.nack(message, outcomeOf(failure));
    else await swarm.ack(message);
  } catch (error) {
    // Somebody else has the message now, or deleted it as a dead letter: what becomes of it is not ours to decide.
    onError(error, message);
    const isOthers = error instanceof WaggleError && (error.code === 'lease_lost' || error.code === 'not_found');
    if (!isOthers) throw error;
  }
}

function outcomeOf(failure: unknown): { delayMs?: number; reason: string; terminal?: boolean } {
  const text = failure instanceof Error ? failure.message : String(failure);
  const reason = text
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .toWellFormed()
    .slice(0, 1_000);
  if (failure instanceof Terminal) return { reason, terminal: true };
  if (failure instanceof RetryIn) return { reason, delayMs: failure.delayMs };
  return { reason };
}
