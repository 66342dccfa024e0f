import type { DeliveryDoor } from '../delivery-door.ts';

/** A session of the agent's client with Waggle's hooks, as those left word of it. */
export interface HookSession {
  /** No turn is running. */
  readonly isIdle: boolean;
  /** A process waits beside it that can start a turn, and does so for urgent mail. */
  readonly waits: boolean;
}

/** Empty when no session is known. */
export type HookSessions = (agent: string) => Promise<readonly HookSession[]>;

/**
 * The client's own hooks: at each prompt and tool call they tell the agent what waits, and a waiter wakes an idle session for
 * what is urgent. They come for the mail by themselves, so there is nothing to be done; the door only knows when they will.
 */
export function hooksDoor(sessions: HookSessions): DeliveryDoor {
  return {
    name: 'hooks',
    passive: true,
    repeatable: true,
    cost: 'nothing',
    async look({ agent }, urgency) {
      const known = await sessions(agent);
      if (known.some(({ isIdle }) => !isIdle)) return { open: true };
      if (known.length === 0) return { open: false, reason: 'no session with hooks was heard of' };
      if (urgency === 'interrupt' && known.some(({ waits }) => waits)) return { open: true };
      return { open: false, reason: 'its session is idle, and hooks wake it for urgent mail only' };
    },
    deliver: async () => ({ result: 'refused', reason: 'hooks come for the mail by themselves' }),
  };
}
