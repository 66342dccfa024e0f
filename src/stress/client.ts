import type { SendInput } from '../hub/api.ts';

export interface Delivery {
  readonly id: string;
  readonly gen: number;
  readonly attempt: number;
  readonly bodyText: string;
}

/**
 * What a worker needs of the system under test: a swarm behind a hub, or the legacy file it is compared with. Each
 * call and each answer is in the process's history.
 */
export interface StressClient {
  /** Resolves to the ids of the accepted messages, one for each recipient. Safe to repeat with the same key. */
  send(message: SendInput): Promise<readonly string[]>;
  /** Waits a while for a first message; empty when none came. */
  lease(inbox: string, signal: AbortSignal): Promise<readonly Delivery[]>;
  ack(delivery: Delivery): Promise<void>;
  /** Gives it back; resolves to whether that was its last attempt. */
  nack(delivery: Delivery): Promise<{ readonly dead: boolean }>;
  /** Does some work that is no part of the run, so that cold code is not measured. */
  warmUp?(name: string, payload: unknown): Promise<void>;
  /** Die by SIGKILL in the middle of the next exchange. */
  dieInNextExchange?(): void;
  close(): Promise<void>;
}
