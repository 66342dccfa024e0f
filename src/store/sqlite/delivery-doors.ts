import type { DoorSetting } from '../../delivery/delivery-store.ts';
import type { DoorName } from '../../delivery/receipt.ts';
import { WaggleError } from '../../errors.ts';
import { appendEvent, atomically, type Core } from './core.ts';

export function openDoor(core: Core, { agent, door, settings }: DoorSetting): void {
  if (!core.ledger.agents.has(agent)) {
    throw new WaggleError('not_found', `agent ${agent} is not registered; waggle agent add ${agent}`, {
      details: { field: 'agent', value: agent },
    });
  }
  atomically(core, () => {
    core
      .sql('INSERT INTO delivery_doors VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET settings = excluded.settings')
      .run(agent, door, JSON.stringify(settings));
    appendEvent(core, { type: 'delivery.door', agent, data: { door, change: 'opened' } });
  });
}

export function closeDoor(core: Core, agent: string, door: DoorName): boolean {
  return atomically(core, () => {
    const { changes } = core.sql('DELETE FROM delivery_doors WHERE agent = ? AND door = ?').run(agent, door);
    if (Number(changes) === 0) return false;
    appendEvent(core, { type: 'delivery.door', agent, data: { door, change: 'closed' } });
    return true;
  });
}

export function listDoors(core: Core, agent: string | undefined): DoorSetting[] {
  const rows = core
    .sql('SELECT * FROM delivery_doors WHERE ? IS NULL OR agent = ? ORDER BY agent, door')
    .all(agent ?? null, agent ?? null);
  return rows.map((row) => ({
    agent: String(row['agent']),
    door: String(row['door']) as DoorName, // written above, nowhere else
    settings: JSON.parse(String(row['settings'])) as Record<string, string>, // our own text
  }));
}
