import { WaggleError } from '../../errors.ts';
import type { EventType } from '../../events.ts';
import { failpoint } from '../../failpoint.ts';
import { type AgentProcess, isLive, type ProcessIdentity, type ProcessState } from '../../process/process.ts';
import { keptIncarnations, type ProcessEnd, type ProcessOrder, type ProcessRef } from '../../process/process-store.ts';
import { appendEvent, atomically, type Core } from './core.ts';

interface ProcessRow {
  readonly agent: string;
  readonly incarnation: number;
  readonly host: AgentProcess['host'];
  readonly command: string;
  readonly cwd: string;
  readonly policy: AgentProcess['policy'];
  readonly cause: AgentProcess['cause'];
  readonly nonce: string;
  readonly state: ProcessState;
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
  readonly pid: number | null;
  readonly start_time: string | null;
  readonly boot_id: string | null;
  readonly exit_code: number | null;
  readonly exit_signal: string | null;
  readonly exit_reason: string | null;
  readonly restart_at: number | null;
}

export function beginProcess(core: Core, order: ProcessOrder): AgentProcess {
  const { agent } = order;
  if (!core.ledger.agents.has(agent)) {
    throw new WaggleError('not_found', `agent ${agent} is not registered; waggle agent add ${agent}`, {
      details: { field: 'id', value: agent },
    });
  }
  return atomically(core, () => {
    const last = latestProcess(core, agent);
    if (last !== undefined && isLive(last)) throw runsAlready(last);
    const incarnation = (last?.incarnation ?? 0) + 1;
    core.sql('UPDATE processes SET restart_at = NULL WHERE agent = ? AND restart_at IS NOT NULL').run(agent);
    core
      .sql(
        `INSERT INTO processes (agent, incarnation, host, command, cwd, policy, cause, nonce, state, created_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'starting', ?)`,
      )
      .run(
        agent,
        incarnation,
        order.host,
        JSON.stringify(order.command),
        order.cwd,
        order.policy,
        order.cause,
        order.nonce,
        core.wall(),
      );
    failpoint('store.process.inserted');
    core.sql('DELETE FROM processes WHERE agent = ? AND incarnation <= ?').run(agent, incarnation - keptIncarnations);
    tell(core, 'agent.starting', { agent, incarnation }, { host: order.host, cause: order.cause });
    return mustFind(core, { agent, incarnation });
  });
}

export function startedProcess(core: Core, ref: ProcessRef, { pid, startTime, bootId }: ProcessIdentity): AgentProcess {
  return step(core, ref, ['starting'], () => {
    core
      .sql(
        `UPDATE processes SET state = 'running', started_at = ?, pid = ?, start_time = ?, boot_id = ?
         WHERE agent = ? AND incarnation = ? AND state = 'starting'`,
      )
      .run(core.wall(), pid, startTime, bootId, ref.agent, ref.incarnation);
    tell(core, 'agent.started', ref, { pid });
  });
}

export function stoppingProcess(core: Core, ref: ProcessRef): AgentProcess {
  return step(core, ref, ['running', 'stopping'], () => {
    const { changes } = core
      .sql(`UPDATE processes SET state = 'stopping' WHERE agent = ? AND incarnation = ? AND state = 'running'`)
      .run(ref.agent, ref.incarnation);
    if (Number(changes) > 0) tell(core, 'agent.stopping', ref, {});
  });
}

export function endedProcess(core: Core, ref: ProcessRef, { state, exit, restartAt }: ProcessEnd): AgentProcess {
  return step(core, ref, ['starting', 'running', 'stopping'], () => {
    core
      .sql(
        `UPDATE processes SET state = ?, ended_at = ?, exit_code = ?, exit_signal = ?, exit_reason = ?, restart_at = ?
         WHERE agent = ? AND incarnation = ? AND state IN ('starting', 'running', 'stopping')`,
      )
      .run(
        state,
        core.wall(),
        exit.code ?? null,
        exit.signal ?? null,
        exit.reason ?? null,
        restartAt ?? null,
        ref.agent,
        ref.incarnation,
      );
    failpoint('store.process.ended');
    tell(core, 'agent.exited', ref, { state, ...exit, ...(restartAt === undefined ? {} : { restartAt }) });
  });
}

