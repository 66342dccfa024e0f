import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { logWitness } from './audit/log-witness.ts';
import { type Clock, systemClock } from './clock.ts';
import type { DeliveryDoor } from './delivery/delivery-door.ts';
import { codexAppServerDoor } from './delivery/doors/codex-app-server.ts';
import { codexQueueDoor } from './delivery/doors/codex-queue.ts';
import { execDoor } from './delivery/doors/exec.ts';
import { hooksDoor } from './delivery/doors/hooks.ts';
import { legacyInboxDoor } from './delivery/doors/legacy-inbox.ts';
import { pullDoor } from './delivery/doors/pull.ts';
import { tmuxDoor } from './delivery/doors/tmux.ts';
import { webhookDoor } from './delivery/doors/webhook.ts';
import { writeDurably } from './durable-file.ts';
import { WaggleError } from './errors.ts';
import { failpoint } from './failpoint.ts';
import { knownSessions } from './hooks/known-sessions.ts';
import type { HubStatus } from './hub/api.ts';
import { defaultConfig, type HubConfig, readConfig } from './hub/config.ts';
import { clearDownMark, markDown } from './hub/down-mark.ts';
import { Hub, type ProcessOptions } from './hub/hub.ts';
import { announceHub, readAnnouncement } from './hub/hub-announcement.ts';
import { PageSessions } from './hub/page-sessions.ts';
import type { StressLauncher } from './hub/stress-launcher.ts';
import {
  filesystemOf,
  findSwarmDirectory,
  newSwarmDirectory,
  prepareSwarmDirectory,
  readMarker,
  readToken,
  type SwarmDirectory,
  writeMarker,
} from './hub/swarm-directory.ts';
import { randomHex } from './ids.ts';
import type { Publisher } from './outbox/publisher.ts';
import { discordPublisher } from './outbox/publishers/discord.ts';
import { webhookPublisher } from './outbox/publishers/webhook.ts';
import { ChildHost } from './process/hosts/child/child-host.ts';
import { TmuxHost } from './process/hosts/tmux/tmux-host.ts';
import type { ProcessHost } from './process/process-host.ts';
import type { Store, StoreHealth } from './store/store.ts';
import { packageVersion } from './version.ts';

export interface RunHubOptions {
  readonly dir?: string;
  /** Wanted port on 127.0.0.1; a busy one gives a free one. Default 4747. */
  readonly port?: number;
  /** Stop by itself after this long without a call; default never. */
  readonly idleExitMs?: number;
  /** `memory`: nothing on disk, gone with the hub; refused where a store file is. Default `sqlite`. */
  readonly store?: 'sqlite' | 'memory';
  readonly clock?: Clock;
  /** Runs the stress lab for the page; default none. */
  readonly stress?: StressLauncher;
  readonly onFailure?: (error: unknown) => void;
  /** Hears a sentence when something deserves one: a new directory, an overlay filesystem, trouble with the store. */
  readonly notice?: (line: string) => void;
}

export interface RunningHub {
  readonly hub: Hub;
  readonly status: HubStatus;
  /** Resolves when the hub has stopped: to the error it left because of, or to nothing when it was asked to. */
  readonly closed: Promise<WaggleError | undefined>;
  close(): Promise<void>;
}

const defaultPort = 4747;
/** The same from `src` and from `dist`: what Vite built stands beside the compiled code. */
const pageFolder = fileURLToPath(new URL('../dist/ui', import.meta.url));
/** How often a hub looks whether its directory is still there and whether anybody needs it. */
const lookAroundMs = 2_000;

/**
 * Composes the hub of a swarm directory: lock and store first, then the doors. The one place where rooms, adapters and
 * doors are put together; nothing below names an adapter. `hub_already_running` when another hub writes there.
 */
