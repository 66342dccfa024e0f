import { dirname } from 'node:path';
import { swarmDirectory } from '../../hub/swarm-directory.ts';
import { runShim } from '../../process/hosts/child/shim.ts';
import { writePaneLog } from '../../process/hosts/tmux/pane-log.ts';
import { startService } from '../../service.ts';
import type { CommandAction, Context } from '../command.ts';

export const shim: CommandAction = async (call, context) => {
  const folder = call.arg(1);
  if (call.arg(0) === 'exec') {
    const { becomeProgram } = await import('../../process/hosts/tmux/pane-program.ts');
    becomeProgram(folder, context.env);
    return 1; // it became nothing
  }
  // The agent first: it must not wait for what only serves the hub.
  const agent = call.arg(0) === 'log' ? writePaneLog(folder, process.stdin) : runShim(folder, context.clock);
  const keeper = await keepHub(folder, context);
  try {
    await agent;
  } finally {
    await keeper.stop();
  }
  return undefined;
};

/** `.waggle/agents/ID/LIFE`: an agent that lives needs a hub. */
async function keepHub(folder: string, { clock }: Context) {
  const directory = swarmDirectory(dirname(dirname(dirname(folder))));
  const [{ hubKeeper }, { tryConnect }] = await Promise.all([
    import('../../sdk/hub-keeper.ts'),
    import('../../sdk/connect.ts'),
  ]);
  const keeper = hubKeeper({
    directory,
    clock,
    random: Math.random,
    connect: () => tryConnect(directory, clock),
    async start() {
      const { startHub } = await import('../../sdk/start-hub.ts');
      return startHub(directory, clock);
    },
  });
  return startService(keeper, () => {});
}
