import type { Agent, AgentState, NewAgent } from '../../agent/agent.ts';
import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { appendEvent, atomically, type Core } from './core.ts';
import { cancelRow } from './lease.ts';
import type { MessageRow } from './message-row.ts';
import { requireAgent } from './require-agent.ts';
import { endToken } from './token-rows.ts';

interface AgentRow {
  readonly id: string;
  readonly role: string | null;
  readonly skills: string;
  readonly client: string | null;
  readonly created_at: number;
  readonly last_seen_at: number | null;
  readonly team: string | null;
  readonly capacity: number | null;
  readonly workspace: string | null;
  readonly state: string;
  readonly state_reason: string | null;
  readonly state_at: number | null;
}

export function addAgent(core: Core, agent: NewAgent): Agent {
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
    .sql(
      `INSERT INTO agents (id, role, skills, client, team, capacity, workspace, created_at, state, state_reason, state_at, last_seen_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      agent.id,
      agent.role ?? null,
      JSON.stringify(agent.skills),
      agent.client ?? null,
      agent.team ?? null,
      agent.capacity ?? null,
      agent.workspace ?? null,
      createdAt,
      agent.state ?? 'offline',
      agent.stateReason ?? null,
      agent.stateAt ?? null,
      agent.lastSeenAt ?? null,
    );
  failpoint('store.agent.inserted');
  core.ledger.addAgent(agent.id);
  appendEvent(core, { type: 'agent.added', agent: agent.id, data: { role: agent.role ?? null, skills: agent.skills } });
  return { ...agent, state: agent.state ?? 'offline', createdAt };
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
    core.sql('DELETE FROM delivery_doors WHERE agent = ?').run(id);
    failpoint('store.agent.deleted');
    core.ledger.removeAgent(id);
    endToken(core, id);
    appendEvent(core, { type: 'agent.removed', agent: id, data: { cancelled: rows.length } });
    return { cancelled: rows.length };
  });
}

export function touchAgent(core: Core, id: string): Agent {
  requireAgent(core, id);
  core.sql('UPDATE agents SET last_seen_at = ? WHERE id = ?').run(core.wall(), id);
  failpoint('store.agent.touched');
  return mustGet(core, id);
}

export function noteClient(core: Core, id: string, client: string): Agent {
  requireAgent(core, id);
  return atomically(core, () => {
    const { changes } = core.sql('UPDATE agents SET client = ? WHERE id = ? AND client IS NULL').run(client, id);
    if (changes > 0) appendEvent(core, { type: 'agent.client-noted', agent: id, data: { client } });
    return mustGet(core, id);
  });
}

function mustGet(core: Core, id: string): Agent {
  const agent = getAgent(core, id);
  if (agent === undefined) throw new Error(`agent ${id} is in the ledger but not in the table`);
  return agent;
}

export function reportAgent(core: Core, id: string, report: { state: AgentState; reason?: string }): Agent {
  requireAgent(core, id);
  return atomically(core, () => {
    const { state, reason } = report;
    core
      .sql('UPDATE agents SET state = ?, state_reason = ?, state_at = ?, last_seen_at = ? WHERE id = ?')
      .run(state, reason ?? null, core.wall(), core.wall(), id);
    failpoint('store.agent.reported');
    appendEvent(core, {
      type: 'agent.reported',
      agent: id,
      data: { state, ...(reason === undefined ? {} : { reason }) },
    });
    return mustGet(core, id);
  });
}

function toAgent(row: AgentRow): Agent {
  return {
    id: row.id,
    skills: JSON.parse(row.skills) as string[], // our own text
    state: row.state as AgentState, // validated at the door
    createdAt: row.created_at,
    ...(row.role === null ? {} : { role: row.role }),
    ...(row.client === null ? {} : { client: row.client }),
    ...(row.team === null ? {} : { team: row.team }),
    ...(row.capacity === null ? {} : { capacity: row.capacity }),
    ...(row.workspace === null ? {} : { workspace: row.workspace }),
    ...(row.state_reason === null ? {} : { stateReason: row.state_reason }),
    ...(row.state_at === null ? {} : { stateAt: row.state_at }),
    ...(row.last_seen_at === null ? {} : { lastSeenAt: row.last_seen_at }),
  };
}