export async function runHub(options: RunHubOptions = {}): Promise<RunningHub> {
  const { clock = systemClock, notice = () => {} } = options;
  const path = findSwarmDirectory(options.dir, process.cwd()) ?? newSwarmDirectory(options.dir, process.cwd());
  const directory = prepareSwarmDirectory(path);
  if (filesystemOf(path).overlay)
    notice(`${path} is on an overlay filesystem: what it holds lives as long as its container`);
  const config = readConfig(directory.config);
  const { store, release } = await (options.store === 'memory' ? openInMemory : openOnDisk)(directory, config, clock);
  failpoint('hub.store.opened');
  const processes = processOptions(directory, config, clock);
  const hub = new Hub({
    store,
    clock,
    limits: config.limits,
    retention: config.retention,
    processes,
    version: packageVersion,
    agentFolder: directory.agents,
    sharedWriters: config.access.sharedWriters,
    random: Math.random,
    publishers: publishers(clock),
    // What a store in memory noted is gone with it; a log that remembered would call the next one cut short.
    ...(options.store === 'memory' ? {} : { auditWitness: logWitness(directory.log, () => clock.now()) }),
    doors: doors(store, directory, processes.hosts, clock),
    delivery: config.delivery,
    monitor: { ...config.monitor, log: notice },
    ...(options.stress === undefined ? {} : { stress: options.stress }),
    onFailure: options.onFailure ?? ((error) => notice(`internal: a service of the hub ended: ${String(error)}`)),
  });
  try {
    await hub.identities.load();
    return await openDoors({ hub, directory, config, options, clock, notice, release });
  } catch (error) {
    await hub.close();
    release();
    throw error;
  }
}

/** Agents' programs run under hosts of this machine; a hub without a directory has none. */
function processOptions(directory: SwarmDirectory, config: HubConfig, clock: Clock): ProcessOptions {
  const waggle = [process.execPath, fileURLToPath(new URL('../bin/waggle.js', import.meta.url))];
  return {
    hosts: [
      new ChildHost({ agents: directory.agents, waggle, clock }),
      new TmuxHost({ agents: directory.agents, socket: directory.tmuxSocket, waggle, clock }),
    ],
    agents: directory.agents,
    environment: { WAGGLE_DIR: directory.path },
    limits: config.restarts,
    random: Math.random,
  };
}

/** A hub without directory, doors or disk: it lives in this process and is gone with it. */
export async function runHubInMemory(clock: Clock): Promise<Hub> {
  const { openMemoryStore } = await import('./store/memory/memory-store.ts');
  const { limits, backoff, retention } = defaultConfig;
  const store = openMemoryStore({ clock, random: Math.random, limits, backoff });
  return new Hub({
    store,
    clock,
    limits,
    retention,
    version: packageVersion,
    random: Math.random,
    publishers: [],
    onFailure: () => {},
  });
}

/** Every way to an agent; which are open, each says of itself. */
function doors(
  store: Store,
  { agents, path }: SwarmDirectory,
  hosts: readonly ProcessHost[],
  clock: Clock,
): readonly DeliveryDoor[] {
  const newBoundary = () => randomHex(8);
  const programs = { agents, environment: process.env, newBoundary };
  return [
    pullDoor,
    hooksDoor(async (agent) => knownSessions(path, agent, clock)),
    codexAppServerDoor(clock, packageVersion),
    codexQueueDoor(programs),
    execDoor(programs),
    tmuxDoor({ processes: store.processes, hosts }),
    webhookDoor(store),
    legacyInboxDoor(newBoundary),
  ];
}

/** Everybody who carries something out of this machine; each is tried by its name in a destination. */
function publishers(clock: Clock): readonly Publisher[] {
  return [webhookPublisher({ clock, version: packageVersion }), discordPublisher({ clock, version: packageVersion })];
}

interface OpenedStore {
  readonly store: Store;
  /** Gives up what the store itself does not hold; called once the hub has closed. */
  readonly release: () => void;
}

/** The lock is the same as on disk: two hubs of one directory would fight over its socket. */
async function openInMemory(directory: SwarmDirectory, config: HubConfig, clock: Clock): Promise<OpenedStore> {
  if (existsSync(directory.store)) {
    throw new WaggleError(
      'invalid_input',
      `--store: memory would hide the messages in ${directory.store}; use another --dir, or leave --store out`,
      { details: { field: '--store', value: 'memory', file: directory.store } },
    );
  }
  const { acquireWriterLock } = await import('./store/sqlite/writer-lock.ts');
  const { openMemoryStore } = await import('./store/memory/memory-store.ts');
  const lock = acquireWriterLock(directory.store);
  const store = openMemoryStore({ clock, random: Math.random, limits: config.limits, backoff: config.backoff });
  return { store, release: () => lock[Symbol.dispose]() };
}

async function openOnDisk(directory: SwarmDirectory, config: HubConfig, clock: Clock): Promise<OpenedStore> {
  const { openSqliteStore } = await import('./store/sqlite/sqlite-store.ts');
  const marker = readMarker(directory);
  const store = await openSqliteStore({
    file: directory.store,
    clock,
    random: Math.random,
    limits: config.limits,
    backoff: config.backoff,
    ...(marker === undefined ? {} : { expectSwarmId: marker.swarmId }),
  });
  failpoint('hub.marker.before');
  if (marker === undefined) {
    writeMarker(directory, { swarmId: store.swarmId, createdAt: new Date(clock.now()).toISOString() });
  }
  failpoint('hub.marker.written');
  return { store, release: () => {} };
}

