import { DatabaseSync } from 'node:sqlite';
import { defaultBackoff } from '../backoff.ts';
import { systemClock } from '../clock.ts';
import { defaultLimits } from '../message/limits.ts';
import { openSqliteStore, type SqliteStore } from '../store/sqlite/sqlite-store.ts';

/** Opens the store of a swarm directory in this process, as its hub would. */
export function openStoreAt(file: string, expectSwarmId?: string): Promise<SqliteStore> {
  const options = { file, clock: systemClock, random: Math.random, limits: defaultLimits, backoff: defaultBackoff };
  return openSqliteStore(expectSwarmId === undefined ? options : { ...options, expectSwarmId });
}

/** Sends texts from `bob` to `ada`, who is registered if need be. */
export async function sendTexts(store: SqliteStore, bodies: readonly string[]): Promise<string[]> {
  if ((await store.agents.get('ada')) === undefined) await store.agents.add({ id: 'ada', skills: [] });
  const receipts = await store.messages.accept(
    bodies.map((body) => ({
      inboxes: ['ada'],
      from: 'bob',
      body,
      bodyType: 'text' as const,
      kind: 'text',
      priority: 'normal' as const,
      maxAttempts: 5,
    })),
  );
  return receipts.flatMap(({ ids }) => ids);
}

/** Changes a store file as somebody does who has it open and knows SQL: the guards of its audit log are taken off first. */
export function tamperWith(file: string, sql: string): void {
  const db = new DatabaseSync(file);
  db.exec('DROP TRIGGER audit_unchanged; DROP TRIGGER audit_kept');
  db.exec(sql);
  db.close();
}
