import type { Priority } from '../message/message.ts';
import type { DoorName } from './receipt.ts';

/**
 * How a message wants to reach its agent. `append`: it is there when the agent looks. `next-turn`: a turn begins for it when
 * none runs. `interrupt`: it goes into the turn that runs, between two of its steps; a running tool call is never cancelled.
 */
export type Urgency = 'append' | 'next-turn' | 'interrupt';

export const urgencyOf: Readonly<Record<Priority, Urgency>> = {
  urgent: 'interrupt',
  high: 'next-turn',
  normal: 'next-turn',
  low: 'append',
};

/**
 * Doors in the order they are tried for each urgency: native ones first, typing late, what only leaves a note last. `pull`
 * ends each list because it is always open: the mail waits in the inbox.
 */
export const ladder: Readonly<Record<Urgency, readonly DoorName[]>> = {
  append: ['webhook', 'legacy-inbox', 'pull'],
  'next-turn': ['hooks', 'codex-app-server', 'codex-queue', 'exec', 'tmux', 'webhook', 'legacy-inbox', 'pull'],
  interrupt: ['hooks', 'codex-app-server', 'codex-queue', 'exec', 'tmux', 'webhook', 'legacy-inbox', 'pull'],
};

/** Of several messages told in one go, the most urgent decides. */
export function mostUrgent(priorities: readonly Priority[]): Urgency {
  const wanted = new Set(priorities.map((priority) => urgencyOf[priority]));
  if (wanted.has('interrupt')) return 'interrupt';
  return wanted.has('next-turn') ? 'next-turn' : 'append';
}
