import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecord } from './session-record.ts';

/** What the hooks of a session left word of: whether a turn runs, and whether somebody waits who can start one. */
export interface KnownSession {
  readonly isIdle: boolean;
  readonly waits: boolean;
}

/** The sessions of an agent whose hooks were heard of and that have not ended; see `SessionStore` for the files. */
export function knownSessions(directory: string, agent: string): readonly KnownSession[] {
  const folder = join(directory, 'agents', agent, 'hooks');
  const names = namesIn(folder);
  return names
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const record = parseRecord(textOf(join(folder, name)));
      const waiter = `${name.slice(0, -'.json'.length)}.waiter`;
      return record === undefined ? [] : [{ isIdle: record.isIdle, waits: names.includes(waiter) }];
    });
}

/** No folder: no hook was ever heard of. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** A session that ends in this moment takes its file along. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
