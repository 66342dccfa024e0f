import type { Agent, AgentState, NewAgent } from '../../agent/agent.ts';
import { WaggleError } from '../../errors.ts';
import { isOpen } from '../../message/message.ts';
import { cancelRow } from './delivery.ts';
import type { MemoryState } from './memory-state.ts';
import { endToken } from './tokens.ts';

export function addAgent(state: MemoryState, agent: NewAgent): Agent {
  if (state.agents.has(agent.id)) {
    throw new WaggleError('already_exists', `agent ${agent.id} is registered already`, { details: { id: agent.id } });
  }
  const added: Agent = {
    ...agent,
    skills: [...agent.skills],
    state: agent.state ?? 'offline',
    createdAt: state.options.clock.now(),
  };
  state.setAgent(agent.id, added);
  state.tell({ type: 'agent.added', agent: agent.id, data: { role: agent.role ?? null, skills: [...agent.skills] } });
  return added;
}

export function listAgents(state: MemoryState): Agent[] {
  return [...state.agents.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function removeAgent(state: MemoryState, id: string, options: { cancelOpen: boolean }): { cancelled: number } {
  registered(state, id);
  const inbox = state.registeredInbox(id);
  if (inbox.open > 0 && !options.cancelOpen) {
    throw new WaggleError(
      'illegal_transition',
      `agent ${id} has ${inbox.open} open messages; cancel them to remove it`,
      {
        details: { id, open: inbox.open },
      },
    );
  }
  const open = inbox.open === 0 ? [] : inbox.rows.filter((row) => row !== undefined && isOpen(row.life.state));
  for (const row of open) if (row !== undefined) cancelRow(state, row);
  state.setAgent(id, undefined);
  endToken(state, id);
  state.tell({ type: 'agent.removed', agent: id, data: { cancelled: open.length } });
  return { cancelled: open.length };
}

export function touchAgent(state: MemoryState, id: string): Agent {
  const touched: Agent = { ...registered(state, id), lastSeenAt: state.options.clock.now() };
  state.setAgent(id, touched);
  return touched;
}

export function noteClient(state: MemoryState, id: string, client: string): Agent {
  const agent = registered(state, id);
  if (agent.client !== undefined) return agent;
  const noted: Agent = { ...agent, client };
  state.setAgent(id, noted);
  state.tell({ type: 'agent.client-noted', agent: id, data: { client } });
  return noted;
}

export function reportAgent(
  state: MemoryState,
  id: string,
  { state: said, reason }: { state: AgentState; reason?: string },
): Agent {
  const { stateReason: _before, ...agent } = registered(state, id);
  const now = state.options.clock.now();
  const told = reason === undefined ? {} : { stateReason: reason };
  const reported: Agent = { ...agent, ...told, state: said, stateAt: now, lastSeenAt: now };
  state.setAgent(id, reported);
  state.tell({ type: 'agent.reported', agent: id, data: { state: said, ...(reason === undefined ? {} : { reason }) } });
  return reported;
}

function registered(state: MemoryState, id: string): Agent {
  const agent = state.agents.get(id);
  if (agent === undefined) throw new WaggleError('not_found', `no agent ${id} is registered`, { details: { id } });
  return agent;
}
