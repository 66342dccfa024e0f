import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { WaggleError } from '../../src/errors.ts';
import { armFailpoints, type FailpointName } from '../../src/failpoint.ts';
import { Hub } from '../../src/hub/hub.ts';
import type { MessageLimits } from '../../src/message/limits.ts';
import { defaultRetention } from '../../src/message/retention-policy.ts';
import type { ReceivedMessage } from '../../src/sdk/swarm.ts';
import { openMemoryStore } from '../../src/store/memory/memory-store.ts';
import { openDatabase } from '../../src/store/sqlite/database.ts';
import { inspectStore } from '../../src/store/sqlite/inspect.ts';
import { migrate } from '../../src/store/sqlite/migrate.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Network } from './network.ts';
import { SimulatedProcess, type World } from './world.ts';

const swarmId = '5eed5eed5eed5eed5eed5eed5eed5eed';
const backoff = { minMs: 50, maxMs: 3_000 };

/** What a store answers whose engine was made to fail, until it has recovered. */
const engineFailures: ReadonlySet<string> = new Set(['store_failed', 'disk_full', 'store_read_only']);

/** A filesystem in memory where there is one: what is simulated is what survives, not how long it takes. */
const diskRoot = statSync('/dev/shm', { throwIfNoEntry: false })?.isDirectory() === true ? '/dev/shm' : tmpdir();

/** Points at which the engine may fail inside the writer's transaction. */
const failingPoints: readonly FailpointName[] = [
  'store.group.begin',
  'store.operation.before',
  'store.accept.inserted',
  'store.lease.updated',
  'store.ack.updated',
  'store.event.inserted',
  'store.commit.before',
  'store.commit.after',
];
/** Points at which the machine may lose power. */
const crashingPoints: readonly FailpointName[] = [
  ...failingPoints,
  'store.attempt.ended',
  'store.due.promoted',
  'store.index.inserted',
  'store.replied',
  'stream.reply.before',
  'stream.frame.received',
];

/**
 * Runs the real hub over a real store, life after life. A crash copies what the disk would hold at that instant and
 * lets the old life run against files nobody will open again; sqlite on its own decides what the copy means.
 */
export class HubHost {
  readonly #world: World;
  readonly #network: Network;
  readonly #limits: MessageLimits;
  readonly #engine: 'sqlite' | 'memory';
  readonly #directory: string | undefined;
  readonly onFault: (name: string) => void;
  #life = 0;
  #copies = 0;
  #running: { process: SimulatedProcess; hub: Hub; store: Store } | undefined;
  /** How much of the write-ahead log is on the disk, and how long it was after the last commit. */
  #syncedBytes = 0;
  #walBytes = 0;
  #strike: ((point: FailpointName) => void) | undefined;
  readonly #gone: Promise<void>[] = [];
  #starting = false;
  /** Each hub's steady timeline begins with the wall clock of its start; by the first epoch of its generations. */
  readonly #timelines: { firstEpoch: number; start: number }[] = [];

