import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { isAlive } from '../sdk/crashed-hub.ts';
import { parseRecord } from './session-record.ts';

/**
 * A turn of which no hook was heard for so long is no longer believed to run: a client that was killed, or interrupted
 * where it has no hook for that, says nothing. Longer than clients let one tool call take unless told otherwise.
 */
const believedMs = 15 * 60_000;

/** What the hooks of a session left word of: whether a turn runs, and whether somebody waits who can start one. */
export interface KnownSession {
  readonly isIdle: boolean;
  readonly waits: boolean;
}

/** The sessions of an agent whose hooks were heard of and that have not ended; see `SessionStore` for the files. */
export function knownSessions(directory: string, agent: string, clock: Pick<Clock, 'now'>): readonly KnownSession[] {
  const folder = join(directory, 'agents', agent, 'hooks');
  const names = namesIn(folder);
  return names
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const file = join(folder, name);
      const record = parseRecord(textOf(file));
      if (record === undefined) return [];
      const heardAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      // The distance either way: a clock that was set back must not keep a dead session at work.
      if (!record.isIdle && Math.abs(clock.now() - heardAt) > believedMs) return [];
      const waiter = names.find((other) => other === `${name.slice(0, -'.json'.length)}.waiter`);
      return [{ isIdle: record.isIdle, waits: waiter !== undefined && isThere(textOf(join(folder, waiter))) }];
    });
}

/** A waiter's file begins with the number of its process; one that was killed leaves the file behind. */
function isThere(waiter: string): boolean {
  const pid = Number.parseInt(waiter, 10);
  return Number.isSafeInteger(pid) && pid > 0 && isAlive(pid);
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
