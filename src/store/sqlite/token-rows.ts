import type { TokenRole } from '../../agent/policy.ts';
import type { AgentToken, MintRequest } from '../../agent/token-store.ts';
import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { appendEvent, atomically, type Core } from './core.ts';
import { requireAgent } from './require-agent.ts';

interface TokenRow {
  readonly agent: string;
  readonly incarnation: number;
  readonly role: string;
  readonly hash: string;
  readonly issued_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
}

export function mintToken(core: Core, { agent, role, hash, expiresAt }: MintRequest): AgentToken {
  requireAgent(core, agent);
  return atomically(core, () => {
    core
      .sql(
        `INSERT INTO agent_tokens VALUES (?, 1, ?, ?, ?, ?, NULL) ON CONFLICT DO UPDATE SET incarnation = incarnation + 1,
          role = excluded.role, hash = excluded.hash, issued_at = excluded.issued_at, expires_at = excluded.expires_at, revoked_at = NULL`,
      )
      .run(agent, role, hash, core.wall(), expiresAt ?? null);
    failpoint('store.token.minted');
    const token = mustFind(core, agent);
    appendEvent(core, { type: 'agent.token-minted', agent, data: { incarnation: token.incarnation, role } });
    return token;
  });
}

export function revokeToken(core: Core, agent: string): AgentToken {
  mustFind(core, agent);
  return atomically(core, () => {
    endToken(core, agent);
    return mustFind(core, agent);
  });
}

/** Ends the agent's token where it has a live one. To be called inside `atomically`. */
export function endToken(core: Core, agent: string): void {
  const ended = core
    .sql('UPDATE agent_tokens SET revoked_at = ? WHERE agent = ? AND revoked_at IS NULL')
    .run(core.wall(), agent);
  if (Number(ended.changes) === 0) return;
  failpoint('store.token.revoked');
  const { incarnation } = mustFind(core, agent);
  appendEvent(core, { type: 'agent.token-revoked', agent, data: { incarnation } });
}

export function listTokens(core: Core): AgentToken[] {
  const rows = core.sql('SELECT * FROM agent_tokens ORDER BY agent').all();
  return (rows as unknown as TokenRow[]).map(toToken); // all columns of the table
}

function mustFind(core: Core, agent: string): AgentToken {
  const row = core.sql('SELECT * FROM agent_tokens WHERE agent = ?').get(agent);
  if (row !== undefined) return toToken(row as unknown as TokenRow); // all columns of the table
  throw new WaggleError('not_found', `agent ${JSON.stringify(agent)} never had a token; waggle agent token ${agent}`, {
    details: { field: 'id', value: agent },
  });
}

function toToken(row: TokenRow): AgentToken {
  return {
    agent: row.agent,
    incarnation: row.incarnation,
    role: row.role as TokenRole, // written by mintToken, nowhere else
    hash: row.hash,
    issuedAt: row.issued_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  };
}
