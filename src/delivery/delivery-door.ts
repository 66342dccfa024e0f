import type { Message } from '../message/message.ts';
import type { DoorName } from './receipt.ts';
import type { Urgency } from './urgency.ts';

/** One agent as a door sees it. */
export interface Target {
  readonly agent: string;
  /** What was given when the door was opened for it; empty for doors that need none. */
  readonly settings: Readonly<Record<string, string>>;
}

export type Availability = { readonly open: true } | { readonly open: false; readonly reason: string };

/** What is to be told in one go: all of it is the agent's, and was relevant when the intent was committed. */
export interface Delivery extends Target {
  /** Most urgent first, at least one. */
  readonly messages: readonly Message[];
  readonly urgency: Urgency;
}

/**
 * `injected`: it is in the agent's program. `seen`: its model has it. `uncertain`: it may or may not have happened, and must
 * not be repeated by itself (guarantee G5). `refused`: nothing was done, for sure; another door may be tried at once, this
 * one after `retryAfterMs`, by default after a backoff.
 */
export type DoorOutcome =
  | { readonly result: 'injected' | 'seen' }
  | { readonly result: 'uncertain'; readonly why: string }
  | { readonly result: 'refused'; readonly reason: string; readonly retryAfterMs?: number };

/**
 * A way to an agent. `deliver` is called after the intent was committed, never twice at once for one agent, and throws for
 * defects only: those count as uncertain. It never cancels what the agent is doing.
 */
export interface DeliveryDoor {
  readonly name: DoorName;
  /** The agent comes for its mail by itself: choosing this door means that nothing is done. */
  readonly passive?: true;
  /** Doing it twice does no harm: what a hub was in the middle of is done again instead of being uncertain. */
  readonly repeatable: boolean;
  /** What a wake through it costs the agent's owner, for people who look: nothing, a turn, a new process. */
  readonly cost: 'nothing' | 'a turn' | 'a process';
  /** Whether it could be used now, for this urgency. Asked often, changes nothing. */
  look(target: Target, urgency: Urgency): Promise<Availability>;
  deliver(delivery: Delivery, signal: AbortSignal): Promise<DoorOutcome>;
}
