import { atHub } from './at-hub.ts';
import type { HookAnswer, HookCall } from './hook-call.ts';

/**
 * Tells the hub which mail the client was just given a line of: `injected`, and no more, because only the client knows
 * whether its model was asked since. A receipt that cannot be written keeps no agent from its work.
 */
export async function reportTold({ agent, clock }: HookCall, told: HookAnswer['told']): Promise<void> {
  if (told === undefined || told.ids.length === 0) return;
  const { directory, ids } = told;
  await atHub(clock, directory, (swarm) => swarm.delivery.saw(agent, ids, { step: 'injected', door: 'hooks' }));
}
