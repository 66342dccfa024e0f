import type { MessageId } from '../ids.ts';

/**
 * A mission on its way from its owner to the next one. Until it is accepted the owner stays the owner; nothing leaves a
 * state but `offered`.
 */
export interface HandOff {
  /** The id of the message that made the offer, so that whoever reads it can answer it. */
  readonly id: MessageId;
  readonly mission: string;
  readonly from: string;
  readonly to: string;
  readonly state: HandOffState;
  /** The ownership that is offered. */
  readonly epoch: number;
  /** What the owner wants the next one to know. */
  readonly note?: string;
  /** Why it was declined or withdrawn. */
  readonly reason?: string;
  readonly offeredAt: number;
  readonly expiresAt: number;
  readonly settledAt?: number;
  /** The ownership that acceptance made. */
  readonly nextEpoch?: number;
  /** Messages the former owner held that are the next one's since, under their new generations. */
  readonly leases: readonly MovedLease[];
}

export const handOffStates = ['offered', 'accepted', 'declined', 'withdrawn', 'expired'] as const;
export type HandOffState = (typeof handOffStates)[number];

export interface MovedLease {
  readonly id: MessageId;
  readonly gen: number;
  readonly leaseExpiresAt: number;
}

/** Owners of one mission in a row without an operator having a look; the same for one who had it before. */
export const mostHops = 8;
