import { WaggleError } from '../../errors.ts';
import type { Destination } from '../../outbox/outbox.ts';
import { appendEvent, atomically, type Core } from './core.ts';

interface DestinationRow {
  readonly name: string;
  readonly publisher: string;
  readonly settings: string;
  readonly created_at: number;
  readonly held_until: number | null;
  readonly disabled: string | null;
}

export function putDestination(
  core: Core,
  { name, publisher, settings }: Pick<Destination, 'name' | 'publisher' | 'settings'>,
): Destination {
  return atomically(core, () => {
    core
      .sql(
        `INSERT INTO outbox_destinations VALUES (?, ?, ?, ?, NULL, NULL) ON CONFLICT DO UPDATE SET
           publisher = excluded.publisher, settings = excluded.settings, held_until = NULL, disabled = NULL`,
      )
      .run(name, publisher, JSON.stringify(settings), core.wall());
    appendEvent(core, { type: 'outbox.destination', data: { name, change: 'put', publisher } });
    return requireDestination(core, name);
  });
}

export function listDestinations(core: Core): Destination[] {
  const rows = core.sql('SELECT * FROM outbox_destinations ORDER BY name').all();
  return (rows as unknown as DestinationRow[]).map((row) => toDestination(core, row)); // all columns of the table
}

export function findDestination(core: Core, name: string): Destination | undefined {
  const row = core.sql('SELECT * FROM outbox_destinations WHERE name = ?').get(name);
  return row === undefined ? undefined : toDestination(core, row as unknown as DestinationRow); // all columns of the table
}

export function requireDestination(core: Core, name: string): Destination {
  const destination = findDestination(core, name);
  if (destination !== undefined) return destination;
  throw new WaggleError('not_found', `destination ${name} does not exist; waggle outbox destinations shows which do`, {
    details: { field: 'destination', value: name },
  });
}

function toDestination(core: Core, row: DestinationRow): Destination {
  const heldMs = row.held_until === null ? 0 : row.held_until - core.now();
  return {
    name: row.name,
    publisher: row.publisher,
    settings: JSON.parse(row.settings) as Record<string, string>, // our own text
    createdAt: row.created_at,
    ...(heldMs > 0 ? { heldUntil: core.wall() + heldMs } : {}),
    ...(row.disabled === null ? {} : { disabled: row.disabled }),
  };
}
