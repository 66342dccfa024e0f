import type { Severity } from '../monitor/alert.ts';
import type { OutboxEntry, OutboxState } from '../outbox/outbox.ts';

/** The operations on what leaves this machine; a part of `Api`. */
export interface OutboxApi {
  'outbox.add': { input: DestinationInput; output: WireDestination & { secret: string }; repeat: 'safe' };
  'outbox.remove': { input: { name: string }; output: { name: string; buried: number | null }; repeat: 'looked-up' };
  'outbox.test': { input: { name: string }; output: { id: string }; repeat: 'safe' };
  'outbox.destinations': {
    input: Record<never, never>;
    output: { destinations: readonly WireDestination[] };
    repeat: 'safe';
  };
  'outbox.list': {
    input: OutboxFilter;
    output: { entries: readonly WireOutboxEntry[]; next?: string };
    repeat: 'safe';
  };
  'outbox.redrive': {
    input: { ids?: readonly string[]; destination?: string; all?: boolean };
    output: { redriven: number };
    repeat: 'recounted';
  };
}

export interface DestinationInput {
  readonly name: string;
  /** https, or http on this machine. Kept as a secret. */
  readonly url: string;
  /** `whsec_…`; made when it is not given. */
  readonly secret?: string;
  /** Default `webhook`. A Discord channel gets text, which its webhook does not verify. */
  readonly publisher?: 'webhook' | 'discord';
  /** Hears of alerts: of all of them, or of critical ones alone. Default: of none. */
  readonly alerts?: Severity;
}

/** A destination of the outbox without its settings; of an address only the origin. */
export interface WireDestination {
  readonly name: string;
  readonly publisher: string;
  readonly origin?: string;
  /** The least severity of alerts that it hears of. */
  readonly alerts?: string;
  readonly createdAt: string;
  readonly heldUntilAt?: string;
  /** Why nothing is sent to it until somebody redrives it. */
  readonly disabled?: string;
}

export interface OutboxFilter {
  readonly state?: OutboxState;
  readonly destination?: string;
  readonly limit?: number;
  readonly after?: string;
}

export type WireOutboxEntry = Omit<OutboxEntry, 'payload' | 'createdAt' | 'nextAt' | 'settledAt'> & {
  readonly bytes: number;
  readonly createdAt: string;
  readonly nextAt?: string;
  readonly settledAt?: string;
};
