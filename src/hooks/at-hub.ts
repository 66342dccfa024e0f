import type { Clock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import { connectSwarm } from '../sdk/connect.ts';
import type { Swarm } from '../sdk/swarm.ts';

/** How long the agent may be kept waiting for the hub; a hub that is there answers in a few milliseconds. */
export const patienceMs = 200;

/**
 * What the hub of a directory answers to `use`. Undefined when there is no hub, or it is slow, of another version or refuses:
 * never an error, and never longer than `patienceMs`. No hub is started.
 */
export async function atHub<T>(
  clock: Clock,
  directory: string,
  use: (swarm: Swarm) => Promise<T>,
): Promise<T | undefined> {
  let swarm: Swarm | undefined;
  const asked = (async () => {
    swarm = await connectSwarm({ dir: directory, start: false, clock });
    return use(swarm);
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
