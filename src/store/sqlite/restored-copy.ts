import { copyFileSync, existsSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { defaultBackoff } from '../../backoff.ts';
import type { Clock } from '../../clock.ts';
import { toWaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { saltOf } from '../../ids.ts';
import { defaultLimits } from '../../message/limits.ts';
import { appendAudit } from './audit-rows.ts';
import { appendEvent, type Core, statementCache } from './core.ts';
import { mapOpenError, openDatabase } from './database.ts';
import { endAllLeases } from './due.ts';
import { loadLedger } from './load-ledger.ts';
import { migrate, requireOurs } from './migrate.ts';
import { readFacts, type StoreFacts, takenAtKey } from './store-facts.ts';
import { syncFile } from './sync-file.ts';
import { endToken, listTokens } from './token-rows.ts';
import { requireSoundStore } from './verify.ts';

export interface UsedNumbers {
  /** Sequences and lease generations of epochs up to this one. */
  readonly epoch: number;
  /** Versions of contexts up to this one. */
  readonly contextVersion: number;
}

/** More lives than any agent has between a backup and its restore. */
const unknownIncarnations = 1_000;

export interface RestoredFacts extends StoreFacts {
  /** Rows of its audit log, less the one about the restore. */
  readonly auditRows: number;
}

export interface RestoreRequest {
  readonly backup: string;
  /** Where the store to be is prepared, on the filesystem it will stand on. Overwritten; removed when this fails. */
  readonly draft: string;
  /** What a store that went on from this backup may have used already, and must not be given out a second time. */
  readonly used: (backup: StoreFacts) => UsedNumbers;
  readonly clock: Clock;
}

/**
 * Makes a store ready to serve out of a backup, which is only read: a copy, checked, brought to the present schema, in an
 * epoch beyond all that were used, with every lease ended. Leases of the past are not honoured, because their holders
 * have seen a future that is being replaced: what they held is deliverable again, and their settles are refused.
 * Tokens of agents end too, and their incarnations go on beyond any that the replaced store may have given out.
 * Resolves to the facts of the backup. `store_corrupt`, `schema_too_new`: the backup cannot be used.
 */
export function prepareRestoredCopy({ backup, draft, used, clock }: RestoreRequest): RestoredFacts {
  const files = ['', '-wal', '-shm', '-journal'].map((suffix) => `${draft}${suffix}`);
  const discard = () => {
    for (const file of files) rmSync(file, { force: true });
  };
  discard();
  try {
    copyIn(backup, draft);
    failpoint('restore.copied');
    const facts = prepare({ backup, draft, used, clock });
    syncFile(draft);
    failpoint('restore.prepared');
    return facts;
  } catch (error) {
    discard();
    throw toWaggleError(error);
  }
}

/** A plain copy of a store that was not taken by `backup` may still have its newest commits beside it. */
function copyIn(backup: string, draft: string): void {
  copyFileSync(backup, draft);
  if (existsSync(`${backup}-wal`)) copyFileSync(`${backup}-wal`, `${draft}-wal`);
}

function prepare({ backup, draft, used, clock }: RestoreRequest): RestoredFacts {
  const db = openDatabase(draft, (opened) => requireOurs(opened, backup));
  try {
    const what = `backup ${backup}`;
    requireSoundStore(db, what);
    const facts = readFacts(db);
    const { swarmId, epoch } = migrate(db);
    failpoint('restore.migrated');
    const beyond = used(facts);
    const next = Math.max(epoch, beyond.epoch + 1);
    const core = coreOf(db, { epoch: next, swarmId, clock });
    db.exec('BEGIN IMMEDIATE');
    db.prepare(`UPDATE meta SET value = ? WHERE key = 'epoch'`).run(String(next));
    db.prepare('DELETE FROM meta WHERE key = ?').run(takenAtKey);
    shiftContextVersions(db, beyond.contextVersion);
    const leases = endAllLeases(core, 'the store was restored from a backup');
    endAllTokens(core);
    appendEvent(core, { type: 'store.restored', data: { lastSeq: facts.lastSeq, leases } });
    const noted = appendAudit(core, {
      actor: 'operator',
      role: 'operator',
      action: 'restore',
      outcome: 'done',
      count: 1,
      ...(facts.takenAt === undefined ? {} : { subject: facts.takenAt }),
    });
    db.exec('COMMIT');
    failpoint('restore.leases.ended');
    requireSoundStore(db, what);
    // One file: what is swapped into place must not have half of itself beside it.
    db.exec('PRAGMA journal_mode = DELETE');
    return { ...facts, auditRows: noted.seq - 1 };
  } catch (error) {
    throw mapOpenError(error, `backup ${backup}`);
  } finally {
    db.close();
  }
}

/** Who holds a token has seen a future that is being replaced; one revoked there would be live again here. */
function endAllTokens(core: Core): void {
  for (const { agent } of listTokens(core)) endToken(core, agent);
  core.sql('UPDATE agent_tokens SET incarnation = incarnation + ?').run(unknownIncarnations);
}

/** All versions of all contexts alike: each keeps its history, and none is one that a writer of another past may hold. */
function shiftContextVersions(db: DatabaseSync, by: number): void {
  for (const table of ['contexts', 'context_changes']) {
    // By way of negative numbers, because a version may stand only once at any moment.
    db.prepare(`UPDATE ${table} SET version = -version - ?`).run(by);
    db.exec(`UPDATE ${table} SET version = -version`);
  }
}

/** The operations of the store over a file that no hub has open. */
function coreOf(db: DatabaseSync, { epoch, swarmId, clock }: { epoch: number; swarmId: string; clock: Clock }): Core {
  return {
    db,
    sql: statementCache(db),
    ledger: loadLedger(db, epoch),
    limits: defaultLimits,
    backoff: defaultBackoff,
    random: () => 0,
    salt: saltOf(swarmId),
    now: () => clock.now(),
    wall: () => clock.now(),
    diskHasRoom: () => true,
  };
}
