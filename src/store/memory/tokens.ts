import type { AgentToken, MintRequest } from '../../agent/token-store.ts';
import { WaggleError } from '../../errors.ts';
import type { MemoryState } from './memory-state.ts';

export function mintToken(state: MemoryState, { agent, role, hash, expiresAt }: MintRequest): AgentToken {
  if (!state.agents.has(agent)) {
    throw new WaggleError('not_found', `no agent ${agent} is registered`, { details: { field: 'id', value: agent } });
  }
  const incarnation = (state.tokens.get(agent)?.incarnation ?? 0) + 1;
  const issuedAt = state.options.clock.now();
  const token = { agent, incarnation, role, hash, issuedAt, ...(expiresAt === undefined ? {} : { expiresAt }) };
  state.setToken(token);
  state.tell({ type: 'agent.token-minted', agent, data: { incarnation, role } });
  return token;
}

export function revokeToken(state: MemoryState, agent: string): AgentToken {
  endToken(state, agent);
  const token = state.tokens.get(agent);
  if (token !== undefined) return token;
  throw new WaggleError('not_found', `agent ${agent} never had a token`, { details: { field: 'id', value: agent } });
}

/** Ends the agent's token where it has a live one. */
export function endToken(state: MemoryState, agent: string): void {
  const token = state.tokens.get(agent);
  if (token === undefined || token.revokedAt !== undefined) return;
  state.setToken({ ...token, revokedAt: state.options.clock.now() });
  state.tell({ type: 'agent.token-revoked', agent, data: { incarnation: token.incarnation } });
}

export function listTokens(state: MemoryState): AgentToken[] {
  return [...state.tokens.values()].sort((a, b) => (a.agent < b.agent ? -1 : 1));
}