  constructor(options: {
    world: World;
    network: Network;
    limits: MessageLimits;
    engine: 'sqlite' | 'memory';
    onFault: (name: string) => void;
  }) {
    this.#world = options.world;
    this.#network = options.network;
    this.#limits = options.limits;
    this.#engine = options.engine;
    this.onFault = options.onFault;
    this.#directory = options.engine === 'sqlite' ? mkdtempSync(join(diskRoot, 'waggle-simulation-')) : undefined;
    armFailpoints((point) => {
      if (point === 'store.commit.synced') this.#noteCommit({ isSynced: true });
      if (point === 'store.commit.after') this.#noteCommit({ isSynced: false });
      this.#strike?.(point);
    });
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  get isHealthy(): boolean {
    return this.#running?.store.health().state === 'open' && !this.#running.process.isStopped;
  }

  get store(): Store {
    if (this.#running === undefined) throw new Error('the hub is down');
    return this.#running.store;
  }

  get process(): SimulatedProcess | undefined {
    return this.#running?.process;
  }

  /** How many hubs there have been. */
  get lives(): number {
    return this.#life;
  }

  /** When a lease ends, in simulated time. Its hub may be gone by the time a stopped client hears of it. */
  endOfLease({ gen, leaseExpiresAt }: Pick<ReceivedMessage, 'gen' | 'leaseExpiresAt'>): number {
    const epoch = Math.floor(gen / 2 ** 32);
    const timeline = this.#timelines.findLast(({ firstEpoch }) => firstEpoch <= epoch);
    return Date.parse(leaseExpiresAt ?? '') - (timeline?.start ?? Number.NaN);
  }

  async start(): Promise<void> {
    if (this.#running !== undefined || this.#starting) return;
    this.#starting = true;
    try {
      this.#life += 1;
      const process = new SimulatedProcess(this.#world, `hub ${this.#life}`);
      const timelineStart = this.#world.wall - this.#world.now;
      const store = await this.#open(process).catch((error: unknown) => {
        // An engine that fails while the store is opened, or a hub that is still closing: the supervisor tries again.
        const passes = error instanceof WaggleError && ['store_failed', 'hub_already_running'].includes(error.code);
        if (!passes) throw error;
        this.onFault(`start failed: ${error.code}`);
        return undefined;
      });
      if (store === undefined) return;
      const hub = new Hub({
        store,
        clock: process.clock,
        limits: this.#limits,
        retention: defaultRetention,
        version: 'simulated',
        random: () => this.#world.random.below(2 ** 30) / 2 ** 30,
        publishers: [],
        // What a hub does beside its calls, such as writing its audit log, fails when its engine does.
        onFailure: (error) => {
          if (!(error instanceof WaggleError && engineFailures.has(error.code))) throw error;
          this.onFault(`beside a call: ${error.code}`);
        },
      });
      this.#running = { process, hub, store };
      // What a hub that found its store unsound does is alarm; the operator restarts it.
      store.onHealth(({ state }) => {
        if (state === 'recovering') this.onFault('fail-stop');
        if (state !== 'read-only' || process.isDead) return;
        this.onFault('read-only');
        this.#world.after(500, () => this.crash({ isPowerLoss: false }));
      });
      this.#timelines.push({ firstEpoch: this.#epoch(), start: timelineStart });
      this.#network.listen(process, hub);
      // What was written on the way up was synced: the epoch is, before anybody is served.
      this.#walBytes = this.#syncedBytes = sizeOf(`${this.#file}-wal`);
    } finally {
      this.#starting = false;
    }
  }

  /** The process ends this instant. With a loss of power, so does whatever was not synced yet: a lease at most. */
  crash({ isPowerLoss }: { isPowerLoss: boolean }): void {
    if (this.#running === undefined || this.#directory === undefined) return;
    const { process, hub, store } = this.#running;
    const walBytes = sizeOf(`${this.#file}-wal`);
    const from = this.#file;
    this.#copies += 1;
    const to = this.#file;
    for (const suffix of ['', '-wal']) {
      if (sizeOf(from + suffix) > 0) copyFileSync(from + suffix, to + suffix);
    }
    if (isPowerLoss && this.#syncedBytes < walBytes) {
      truncateSync(`${to}-wal`, this.#syncedBytes);
      this.onFault('power-cut');
    }
    this.#running = undefined;
    this.#network.unlisten();
    process.kill();
    this.#network.dropAllOf(process);
    this.onFault(isPowerLoss ? 'power loss' : 'hub killed');
    this.#gone.push(hub.close().catch(() => store.close()));
  }

  /** Asked to stop: drains, closes, and is gone. */
  async stop(): Promise<void> {
    if (this.#running === undefined || this.#directory === undefined) return;
    const { process, hub } = this.#running;
    if (process.isStopped) return;
    this.#running = undefined;
    this.#network.unlisten();
    this.onFault('hub stopped');
    await hub.close();
    this.#network.dropAllOf(process);
    process.kill();
  }

  /** Lets the engine fail, once, at a point chosen by chance. */
  failOnce(code: 'SQLITE_IOERR' | 'SQLITE_FULL'): void {
    const errcode = code === 'SQLITE_FULL' ? 13 : 10;
    // A disk that is full is told by the write, never after a commit that happened.
    const points =
      code === 'SQLITE_FULL' ? failingPoints.filter((point) => point !== 'store.commit.after') : failingPoints;
    this.#armOnce(points, (point) => {
      this.onFault(`${code} at ${point}`);
      throw Object.assign(new Error(`simulated ${code}`), { code: 'ERR_SQLITE_ERROR', errcode });
    });
  }

  /** Crashes at a named point instead of between two happenings. */
  crashAtPoint(isPowerLoss: boolean): void {
    this.#armOnce(crashingPoints, (point) => {
      this.onFault(`crash at ${point}`);
      this.crash({ isPowerLoss });
    });
  }

  /** Nothing is going to fail any more. */
  disarm(): void {
    this.#strike = undefined;
  }

  /** What is wrong with the store, in words. */
  async problems(): Promise<string[]> {
    const found =
      this.#directory === undefined ? (await this.store.messages.verify()).problems : inspectStore(this.#file).problems;
    return found.map(({ what, inbox = '', detail }) => `${what} ${inbox}: ${detail}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    armFailpoints(undefined);
    await Promise.all([...this.#gone, this.#running?.hub.close()]);
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  }

  /** A life that was cut off goes on in a copy. */
  get #file(): string {
    return join(this.#directory ?? '', `copy-${this.#copies}.db`);
  }

  #epoch(): number {
    if (this.#directory === undefined) return 0;
    using db = new DatabaseSync(this.#file, { readOnly: true });
    return Number(db.prepare(`SELECT value FROM meta WHERE key = 'epoch'`).get()?.['value']);
  }

  async #open(process: SimulatedProcess): Promise<Store> {
    const { random } = this.#world;
    const options = {
      clock: process.clock,
      random: () => random.below(2 ** 30) / 2 ** 30,
      limits: this.#limits,
      backoff,
    };
    if (this.#engine === 'memory') return openMemoryStore({ ...options, swarmId });
    if (sizeOf(this.#file) === 0) copyFileSync(template(), this.#file);
    // The reserve for a full disk is real bytes; it stands already, so the store leaves it alone.
    writeFileSync(`${this.#file}.ballast`, '');
    return openSqliteStore({ ...options, file: this.#file, expectSwarmId: swarmId });
  }

  #armOnce(points: readonly FailpointName[], strike: (point: FailpointName) => void): void {
    const point = points[this.#world.random.below(points.length)];
    let passes = 1 + this.#world.random.below(3);
    this.#strike = (passed) => {
      if (passed !== point) return;
      passes -= 1;
      if (passes > 0) return;
      this.#strike = undefined;
      strike(passed);
    };
  }

  /** A commit of a life that was cut off, which goes on in files nobody opens again, does not make this log longer. */
  #noteCommit({ isSynced }: { isSynced: boolean }): void {
    if (this.#directory === undefined) return;
    const bytes = sizeOf(`${this.#file}-wal`);
    if (isSynced && bytes !== this.#walBytes) this.#syncedBytes = bytes;
    this.#walBytes = bytes;
  }
}

let templateFile: string | undefined;

/** An empty store with a swarm id that is the same in every run, made once a process. */
function template(): string {
  if (templateFile !== undefined) return templateFile;
  const directory = mkdtempSync(join(diskRoot, 'waggle-template-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'empty.db');
  const db = openDatabase(file);
  migrate(db);
  db.prepare(`UPDATE meta SET value = ? WHERE key = 'swarm_id'`).run(swarmId);
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  db.close();
  templateFile = file;
  return file;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
