import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { type Agent, agentStates } from '../../agent/agent.ts';
import { tokenRoles } from '../../agent/policy.ts';
import { invalidInput, WaggleError } from '../../errors.ts';
import type { MessageLimits } from '../../message/limits.ts';
import { viewAgent } from '../agent-view.ts';
import type { AgentImportInput, AgentInput } from '../api.ts';
import { cleanContext } from '../context-value.ts';
import { agentId, count, durationMs, line, word } from '../fields.ts';
import type { Hub } from '../hub.ts';
import type { OperationTable } from '../operation.ts';
import { instant, presentAgent, presentProcess } from '../present.ts';
import type { ProcessApi } from '../process-api.ts';

type AgentOperations = Omit<Pick<OperationTable, Extract<keyof OperationTable, `agent.${string}`>>, keyof ProcessApi>;

/** A year: a token for ever is said by leaving the expiry out. */
const longestTokenMs = 366 * 24 * 3_600_000;

/** Ids that mean something else: everybody, the rescue's sender, a role. */
const reservedIds = new Set(['all', 'recovery', 'captain', 'shared', 'operator']);

export function agentOperations(limits: MessageLimits): AgentOperations {
  const registration = {
    id: agentId,
    role: word.exactOptional(),
    skills: z.array(word).max(64, 'must be at most 64 skills').exactOptional(),
    client: word.exactOptional(),
    team: word.exactOptional(),
    capacity: count(1_000).exactOptional(),
    workspace: line(4_096).refine(isAbsolute, 'must be an absolute path').exactOptional(),
  };
  const state = z.enum(agentStates, `must be one of ${agentStates.join(', ')}`);

  return {
    'agent.add': {
      name: 'agent.add',
      access: { action: 'agent.register', subjects: ({ id }) => [id] },
      repeat: 'looked-up',
      summary: 'Register an agent; from now on it has an inbox.',
      http: { method: 'POST', path: '/v1/agents', status: 201 },
      input: z.strictObject(registration),
      async run(hub, input) {
        return presentAgent(await hub.store.agents.add(agentOf(input)));
      },
    },
    'agent.import': {
      name: 'agent.import',
      access: { action: 'agent.register', subjects: ({ id }) => [id], isControl: true },
      repeat: 'recounted',
      summary:
        'Register an agent of another system as that one left it; one that is registered already stays as it is.',
      http: { method: 'POST', path: '/v1/agents/import' },
      input: z.strictObject({
        ...registration,
        state,
        stateReason: line(1_024).exactOptional(),
        stateAt: z.iso.datetime({ offset: true, error: 'must be an ISO 8601 instant' }).exactOptional(),
        context: z.unknown(),
      }) as z.ZodType<AgentImportInput>, // context is judged below
      run(hub, { state, stateReason, stateAt, context, ...agent }) {
        const at = stateAt === undefined ? undefined : Date.parse(stateAt);
        const value = context === undefined ? undefined : cleanContext(context, 'context', limits).value;
        const past = {
          state,
          ...(stateReason === undefined ? {} : { stateReason }),
          ...(at === undefined ? {} : { stateAt: at, lastSeenAt: at }),
        };
        return hub.store.transaction(async (tx) => {
          if ((await tx.agents.get(agent.id)) !== undefined) return { id: agent.id, imported: false };
          await tx.agents.add({ ...agentOf(agent), ...past });
          if (value !== undefined) {
            const write = { namespace: agent.id, by: 'operator', reason: 'imported', ifVersion: 'any' as const };
            await tx.contexts.write({ ...write, value, change: 'set' });
          }
          return { id: agent.id, imported: true };
        });
      },
    },
    'agent.list': {
      name: 'agent.list',
      access: { action: 'agent.read' },
      repeat: 'safe',
      summary: 'The registered agents, sorted by id.',
      http: { method: 'GET', path: '/v1/agents' },
      input: z.strictObject({ role: word.exactOptional(), skill: word.exactOptional() }),
      async run(hub, { role, skill }) {
        const agents = (await hub.store.agents.list()).filter(
          (agent) =>
            (role === undefined || agent.role === role) && (skill === undefined || agent.skills.includes(skill)),
        );
        return { agents: await Promise.all(agents.map((agent) => viewAgent(hub, agent))) };
      },
    },
    'agent.show': {
      name: 'agent.show',
      access: { action: 'agent.read', subjects: ({ id }) => [id] },
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
        const life = await hub.store.processes.latest(id);
        return {
          ...(await viewAgent(hub, agent)),
          inbox,
          ...(life === undefined ? {} : { process: presentProcess(life) }),
        };
      },
    },
    'agent.remove': {
      name: 'agent.remove',
      access: { action: 'agent.register', subjects: ({ id }) => [id], isControl: true },
      repeat: 'looked-up',
      summary: 'Remove an agent whose inbox is empty, or cancel what it still holds.',
      http: { method: 'DELETE', path: '/v1/agents/:id' },
      input: z.strictObject({ id: agentId, cancelOpen: z.boolean().exactOptional() }),
      async run(hub, { id, cancelOpen = false }) {
        await hub.supervisor.requireStopped(id);
        const removed = await hub.store.agents.remove(id, { cancelOpen });
        hub.identities.forget(id);
        return { id, ...removed };
      },
    },
    'agent.heartbeat': {
      name: 'agent.heartbeat',
      access: { action: 'agent.report', subjects: ({ id }) => [id] },
      repeat: 'safe',
      summary: 'Note that the agent itself was heard of now, and in which program it runs where that is not known yet.',
      http: { method: 'POST', path: '/v1/agents/:id/heartbeat' },
      input: z.strictObject({ id: agentId, client: word.exactOptional() }),
      async run(hub, { id, client }) {
        const { agents } = hub.store;
        const heard = await agents.touch(id);
        const isNews = client !== undefined && heard.client === undefined;
        return presentAgent(isNews ? await agents.noteClient(id, client) : heard);
      },
    },
    'agent.report': {
      name: 'agent.report',
      access: { action: 'agent.report', subjects: ({ id }) => [id] },
      repeat: 'safe',
      summary: 'Note what an agent says of itself: what state it is in, and why.',
      http: { method: 'POST', path: '/v1/agents/:id/report' },
      input: z.strictObject({
        id: agentId,
        state,
        reason: line(1_024).exactOptional(),
      }),
      async run(hub, { id, ...report }) {
        return presentAgent(await hub.store.agents.report(id, report));
      },
    },
    'agent.token': {
      name: 'agent.token',
      access: { action: 'token.control', subjects: ({ id }) => [id], isControl: true },
      repeat: 'recounted',
      summary: 'Give an agent a token of its own, in a file only its owner can read; the former one ends at once.',
      http: { method: 'POST', path: '/v1/agents/:id/token', status: 201 },
      input: z.strictObject({
        id: agentId,
        role: z.enum(tokenRoles, `must be one of ${tokenRoles.join(', ')}`).exactOptional(),
        expiresInMs: durationMs(longestTokenMs).min(1, 'must be at least 1 ms').exactOptional(),
      }),
      async run(hub, { id, ...options }) {
        const { issuedAt, expiresAt, ...minted } = await hub.identities.mintFor(id, options);
        const ends = expiresAt === undefined ? {} : { expiresAt: instant(expiresAt) };
        return { ...minted, issuedAt: instant(issuedAt), ...ends };
      },
    },
    'agent.revoke': {
      name: 'agent.revoke',
      access: { action: 'token.control', subjects: ({ id }) => [id], isControl: true },
      repeat: 'safe',
      summary: 'End the token of an agent at once, on open connections too, and take its file away.',
      http: { method: 'POST', path: '/v1/agents/:id/revoke' },
      input: z.strictObject({ id: agentId }),
      async run(hub, { id }) {
        const { agent, incarnation, revokedAt } = await hub.identities.revoke(id);
        return { agent, incarnation, revokedAt: instant(revokedAt ?? hub.clock.now()) };
      },
    },
  };
}

/** The agent of that id, registered now if nobody has: whoever starts its program means it. */
export async function registeredAgent(hub: Hub, agent: AgentInput): Promise<Agent> {
  const known = await hub.store.agents.get(agent.id);
  return known ?? hub.store.agents.add(agentOf(agent));
}

function agentOf({ id, role, skills = [], client, ...rest }: AgentInput) {
  if (reservedIds.has(id)) throw invalidInput('id', id, 'is reserved; choose another id');
  return {
    ...rest,
    id,
    skills: [...new Set(skills)].sort(),
    ...(role === undefined ? {} : { role }),
    ...(client === undefined ? {} : { client }),
  };
}
