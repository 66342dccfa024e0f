import { given, type Tool } from '../tool.ts';

export const listAgents: Tool = {
  name: 'list_agents',
  description: 'Who is in the swarm: ids to send to, with role, skills and when last heard of.',
  input: { type: 'object', properties: { role: { type: 'string' }, skill: { type: 'string' } } },
  readOnly: true,
  async run({ agent, call }, args, signal) {
    const { agents } = await call('agent.list', given<'agent.list'>(args, ['role', 'skill']), signal);
    const told = agents.map(({ id, role, skills, client, lastSeenAt }) => ({ id, role, skills, client, lastSeenAt }));
    return { you: agent, agents: told };
  },
};
