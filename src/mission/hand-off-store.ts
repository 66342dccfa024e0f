import type { MessageId } from '../ids.ts';
import type { HandOff, HandOffState, MovedLease } from './hand-off.ts';

export type NewHandOff = Pick<HandOff, 'id' | 'mission' | 'from' | 'to' | 'epoch' | 'note'> & {
  readonly ttlMs: number;
};

export interface Settlement {
  readonly state: Exclude<HandOffState, 'offered'>;
  readonly by: string;
  readonly reason?: string;
  readonly nextEpoch?: number;
  readonly leases?: readonly MovedLease[];
}

export interface HandOffFilter {
  readonly mission?: string;
  /** Offered by or to this agent. */
  readonly agent?: string;
  readonly state?: HandOffState;
}

/**
 * What hand-offs need from a store beside missions and messages. Each call is atomic and told as an event; what belongs
 * together is one transaction of the room.
 */
export interface HandOffStore {
  add(handOff: NewHandOff): Promise<HandOff>;
  get(id: string): Promise<HandOff | undefined>;
  /** Newest first. */
  list(filter: HandOffFilter, limit: number): Promise<HandOff[]>;
  /** offered → settled. `illegal_transition` from any other state. */
  settle(id: MessageId, settlement: Settlement): Promise<HandOff>;
  /** Offers whose time is over and that nobody has settled, oldest first. */
  overdue(limit: number): Promise<HandOff[]>;
  /** Milliseconds until the next open offer is overdue; undefined when none is open. */
  nextDueInMs(): Promise<number | undefined>;
  /**
   * Moves messages one agent holds under live leases into the inbox of another, each leased to it anew: the same message
   * under a generation of its own, at the next place of that inbox. The former holder's settles are `lease_lost` from
   * here on. All it holds, or those named; named ones it does not hold are left out.
   */
  moveLeases(move: { from: string; to: string; leaseMs: number; ids?: readonly string[] }): Promise<MovedLease[]>;
}
