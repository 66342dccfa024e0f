import { z } from 'zod';
import { invalidInput, WaggleError } from '../../errors.ts';
import type { AgentInput } from '../api.ts';
import { agentId, word } from '../fields.ts';
import type { OperationTable } from '../operation.ts';
import { instant, presentAgent } from '../present.ts';

type AgentOperations = Pick<OperationTable, Extract<keyof OperationTable, `agent.${string}`>>;

/** Ids that mean something else: everybody, the rescue's sender, a role. */
const reservedIds = new Set(['all', 'recovery', 'captain', 'shared', 'operator']);

export function agentOperations(): AgentOperations {
  return {
    'agent.add': {
      name: 'agent.add',
      repeat: 'looked-up',
      summary: 'Register an agent; from now on it has an inbox.',
      http: { method: 'POST', path: '/v1/agents', status: 201 },
      input: z.strictObject({
        id: agentId,
        role: word.exactOptional(),
        skills: z.array(word).max(64, 'must be at most 64 skills').exactOptional(),
        client: word.exactOptional(),
      }),
      async run(hub, input) {
        return presentAgent(await hub.store.agents.add(agentOf(input)));
      },
    },
    'agent.list': {
      name: 'agent.list',
      repeat: 'safe',
      summary: 'The registered agents, sorted by id.',
      http: { method: 'GET', path: '/v1/agents' },
      input: z.strictObject({ role: word.exactOptional(), skill: word.exactOptional() }),
      async run(hub, { role, skill }) {
        const agents = (await hub.store.agents.list()).filter(
          (agent) =>
            (role === undefined || agent.role === role) && (skill === undefined || agent.skills.includes(skill)),
        );
        return { agents: agents.map(presentAgent) };
      },
    },
    'agent.show': {
      name: 'agent.show',
      repeat: 'safe',
      summary: 'One agent with the state of its inbox.',
      http: { method: 'GET', path: '/v1/agents/:id' },
      input: z.strictObject({ id: agentId }),
      async run(hub, { id }) {
        const agent = await hub.store.agents.get(id);
        if (agent === undefined) {
          throw new WaggleError('not_found', `agent ${id} is not registered; waggle agent list shows who is`, {
            details: { field: 'id', value: id },
          });
        }
        const { oldestReadyAt, ...stats } = await hub.store.messages.inboxStats(id);
        const inbox = oldestReadyAt === undefined ? stats : { ...stats, oldestReadyAt: instant(oldestReadyAt) };
        return { ...presentAgent(agent), inbox };
      },
    },
    'agent.remove': {
      name: 'agent.remove',
      repeat: 'looked-up',
      summary: 'Remove an agent whose inbox is empty, or cancel what it still holds.',
      http: { method: 'DELETE', path: '/v1/agents/:id' },
      input: z.strictObject({ id: agentId, cancelOpen: z.boolean().exactOptional() }),
      async run(hub, { id, cancelOpen = false }) {
        return { id, ...(await hub.store.agents.remove(id, { cancelOpen })) };
      },
    },
    'agent.heartbeat': {
      name: 'agent.heartbeat',
      repeat: 'safe',
      summary: 'Note that the agent itself was heard of now.',
      http: { method: 'POST', path: '/v1/agents/:id/heartbeat' },
      input: z.strictObject({ id: agentId }),
      async run(hub, { id }) {
        return presentAgent(await hub.store.agents.touch(id));
      },
    },
  };
}

function agentOf({ id, role, skills = [], client }: AgentInput) {
  if (reservedIds.has(id)) throw invalidInput('id', id, 'is reserved; choose another id');
  return {
    id,
    skills: [...new Set(skills)].sort(),
    ...(role === undefined ? {} : { role }),
    ...(client === undefined ? {} : { client }),
  };
}
