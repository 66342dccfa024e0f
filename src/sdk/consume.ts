import type { ReceivedMessage } from './swarm.ts';

/** Returning acks; throwing nacks: `terminal(reason)`, `retryIn(ms, reason)`, or anything else with backoff. */
export type MessageHandler = (message: ReceivedMessage, context: { signal: AbortSignal }) => Promise<void> | void;

export interface ConsumeOptions {
  readonly concurrency?: number;
  readonly leaseMs?: number;
  readonly signal?: AbortSignal;
}

export interface Consumer {
  stop(): Promise<void>;
  readonly done: Promise<void>;
}
