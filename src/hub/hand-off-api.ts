import type { HandOff, HandOffState, MovedLease } from '../mission/hand-off.ts';

/** The shapes of the operations on hand-offs, as `Api` has those of all. */
export interface HandOffApi {
  'handoff.offer': { input: OfferInput; output: WireHandOff; repeat: 'looked-up' };
  'handoff.accept': { input: AnswerInput; output: WireHandOff; repeat: 'safe' };
  'handoff.decline': { input: AnswerInput & { reason?: string }; output: WireHandOff; repeat: 'safe' };
  'handoff.withdraw': { input: { id: string; agent?: string; reason?: string }; output: WireHandOff; repeat: 'safe' };
  'handoff.list': { input: HandOffListInput; output: { handOffs: readonly WireHandOff[] }; repeat: 'safe' };
}

export interface OfferInput {
  readonly mission: string;
  readonly to: string;
  /** Must be the owner. Default: the caller, or for the operator the owner. */
  readonly from?: string;
  /** What the owner wants the next one to know, besides the brief that goes with it. */
  readonly note?: string;
  /** The offer runs out after this long; default an hour. */
  readonly ttlMs?: number;
  /** Budget of the brief; default 1 500. */
  readonly briefTokens?: number;
  /** Operator only: it may go round in a circle, or on after eight hops. */
  readonly approve?: boolean;
}

export interface AnswerInput {
  readonly id: string;
  /** Who answers; must be the addressee. Default: the caller; the operator must say. */
  readonly agent?: string;
}

export interface HandOffListInput {
  readonly mission?: string;
  /** Offered by or to this agent. */
  readonly agent?: string;
  readonly state?: HandOffState;
  readonly limit?: number;
}

export type WireHandOff = Omit<HandOff, 'offeredAt' | 'expiresAt' | 'settledAt' | 'leases'> & {
  readonly offeredAt: string;
  readonly expiresAt: string;
  readonly settledAt?: string;
  readonly leases: readonly (Omit<MovedLease, 'leaseExpiresAt'> & { readonly leaseExpiresAt: string })[];
};
