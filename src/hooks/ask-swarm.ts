import { toWaggleError } from '../errors.ts';
import type { Swarm } from '../sdk/swarm.ts';
import { atHub } from './at-hub.ts';
import type { Found } from './decide.ts';
import type { HookCall } from './hook-call.ts';

/** Messages looked at; the digest has room for fewer. */
const mostMessages = 50;

/** What the hub knows for the agent, in one round trip, and the heartbeat on the way. Undefined as `atHub` says. */
export function askSwarm(
  { agent, client, clock }: HookCall,
  directory: string,
  wanted: { briefTokens: number | undefined },
): Promise<Found | undefined> {
  return atHub(clock, directory, async (swarm) => {
    try {
      return await ask(swarm, { agent, client }, wanted.briefTokens);
    } catch (error) {
      if (toWaggleError(error).code !== 'not_found') throw error;
      // An agent whose client was set up has an inbox from its first event on.
      await swarm.agents.add({ id: agent, client });
      return ask(swarm, { agent, client }, wanted.briefTokens);
    }
  });
}

async function ask(
  swarm: Swarm,
  { agent, client }: Pick<HookCall, 'agent' | 'client'>,
  briefTokens: number | undefined,
): Promise<Found> {
  const [, { unread, messages }, brief] = await Promise.all([
    swarm.agents.heartbeat(agent, { client }),
    swarm.digest(agent, { limit: mostMessages }),
    briefTokens === undefined ? undefined : swarm.contexts.brief(agent, { tokens: briefTokens }).catch(() => undefined),
  ]);
  return { unread, messages, brief: brief?.text };
}
