import { toWaggleError, WaggleError } from '../errors.ts';
import { connectSwarm } from '../sdk/connect.ts';
import type { Swarm } from '../sdk/swarm.ts';
import type { Found } from './decide.ts';
import type { HookCall } from './hook-call.ts';

/** How long the agent may be kept waiting for the hub; a hub that is there answers in a few milliseconds. */
export const patienceMs = 200;
/** Messages looked at; the digest has room for fewer. */
const mostMessages = 50;

/**
 * What the hub knows for the agent, in one round trip, and the heartbeat on the way. Undefined when there is no hub, or it is
 * slow, of another version or refuses: never an error, and never longer than `patienceMs`. No hub is started.
 */
export async function askSwarm(
  { agent, client, clock }: HookCall,
  directory: string,
  wanted: { briefTokens: number | undefined },
): Promise<Found | undefined> {
  let swarm: Swarm | undefined;
  const asked = (async () => {
    swarm = await connectSwarm({ dir: directory, start: false, clock });
    try {
      return await ask(swarm, agent, wanted.briefTokens);
    } catch (error) {
      if (toWaggleError(error).code !== 'not_found') throw error;
      // An agent whose client was set up has an inbox from its first event on.
      await swarm.agents.add({ id: agent, client });
      return ask(swarm, agent, wanted.briefTokens);
    }
  })();
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.setTimer(patienceMs, () => reject(new WaggleError('timeout', 'the hub took too long for a hook')));
  });
  try {
    return await Promise.race([asked, late]);
  } catch {
    return undefined;
  } finally {
    cancel();
    void asked.catch(() => {}).then(() => swarm?.close()); // a hub that hangs is not waited for
  }
}

async function ask(swarm: Swarm, agent: string, briefTokens: number | undefined): Promise<Found> {
  const [, { unread, messages }, brief] = await Promise.all([
    swarm.agents.heartbeat(agent),
    swarm.digest(agent, { limit: mostMessages }),
    briefTokens === undefined ? undefined : swarm.contexts.brief(agent, { tokens: briefTokens }).catch(() => undefined),
  ]);
  return { unread, messages, brief: brief?.text };
}
