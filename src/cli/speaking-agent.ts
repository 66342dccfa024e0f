import { invalidInput } from '../errors.ts';
import { agentIdPattern } from '../ids.ts';
import { type Call, missingInput } from './call.ts';
import type { Context } from './command.ts';

/**
 * The agent that a client's hook or server speaks as. Whoever started the client knows best which agent runs in it
 * (`WAGGLE_AGENT`, whose token it then holds too); its settings may be those of many.
 */
export function speakingAgent(call: Call, { env }: Pick<Context, 'env'>): string {
  const [field, agent] = env['WAGGLE_AGENT'] ? ['WAGGLE_AGENT', env['WAGGLE_AGENT']] : ['--agent', call.text('agent')];
  if (agent === undefined) throw missingInput('--agent', 'name the agent the client speaks as, or set WAGGLE_AGENT');
  if (!agentIdPattern.test(agent)) throw invalidInput(field ?? '--agent', agent, 'must be an agent id');
  return agent;
}
