import type { DatabaseSync } from 'node:sqlite';
import { WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { randomHex } from '../../ids.ts';
import { applicationId } from './database.ts';
import { initial } from './migrations/0001-initial.ts';
import { keptKeys } from './migrations/0002-kept-keys.ts';
import { retentionIndex } from './migrations/0003-retention.ts';
import { contexts } from './migrations/0004-contexts.ts';
import { quarantineIndex } from './migrations/0005-quarantine-index.ts';
import { missions } from './migrations/0006-missions.ts';
import { identity } from './migrations/0007-identity.ts';
import { processes } from './migrations/0008-processes.ts';
import { outbox } from './migrations/0009-outbox.ts';
import { delivery } from './migrations/0010-delivery.ts';
import { audit } from './migrations/0011-audit.ts';
import { handOffs } from './migrations/0012-hand-offs.ts';
import { alerts } from './migrations/0013-alerts.ts';

/** Numbered, never edited once released: a store at version n has run the first n. */
export const migrations: readonly string[] = [
  initial,
  keptKeys,
  retentionIndex,
  contexts,
  quarantineIndex,
  missions,
  identity,
  processes,
  outbox,
  delivery,
  audit,
  handOffs,
  alerts,
];

export interface StoreIdentity {
  readonly swarmId: string;
  /** Raised durably by every open; the high half of every change sequence and lease generation. */
  readonly epoch: number;
}

/** `store_corrupt` for a file that is not a Waggle store, `schema_too_new` for one of a later Waggle. Only looks. */
export function requireOurs(db: DatabaseSync, file: string): void {
  const application = pragma(db, 'application_id');
  const version = pragma(db, 'user_version');
  if (application !== applicationId && (application !== 0 || version !== 0 || hasTables(db))) {
    throw new WaggleError('store_corrupt', `${file} is not a Waggle store (application id ${application})`, {
      details: { file, application },
    });
  }
  if (version > migrations.length) {
    throw new WaggleError(
      'schema_too_new',
      `${file} has schema ${version}, this Waggle knows up to ${migrations.length}: install a newer Waggle`,
      { details: { file, schema: version, known: migrations.length } },
    );
  }
}

/**
 * Brings the schema up to date and raises the epoch. Each migration is one transaction, so a crash leaves a store at
 * a whole version.
 */
export function migrate(db: DatabaseSync): StoreIdentity {
  const version = pragma(db, 'user_version');
  for (let next = version; next < migrations.length; next += 1) {
    db.exec('BEGIN IMMEDIATE');
    try {
      for (const statement of statementsOf(migrations[next] ?? '')) {
        failpoint('store.migrate.statement');
        db.exec(statement);
      }
      failpoint('store.migrate.statements');
      db.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${next + 1}`);
      db.exec('COMMIT');
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
    failpoint('store.migrate.committed');
  }
  return raiseEpoch(db);
}

/** The statements of a migration, one by one. Ours end in a semicolon at the end of a line; none is a trigger. */
export function statementsOf(migration: string): string[] {
  return migration
    .split(/;[^\S\n]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

function raiseEpoch(db: DatabaseSync): StoreIdentity {
  db.exec('BEGIN IMMEDIATE');
  db.prepare(`INSERT INTO meta VALUES ('swarm_id', ?) ON CONFLICT DO NOTHING`).run(randomHex(16));
  db.exec(`INSERT INTO meta VALUES ('epoch', '1') ON CONFLICT DO UPDATE SET value = CAST(value + 1 AS TEXT)`);
  failpoint('store.epoch.raised');
  db.exec('COMMIT');
  failpoint('store.epoch.committed');
  const read = db.prepare('SELECT value FROM meta WHERE key = ?');
  return { swarmId: String(read.get('swarm_id')?.['value']), epoch: Number(read.get('epoch')?.['value']) };
}

function hasTables(db: DatabaseSync): boolean {
  return Number(db.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']) > 0;
}

function pragma(db: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name]);
}
