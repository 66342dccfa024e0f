import type { Message } from '../message/message.ts';
import type { DeliveryRecord, DoorName } from './receipt.ts';

/** How one agent may be reached through one door; what the settings mean is the door's own. */
export interface DoorSetting {
  readonly agent: string;
  readonly door: DoorName;
  readonly settings: Readonly<Record<string, string>>;
}

export type DeliveryEnd =
  | { readonly end: 'injected' | 'seen' }
  | { readonly end: 'refused' | 'uncertain'; readonly why: string };

/**
 * What delivery needs from a store. Each call is atomic and durable; ends are events of their messages. The messages
 * themselves are never changed here.
 */
export interface DeliveryStore {
  /** Ready messages of the agent that nobody told it about in their present generation, most urgent first. */
  pending(agent: string, limit: number): Promise<Message[]>;
  /**
   * Commits the intent to tell about these messages through a door, before anything is done (guarantee G5). Answers
   * those it still makes sense for, as they are now: what was taken, acked, cancelled or has expired meanwhile, and what
   * is being tried, was told or is uncertain already, is left out.
   */
  begin(agent: string, door: DoorName, ids: readonly string[]): Promise<Message[]>;
  /** Ends what `begin` answered; of a record that is not being tried nothing changes. */
  settle(ids: readonly string[], end: DeliveryEnd): Promise<void>;
  /** The agent itself showed that these reached it. Messages of others and unknown ids are left out; answers how many it marked. */
  saw(agent: string, door: DoorName, ids: readonly string[], step: 'injected' | 'seen'): Promise<number>;
  /**
   * What a hub that ended was in the middle of: refused for doors whose effect may be repeated, uncertain for all others.
   * Called before the first `begin`; answers how many became uncertain.
   */
  recover(repeatable: readonly DoorName[]): Promise<number>;
  /** An operator's word: tell about this uncertain or told message once more. `illegal_transition`, `not_found`. */
  release(id: string): Promise<void>;
  record(id: string): Promise<DeliveryRecord | undefined>;
  /** Latest first. */
  records(agent: string, page: { limit: number; state?: DeliveryRecord['state'] }): Promise<DeliveryRecord[]>;

  /** Opens a door for an agent or gives it other settings. `not_found` for an unregistered agent. */
  openDoor(setting: DoorSetting): Promise<void>;
  /** False when it was not open. */
  closeDoor(agent: string, door: DoorName): Promise<boolean>;
  /** Of one agent, or of all. */
  doors(agent?: string): Promise<DoorSetting[]>;
}
