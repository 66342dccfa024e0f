import type { Agent } from '../../agent/agent.ts';
import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { appendEvent, atomically, type Core } from './core.ts';
import { cancelRow } from './lease.ts';
import type { MessageRow } from './message-row.ts';

interface AgentRow {
  readonly id: string;
  readonly role: string | null;
  readonly skills: string;
  readonly client: string | null;
  readonly created_at: number;
  readonly last_seen_at: number | null;
}

export function addAgent(core: Core, agent: Omit<Agent, 'createdAt' | 'lastSeenAt'>): Agent {
  if (core.ledger.agents.has(agent.id)) {
    throw new WaggleError(
      'already_exists',
      `agent ${agent.id} is registered already; remove it first to register it anew`,
      {
        details: { field: 'id', value: agent.id },
      },
    );
  }
  const createdAt = core.wall();
  core
    .sql('INSERT INTO agents VALUES (?, ?, ?, ?, ?, NULL)')
    .run(agent.id, agent.role ?? null, JSON.stringify(agent.skills), agent.client ?? null, createdAt);
  failpoint('store.agent.inserted');
  core.ledger.addAgent(agent.id);
  appendEvent(core, { type: 'agent.added', agent: agent.id, data: { role: agent.role ?? null, skills: agent.skills } });
  return { ...agent, createdAt };
}

export function getAgent(core: Core, id: string): Agent | undefined {
  const row = core.sql('SELECT * FROM agents WHERE id = ?').get(id);
  return row === undefined ? undefined : toAgent(row as unknown as AgentRow); // all columns of the table
}

export function listAgents(core: Core): Agent[] {
  const rows = core.sql('SELECT * FROM agents ORDER BY id').all();
  return (rows as unknown as AgentRow[]).map(toAgent); // all columns of the table
}

export function removeAgent(core: Core, id: string, cancelOpen: boolean): { cancelled: number } {
  requireAgent(core, id);
  const open = core.ledger.inbox(id).openMessages;
  if (open > 0 && !cancelOpen) {
    throw new WaggleError(
      'illegal_transition',
      `agent ${id} has ${open} open messages; let it finish them, or cancel them with: waggle agent remove ${id} --cancel-open`,
      { details: { id, open } },
    );
  }
  return atomically(core, () => {
    const rows = core
      .sql('SELECT seq, inbox, size, state FROM messages WHERE inbox = ? AND state IN (0, 1, 2)')
      .all(id);
    for (const row of rows) cancelRow(core, row as unknown as MessageRow); // the columns cancelRow asks for
    core.sql('DELETE FROM agents WHERE id = ?').run(id);
    failpoint('store.agent.deleted');
    core.ledger.removeAgent(id);
    appendEvent(core, { type: 'agent.removed', agent: id, data: { cancelled: rows.length } });
    return { cancelled: rows.length };
  });
}

export function touchAgent(core: Core, id: string): Agent {
  requireAgent(core, id);
  core.sql('UPDATE agents SET last_seen_at = ? WHERE id = ?').run(core.wall(), id);
  failpoint('store.agent.touched');
  const agent = getAgent(core, id);
  if (agent === undefined) throw new Error(`agent ${id} is in the ledger but not in the table`);
  return agent;
}

function requireAgent(core: Core, id: string): void {
  if (core.ledger.agents.has(id)) return;
  throw new WaggleError('not_found', `agent ${JSON.stringify(id)} is not registered; waggle agent list shows who is`, {
    details: { field: 'id', value: id },
  });
}

function toAgent(row: AgentRow): Agent {
  return {
    id: row.id,
    skills: JSON.parse(row.skills) as string[], // our own text
    createdAt: row.created_at,
    ...(row.role === null ? {} : { role: row.role }),
    ...(row.client === null ? {} : { client: row.client }),
    ...(row.last_seen_at === null ? {} : { lastSeenAt: row.last_seen_at }),
  };
}