async function openDoors(parts: {
  hub: Hub;
  directory: SwarmDirectory;
  config: HubConfig;
  options: RunHubOptions;
  clock: Clock;
  notice: (line: string) => void;
  release: () => void;
}): Promise<RunningHub> {
  const { hub, directory, config, options, clock, notice, release } = parts;
  const { openHubServer } = await import('./http/server.ts');
  const token = ensureToken(directory);
  failpoint('hub.token.written');
  const pages = new PageSessions(clock, token);
  const server = await openHubServer({
    hub,
    token,
    pages,
    pageFolder,
    version: packageVersion,
    socket: directory.socket,
    port: options.port ?? defaultPort,
    doors: config.doors,
  });
  failpoint('hub.listening');
  clearDownMark(directory);
  hub.setAddress({
    url: server.url,
    socket: directory.socket,
    dashboard: `${server.url}/`,
    newPageCode: () => pages.newCode(),
    file: options.store === 'memory' ? '' : directory.store,
  });
  const status = await hub.status();
  announceHub(directory, status);
  failpoint('hub.announced');
  const ended = Promise.withResolvers<WaggleError | undefined>();
  let closing: Promise<void> | undefined;
  let failure: WaggleError | undefined;
  const stopLooking = lookAround(clock, () => {
    // A hub without a store file leaves no marker: what it has is lost with it, and no later hub shall miss it.
    const gone = options.store === 'memory' ? !existsSync(directory.token) : readMarkerQuietly(directory) === undefined;
    const idle = options.idleExitMs !== undefined && server.connections === 0 && hub.idleMs() > options.idleExitMs;
    if (gone) notice(`the swarm directory ${directory.path} is gone; stopping`);
    if (gone || idle) void close();
    // Every turn of the writer proves that the store is still this hub's; an idle hub must notice as well.
    else hub.store.messages.advance().catch(() => {});
  });
  const shutDown = async () => {
    stopLooking();
    // The lock goes last: once it is free, the socket and the announcement are the next hub's.
    await hub.drain();
    await server.close();
    // A hub that took over has announced itself by now; what it made is not ours to remove.
    if ((readAnnouncement(directory)?.url ?? server.url) === server.url)
      for (const file of [directory.hubFile, directory.socket]) rmSync(file, { force: true });
    failpoint('hub.closed');
    await hub.close();
    release();
    ended.resolve(failure);
  };
  const close = () => (closing ??= shutDown());
  hub.store.onHealth((health) => {
    const why = health.reason ?? health.warning;
    notice(`store is ${health.state}${why === undefined ? '' : `: ${why}`}`);
    failure ??= reasonToLeave(health);
    if (failure === undefined) return;
    notice(`error: ${failure.code}: this hub stops, so that another can take its place`);
    hub.fail(failure);
    void close();
  });
  void hub.stopRequested.then(() => {
    // Before anybody can miss this hub: those who keep one alive must find why it is gone.
    markDown(directory);
    return close();
  });
  return { hub, status, closed: ended.promise, close };
}

/**
 * A hub whose store is lost to it can never serve again, and its lock keeps others from trying: it leaves, and the next
 * client starts one that either can, or says why not. Damage is the exception: every hub would find it, so this one
 * stays and answers `store_corrupt`.
 */
function reasonToLeave({ state, code, reason = '' }: StoreHealth): WaggleError | undefined {
  if (state !== 'read-only' || code === undefined || code === 'store_corrupt') return undefined;
  return new WaggleError(code, reason.replace(`${code}: `, ''));
}

function ensureToken(directory: SwarmDirectory): string {
  try {
    return readToken(directory);
  } catch (error) {
    const missing =
      error instanceof WaggleError &&
      error.cause instanceof Error &&
      'code' in error.cause &&
      error.cause.code === 'ENOENT';
    if (!missing) throw error;
    writeDurably(directory.token, `${randomHex(32)}\n`);
    return readToken(directory);
  }
}

function readMarkerQuietly(directory: SwarmDirectory): unknown {
  try {
    return readMarker(directory);
  } catch {
    return 'unreadable';
  }
}

function lookAround(clock: Clock, look: () => void): () => void {
  let cancel = () => {};
  const again = () => {
    cancel = clock.setTimer(lookAroundMs, () => {
      again();
      look();
    });
  };
  again();
  return () => cancel();
}
