import { type AgentProcess, isLive } from '../../process/process.ts';
import type { ProcessHost } from '../../process/process-host.ts';
import type { ProcessStore } from '../../process/process-store.ts';
import type { DeliveryDoor } from '../delivery-door.ts';

export interface TmuxOptions {
  readonly processes: Pick<ProcessStore, 'latest'>;
  readonly hosts: readonly ProcessHost[];
}

/**
 * Has the host type its one fixed line into the agent's terminal: the last resort. It never carries a word of a message; the
 * host itself makes sure that the program waits for a line and nobody is at it, and says when it cannot be sure what became
 * of it.
 */
export function tmuxDoor({ processes, hosts }: TmuxOptions): DeliveryDoor {
  const hostOf = (life: AgentProcess | undefined) => hosts.find(({ name }) => name === life?.host);
  return {
    name: 'tmux',
    repeatable: false,
    cost: 'a turn',
    async look({ agent }) {
      const life = await processes.latest(agent);
      if (life === undefined || !isLive(life)) return { open: false, reason: 'Waggle runs no program of this agent' };
      if (hostOf(life)?.nudge === undefined)
        return { open: false, reason: `its host (${life.host}) has no terminal to type into` };
      return { open: true };
    },
    async deliver({ agent }) {
      const life = await processes.latest(agent);
      const nudged = life === undefined ? undefined : await hostOf(life)?.nudge?.(life);
      if (nudged === undefined) return { result: 'refused', reason: 'it has no terminal any more' };
      switch (nudged.outcome) {
        case 'typed':
          return { result: 'injected' };
        case 'refused':
          return { result: 'refused', reason: nudged.reason };
        case 'uncertain':
          return { result: 'uncertain', why: nudged.reason };
      }
    },
  };
}
