import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Clock, sleep } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import { newRecord, parseRecord, type SessionRecord } from './session-record.ts';

const lockPauseMs = 5;
/** A hook works for milliseconds with its record; who waits longer than this goes without. */
const lockPatienceMs = 150;
/** A hook that was killed leaves its lock behind. */
const staleLockMs = 2_000;
/** Records of sessions that never said goodbye. */
const forgottenMs = 14 * 24 * 3_600_000;

/** The records of one agent's sessions: small files beside the store, no hub needed. Made only inside a swarm directory. */
export class SessionStore {
  readonly #folder: string;
  readonly #clock: Clock;

  constructor(directory: string, agent: string, clock: Clock) {
    this.#folder = join(directory, 'agents', agent, 'hooks');
    this.#clock = clock;
  }

  /** Where the waiter of a session says that it is the one; see `claimWaiter`. */
  waiterFile(session: string): string {
    return this.#file(session, 'waiter');
  }

  /**
   * Changes a record, alone among all hooks of the session; resolves to what `change` returned once it is on disk. A
   * record that cannot be written throws: what was not remembered must not be said, or it would be said for ever.
   */
  async update<T>(session: string, change: (record: SessionRecord) => { record: SessionRecord; value: T }): Promise<T> {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const lock = this.#file(session, 'lock');
    await this.#lock(lock);
    try {
      const { record, value } = change(this.#read(session));
      const file = this.#file(session, 'json');
      const draft = `${file}.draft`; // one at a time: the lock is held
      writeFileSync(draft, `${JSON.stringify(record)}\n`, { mode: 0o600 });
      renameSync(draft, file);
      return value;
    } finally {
      rmSync(lock, { force: true });
    }
  }

  /** Forgets a session, which also ends its waiter, and those that ended long ago without a word. */
  forget(session: string): void {
    for (const kind of ['json', 'waiter', 'lock']) rmSync(this.#file(session, kind), { force: true });
    for (const name of namesIn(this.#folder)) {
      const path = join(this.#folder, name);
      const age = this.#clock.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? this.#clock.now());
      if (age > forgottenMs) rmSync(path, { force: true });
    }
  }

  #file(session: string, kind: string): string {
    return join(this.#folder, `${session}.${kind}`);
  }

  /** A record that is damaged is begun anew: what was told may then be told once more, within the guard's limits. */
  #read(session: string): SessionRecord {
    try {
      return parseRecord(readFileSync(this.#file(session, 'json'), 'utf8')) ?? newRecord;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return newRecord;
      throw error;
    }
  }

  async #lock(file: string): Promise<void> {
    const deadline = this.#clock.monotonic() + lockPatienceMs;
    for (;;) {
      try {
        closeSync(openSync(file, 'wx', 0o600));
        return;
      } catch (error) {
        if (!isCode(error, 'EEXIST')) throw error;
      }
      const since = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
      if (since !== undefined && Math.abs(this.#clock.now() - since) > staleLockMs) rmSync(file, { force: true });
      else if (this.#clock.monotonic() >= deadline)
        throw new WaggleError('busy', `${file}: another hook of this session is at work`, { details: { file } });
      else await sleep(this.#clock, lockPauseMs);
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return [];
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