export function cancelRestart(core: Core, ref: ProcessRef): AgentProcess {
  return step(core, ref, ['exited'], () => {
    core
      .sql('UPDATE processes SET restart_at = NULL WHERE agent = ? AND incarnation = ?')
      .run(ref.agent, ref.incarnation);
    tell(core, 'agent.restart_cancelled', ref, {});
  });
}

export function latestProcess(core: Core, agent: string): AgentProcess | undefined {
  return processHistory(core, agent, 1)[0];
}

export function listProcesses(core: Core): AgentProcess[] {
  const rows = core
    .sql(
      `SELECT * FROM processes WHERE (agent, incarnation) IN (SELECT agent, max(incarnation) FROM processes GROUP BY agent)
       ORDER BY agent`,
    )
    .all();
  return (rows as unknown as ProcessRow[]).map(toProcess); // all columns of the table
}

export function processHistory(core: Core, agent: string, limit: number): AgentProcess[] {
  const rows = core
    .sql('SELECT * FROM processes WHERE agent = ? ORDER BY incarnation DESC LIMIT ? + 0')
    .all(agent, limit);
  return (rows as unknown as ProcessRow[]).map(toProcess); // all columns of the table
}

/** Refuses where the incarnation is not in one of the states; else changes it and answers what it is now. */
function step(core: Core, ref: ProcessRef, from: readonly ProcessState[], change: () => void): AgentProcess {
  return atomically(core, () => {
    const { state } = mustFind(core, ref);
    if (!from.includes(state)) {
      throw new WaggleError(
        'illegal_transition',
        `incarnation ${ref.incarnation} of agent ${ref.agent} is ${state}, not ${from.join(' or ')}; look again`,
        { details: { ...ref, state } },
      );
    }
    change();
    return mustFind(core, ref);
  });
}

function runsAlready({ agent, incarnation, state, identity }: AgentProcess): WaggleError {
  const pid = identity === undefined ? '' : `, pid ${identity.pid}`;
  return new WaggleError(
    'illegal_transition',
    `agent ${agent} is ${state} already (incarnation ${incarnation}${pid}); stop it first: waggle agent stop ${agent}`,
    { details: { id: agent, incarnation, state, ...(identity === undefined ? {} : { pid: identity.pid }) } },
  );
}

function mustFind(core: Core, { agent, incarnation }: ProcessRef): AgentProcess {
  const row = core.sql('SELECT * FROM processes WHERE agent = ? AND incarnation = ?').get(agent, incarnation);
  if (row !== undefined) return toProcess(row as unknown as ProcessRow); // all columns of the table
  throw new WaggleError('not_found', `agent ${agent} has no incarnation ${incarnation}`, {
    details: { id: agent, incarnation },
  });
}

function tell(core: Core, type: EventType, { agent, incarnation }: ProcessRef, facts: Record<string, unknown>): void {
  appendEvent(core, { type, agent, data: { incarnation, ...facts } });
}

function toProcess(row: ProcessRow): AgentProcess {
  const { pid, start_time, boot_id, exit_code, exit_signal, exit_reason } = row;
  const isOver = row.ended_at !== null;
  return {
    agent: row.agent,
    incarnation: row.incarnation,
    host: row.host,
    command: JSON.parse(row.command) as string[], // our own text
    cwd: row.cwd,
    policy: row.policy,
    cause: row.cause,
    nonce: row.nonce,
    state: row.state,
    createdAt: row.created_at,
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(pid === null ? {} : { identity: { pid, startTime: start_time ?? '', bootId: boot_id ?? '' } }),
    ...(isOver
      ? {
          exit: {
            ...(exit_code === null ? {} : { code: exit_code }),
            ...(exit_signal === null ? {} : { signal: exit_signal }),
            ...(exit_reason === null ? {} : { reason: exit_reason }),
          },
        }
      : {}),
    ...(row.restart_at === null ? {} : { restartAt: row.restart_at }),
  };
}
