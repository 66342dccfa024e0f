import { WaggleError } from '../../errors.ts';
import { present } from '../call.ts';
import type { CommandAction } from '../command.ts';

/** One agent of `waggle up --demo`, as the demo starts it. */
export const demoAgent: CommandAction = async (call, context) => {
  const { dir, clock, stop } = context;
  if (dir === undefined) throw new WaggleError('invalid_input', '--dir: names the swarm of the demo', {});
  const { runDemoAgent } = await import('../demo/demo-agent.ts');
  await runDemoAgent({
    id: call.arg(0),
    dir,
    clock,
    random: Math.random,
    conductor: call.count('conductor') ?? process.ppid,
    signal: stop,
    ...present({ temporary: call.text('temporary') }),
  });
  return undefined;
};
