import { onTestFinished } from 'vitest';
import { commandRunner } from './cli-context.ts';
import { startTempHub } from './temp-hub.ts';

/** A real hub over a temporary directory with these agents, seen through the command line; it ends with the test. */
export async function commandHub(...agents: readonly string[]) {
  const hub = await startTempHub();
  onTestFinished(() => hub[Symbol.asyncDispose]());
  const swarm = await hub.connect();
  onTestFinished(() => swarm.close());
  for (const id of agents) await swarm.agents.add({ id });
  const inPipe = commandRunner(swarm, { terminal: false, cwd: hub.dir });
  return { hub, swarm, atTerminal: commandRunner(swarm), inPipe };
}
