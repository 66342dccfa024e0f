import { readFileSync } from 'node:fs';
import { type Clock, systemClock } from '../clock.ts';
import { WaggleError } from '../errors.ts';
import { hubSockets } from '../hub/hub-announcement.ts';
import {
  findSwarmDirectory,
  newSwarmDirectory,
  prepareSwarmDirectory,
  readToken,
  requireOwnDirectory,
  type SwarmDirectory,
  swarmDirectory,
} from '../hub/swarm-directory.ts';
import { createSwarm } from './create-swarm.ts';
import { FrameConnection } from './frame-connection.ts';
import { RemoteTransport } from './remote-transport.ts';
import type { Swarm } from './swarm.ts';

export interface ConnectOptions {
  /** The `.waggle`, or the folder that holds it; default: the nearest upward from here. */
  readonly dir?: string;
  /** Make `./.waggle` where there is none. */
  readonly create?: boolean;
  /** Start a hub in the background when none runs, and again when it dies. Default true. */
  readonly start?: boolean;
  /** Hears what was done on the caller's behalf, a sentence at a time. */
  readonly notice?: (line: string) => void;
  /** How long calls are carried across a lost hub; default 30 000. */
  readonly retryForMs?: number;
  readonly clock?: Clock;
}

/**
 * Connects to the hub of a swarm directory as a client. `not_found` where there is no swarm (and none is to be made),
 * `hub_unreachable` when no hub runs and none is to be started.
 */
export async function connectSwarm(options: ConnectOptions = {}): Promise<Swarm> {
  const directory = locate(options);
  const { clock = systemClock, start = true, retryForMs = start ? 30_000 : 0 } = options;
  const open = () => openConnection(directory, { start, clock, notice: options.notice ?? (() => {}) });
  const transport = new RemoteTransport({ open, clock, retryForMs });
  return createSwarm(transport, clock);
}

function locate({ dir, create = false, notice }: ConnectOptions): SwarmDirectory {
  const found = findSwarmDirectory(dir, process.cwd());
  if (found !== undefined) {
    const directory = swarmDirectory(found);
    requireOwnDirectory(directory);
    return directory;
  }
  const path = newSwarmDirectory(dir, process.cwd());
  if (!create) {
    throw new WaggleError(
      'not_found',
      `no swarm at or above ${dir ?? process.cwd()}; make one with: waggle up, or waggle agent add ID`,
      {
        details: { path },
      },
    );
  }
  const directory = prepareSwarmDirectory(path);
  notice?.(`created the swarm directory ${path}`);
  return directory;
}

async function openConnection(
  directory: SwarmDirectory,
  { start, clock, notice }: { start: boolean; clock: Clock; notice: (line: string) => void },
): Promise<FrameConnection> {
  const running = await tryConnect(directory, clock);
  if (running !== undefined) return running;
  if (!start) {
    throw new WaggleError('hub_unreachable', `no hub is running for ${directory.path}; start one with: waggle up`, {
      details: { path: directory.path },
    });
  }
  const { startHub } = await import('./start-hub.ts');
  const pid = await startHub(directory, clock);
  if (pid !== undefined) notice(`started a hub in the background (pid ${pid}); stop it with: waggle down`);
  const connection = await tryConnect(directory, clock);
  if (connection !== undefined) return connection;
  throw new WaggleError(
    'hub_unreachable',
    `the hub of ${directory.path} was started but does not answer; see ${directory.log}`,
    {
      details: { path: directory.path },
    },
  );
}

/** Undefined when nobody listens; rejects when who listens refuses us. */
async function tryConnect(directory: SwarmDirectory, clock: Clock): Promise<FrameConnection | undefined> {
  let token: string;
  try {
    token = readToken(directory);
  } catch (error) {
    if (isMissing(directory.token)) return undefined;
    throw error;
  }
  for (const path of hubSockets(directory)) {
    const connection = new FrameConnection({ at: { path }, token }, clock);
    if (await connection.opened) return connection;
  }
  return undefined;
}

function isMissing(file: string): boolean {
  try {
    readFileSync(file);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}
