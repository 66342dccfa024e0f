import { present } from '../call.ts';
import type { CommandAction } from '../command.ts';
import { speakingAgent } from '../speaking-agent.ts';

export const mcp: CommandAction = async (call, context) => {
  const { pipe, clock, stop, dir, output } = context;
  const agent = speakingAgent(call, context);
  const { serveAgent } = await import('../../mcp/stdio.ts');
  await serveAgent({
    agent,
    client: call.text('client') ?? 'mcp',
    ...pipe,
    clock,
    stop,
    connection: { ...present({ dir }), notice: (line) => output.note(line) },
    onError: (error) => output.note(`mcp: ${error.message}`),
  });
  return undefined;
};
