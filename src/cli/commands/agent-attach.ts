import { spawn } from 'node:child_process';
import { WaggleError } from '../../errors.ts';
import { renderJson } from '../../render-json.ts';
import type { CommandAction } from '../command.ts';

export const attachAgent: CommandAction = async (call, context) => {
  const id = call.arg(0);
  const { process: life } = await (await context.connect()).agents.process(id, { limit: 1 });
  const { attach } = life;
  if (attach === undefined) {
    const why =
      life.endedAt === undefined
        ? `it runs under the ${life.host} host, which has no terminal; read it with: waggle agent logs ${id} --follow`
        : `it does not run (${life.state}); start it with: waggle agent start ${id} --host tmux -- COMMAND`;
    throw new WaggleError('not_supported', `agent ${id}: ${why}`, {
      details: { id, host: life.host, state: life.state },
    });
  }
  if (context.json) {
    context.output.json(renderJson({ id, attach }));
    return undefined;
  }
  const [program = '', ...args] = attach;
  return new Promise((resolve, reject) => {
    const terminal = spawn(program, args, { stdio: 'inherit', env: withoutOuterTmux(context.env) });
    terminal.once('error', reject);
    terminal.once('exit', (code) => resolve(code ?? 1));
  });
};

/** tmux refuses to open one terminal inside another; this one belongs to another server, so there is no harm in it. */
function withoutOuterTmux({ TMUX: _outer, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}
