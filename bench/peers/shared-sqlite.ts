import { DatabaseSync } from 'node:sqlite';

/**
 * What a program does that has no hub: every process opens the one SQLite file, with the engine's own busy handler
 * (10 s) and every commit synced. It is written with care: write transactions begin as such, and what is asked for in
 * one turn of the event loop shares a transaction.
 */
export class SharedSqlite {
  readonly #db: DatabaseSync;
  #queue: { run(): unknown; resolve(value: unknown): void; reject(error: unknown): void }[] = [];

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: 10_000 });
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY, inbox TEXT NOT NULL, state INTEGER NOT NULL, gen INTEGER NOT NULL, till INTEGER, body TEXT NOT NULL
      ) STRICT;
      CREATE INDEX IF NOT EXISTS messages_ready ON messages (inbox, id) WHERE state = 0;
      CREATE INDEX IF NOT EXISTS messages_leased ON messages (till) WHERE state = 1;
    `);
    this.#statements = {
      insert: this.#db.prepare('INSERT INTO messages (inbox, state, gen, body) VALUES (?, 0, 0, ?)'),
      next: this.#db.prepare('SELECT id, gen, body FROM messages WHERE state = 0 AND inbox = ? ORDER BY id LIMIT 1'),
      lease: this.#db.prepare('UPDATE messages SET state = 1, gen = gen + 1, till = ? WHERE id = ? AND state = 0'),
      ack: this.#db.prepare('UPDATE messages SET state = 2 WHERE id = ? AND gen = ? AND state = 1'),
    };
  }

  readonly #statements;

  send(inbox: string, body: string): Promise<void> {
    return this.#write(() => void this.#statements.insert.run(inbox, body));
  }

  lease(inbox: string): Promise<{ id: number; gen: number } | undefined> {
    return this.#write(() => {
      const row = this.#statements.next.get(inbox);
      if (row === undefined) return undefined;
      this.#statements.lease.run(Date.now() + 60_000, Number(row['id']));
      return { id: Number(row['id']), gen: Number(row['gen']) + 1 };
    });
  }

  ack({ id, gen }: { id: number; gen: number }): Promise<void> {
    return this.#write(() => {
      if (this.#statements.ack.run(id, gen).changes !== 1) throw new Error(`the lease on ${id} was lost`);
    });
  }

  close(): void {
    this.#db.close();
  }

  #write<T>(run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#queue.length === 0) setImmediate(() => this.#flush());
      this.#queue.push({ run, resolve: resolve as (value: unknown) => void, reject }); // each answers its own promise
    });
  }

  #flush(): void {
    const jobs = this.#queue;
    this.#queue = [];
    try {
      this.#db.exec('BEGIN IMMEDIATE');
      const results = jobs.map(({ run }) => run());
      this.#db.exec('COMMIT');
      for (const [index, { resolve }] of jobs.entries()) resolve(results[index]);
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      for (const { reject } of jobs) reject(error);
    }
  }
}
