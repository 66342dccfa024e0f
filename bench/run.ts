import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnHub } from '../src/testing/hub-process.ts';
import type { ServerName } from './contenders.ts';
import { sideFolder } from './packages.ts';
import { benchDirectory } from './peers/waggle.ts';
import { startNats } from './servers/nats.ts';
import { startPostgres } from './servers/postgres.ts';
import { startRedis } from './servers/redis.ts';
import type { Server } from './servers/server.ts';

/** One run of the bench: where its files are, how long it measures, and the servers it has started so far. */
export class Run implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'waggle-bench-'));
  readonly packages = sideFolder;
  readonly rounds: number;
  readonly sliceMs: number;
  /** Only to prove that it runs: small amounts, figures without meaning. */
  readonly isQuick: boolean;
  readonly say: (line: string) => void;
  /** What could not be measured, a sentence each; the rest of the run goes on. */
  readonly failures: string[] = [];
  readonly #servers = new Map<string, Promise<Server>>();
  readonly #stack = new AsyncDisposableStack();
  #number = 0;

  constructor(options: { rounds: number; sliceMs: number; isQuick: boolean; say: (line: string) => void }) {
    this.rounds = options.rounds;
    this.sliceMs = options.sliceMs;
    this.isQuick = options.isQuick;
    this.say = options.say;
    // PostgreSQL runs as a user of its own and must get through to its folder.
    chmodSync(this.folder, 0o711);
  }

  fail(what: string, error: unknown): void {
    this.failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    this.say(this.failures.at(-1) ?? '');
  }

  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  /** The address of a server, started when it is first needed. A hub is never shared: each asker gets its own. */
  async server(name: ServerName): Promise<string> {
    const key = name === 'hub' ? `hub-${this.nextNumber()}` : name;
    const known = this.#servers.get(key);
    if (known !== undefined) return (await known).address;
    const folder = join(this.folder, key);
    const starting = start(name, folder);
    this.#servers.set(key, starting);
    return this.#stack.use(await starting).address;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function start(name: ServerName, folder: string): Promise<Server> {
  switch (name) {
    case 'hub':
      return startBenchHub(folder);
    case 'redis-always':
      return startRedis(folder, 'always');
    case 'redis-everysec':
      return startRedis(folder, 'everysec');
    case 'redis-none':
      return startRedis(folder, 'none');
    case 'postgres':
      return startPostgres(folder, 'on');
    case 'postgres-relaxed':
      return startPostgres(folder, 'off');
    case 'nats':
      return startNats(folder);
  }
}

/** The hub as `waggle up` runs it, in its own process. */
async function startBenchHub(folder: string): Promise<Server> {
  const dir = benchDirectory(folder);
  const hub = spawnHub(dir);
  const endWithRun = () => hub.child.kill('SIGTERM');
  process.once('exit', endWithRun);
  hub.child.once('exit', () => process.off('exit', endWithRun));
  if (!(await hub.up)) throw new Error(`the hub did not come up: ${(await hub.ended).stderr}`);
  return {
    address: dir,
    async [Symbol.asyncDispose]() {
      await hub.kill('SIGTERM');
    },
  };
}
