import { invalidInput } from '../../errors.ts';
import { agentIdPattern } from '../../ids.ts';
import { missingInput, present } from '../call.ts';
import type { CommandAction } from '../command.ts';

export const mcp: CommandAction = async (call, { pipe, clock, stop, dir, output }) => {
  const agent = call.text('agent');
  if (agent === undefined) throw missingInput('--agent', 'say who speaks here: waggle mcp --agent ID');
  if (!agentIdPattern.test(agent)) throw invalidInput('--agent', agent, 'must be an agent id');
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
