import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { keptReports, type Mission, type ProgressRecord, type WorkUnit } from '../../mission/mission.ts';
import type { NewMission, NewRecord } from '../../mission/mission-store.ts';
import { appendEvent, atomically, type Core } from './core.ts';

interface MissionRow {
  readonly id: string;
  readonly title: string | null;
  readonly owner: string;
  readonly epoch: number;
  readonly done: number;
  readonly total: number;
  readonly units: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly dropped_at: number | null;
}

export function getMission(core: Core, id: string): Mission | undefined {
  const row = core.sql('SELECT * FROM missions WHERE id = ?').get(id);
  return row === undefined ? undefined : toMission(row as unknown as MissionRow); // all columns of the table
}

export function listMissions(core: Core, { owner }: { owner?: string }): Mission[] {
  const rows =
    owner === undefined
      ? core.sql('SELECT * FROM missions ORDER BY changed_seq DESC').all()
      : core.sql('SELECT * FROM missions WHERE owner = ? ORDER BY changed_seq DESC').all(owner);
  return (rows as unknown as MissionRow[]).map(toMission); // all columns of the table
}

export function missionReports(core: Core, id: string, limit: number): ProgressRecord[] {
  const rows = core
    .sql('SELECT * FROM mission_reports WHERE mission = ? ORDER BY number DESC LIMIT ? + 0')
    .all(id, limit);
  return rows.map((row) => ({
    number: Number(row['number']),
    at: Number(row['at']),
    by: String(row['by']),
    source: String(row['source']) as ProgressRecord['source'], // written below, nowhere else
    done: Number(row['done']),
    of: Number(row['total']),
    change: String(row['change']) as ProgressRecord['change'], // the same
    ...(row['via'] === null ? {} : { via: String(row['via']) }),
    ...(row['evidence'] === null ? {} : { evidence: String(row['evidence']) }),
  }));
}

export function addMission(core: Core, mission: NewMission): Mission {
  const { id, title, owner, done, of, units } = mission;
  requireOwner(core, owner);
  if (getMission(core, id) !== undefined) {
    throw new WaggleError('already_exists', `mission ${id} exists already; choose another id`, {
      details: { field: 'id', value: id },
    });
  }
  return atomically(core, () => {
    const at = core.wall();
    const seq = appendEvent(core, { type: 'mission.added', agent: owner, data: { mission: id, owner, done, of } });
    core
      .sql('INSERT INTO missions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)')
      .run(id, title ?? null, owner, seq, done, of, unitsText(units), at, at, seq);
    failpoint('store.mission.inserted');
    return required(core, id);
  });
}

export function progressMission(
  core: Core,
  id: string,
  to: Pick<Mission, 'done' | 'of' | 'units'>,
  record: NewRecord,
): Mission {
  return atomically(core, () => {
    const before = required(core, id);
    const at = core.wall();
    const seq = appendEvent(core, {
      type: 'mission.progressed',
      agent: before.owner,
      data: {
        mission: id,
        epoch: before.epoch,
        done: to.done,
        of: to.of,
        doneBefore: before.done,
        ofBefore: before.of,
        change: record.change,
        by: record.by,
        source: record.source,
        ...(record.evidence === undefined ? {} : { evidence: record.evidence }),
      },
    });
    core
      .sql('UPDATE missions SET done = ?, total = ?, units = ?, updated_at = ?, changed_seq = ? WHERE id = ?')
      .run(to.done, to.of, unitsText(to.units), at, seq, id);
    failpoint('store.mission.progressed');
    const last = core.sql('SELECT max(number) AS number FROM mission_reports WHERE mission = ?').get(id);
    const number = Number(last?.['number'] ?? 0) + 1;
    const { by, via, source, done, of, change, evidence } = record;
    core
      .sql('INSERT INTO mission_reports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(id, number, at, by, via ?? null, source, done, of, change, evidence ?? null);
    core.sql('DELETE FROM mission_reports WHERE mission = ? AND number <= ?').run(id, number - keptReports);
    return required(core, id);
  });
}

export function dropMission(core: Core, id: string, by: string): Mission {
  return atomically(core, () => {
    const { owner, done, of } = required(core, id);
    const seq = appendEvent(core, { type: 'mission.dropped', agent: owner, data: { mission: id, by, done, of } });
    core
      .sql('UPDATE missions SET dropped_at = ?, updated_at = ?, changed_seq = ? WHERE id = ? AND dropped_at IS NULL')
      .run(core.wall(), core.wall(), seq, id);
    return required(core, id);
  });
}

export function transferMission(core: Core, id: string, epoch: number, to: string): Mission {
  requireOwner(core, to);
  return atomically(core, () => {
    const before = required(core, id);
    const data = { mission: id, from: before.owner, to };
    const seq = appendEvent(core, { type: 'mission.transferred', agent: to, data });
    const { changes } = core
      .sql('UPDATE missions SET owner = ?, epoch = ?, updated_at = ?, changed_seq = ? WHERE id = ? AND epoch = ?')
      .run(to, seq, core.wall(), seq, id, epoch);
    failpoint('store.mission.transferred');
    if (Number(changes) === 1) return required(core, id);
    throw new WaggleError(
      'version_conflict',
      `mission ${id} belongs to ${before.owner} at epoch ${before.epoch}, not ${epoch}; it was not handed over`,
      { details: { mission: id, owner: before.owner, epoch: before.epoch, expected: epoch } },
    );
  });
}

function required(core: Core, id: string): Mission {
  const mission = getMission(core, id);
  if (mission !== undefined) return mission;
  throw new WaggleError('not_found', `mission ${id} does not exist; waggle mission list shows which do`, {
    details: { field: 'mission', value: id },
  });
}

function requireOwner(core: Core, owner: string): void {
  if (core.ledger.agents.has(owner)) return;
  throw new WaggleError(
    'not_found',
    `agent ${owner} is not registered, so it cannot own a mission; waggle agent add ${owner}`,
    { details: { field: 'owner', value: owner } },
  );
}

const unitsText = (units: readonly WorkUnit[]) => JSON.stringify(units.map(({ name, done }) => [name, done]));

function toMission(row: MissionRow): Mission {
  const units = JSON.parse(row.units) as [string, boolean][]; // our own text
  return {
    id: row.id,
    owner: row.owner,
    epoch: row.epoch,
    done: row.done,
    of: row.total,
    units: units.map(([name, done]) => ({ name, done })),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.title === null ? {} : { title: row.title }),
    ...(row.dropped_at === null ? {} : { droppedAt: row.dropped_at }),
  };
}
