import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { tokenFile } from '../agent/token-file.ts';
import { type Clock, systemClock } from '../clock.ts';
import { invalidInput, WaggleError } from '../errors.ts';
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
import { agentIdPattern } from '../ids.ts';
import { createSwarm } from './create-swarm.ts';
import { FrameConnection } from './frame-connection.ts';
import { RemoteTransport } from './remote-transport.ts';
import type { Swarm } from './swarm.ts';
import type { Transport } from './transport.ts';

export interface ConnectOptions {
  /** The `.waggle`, or the folder that holds it; default: the nearest upward from here. */
  readonly dir?: string;
  /** Speak as this agent, with the token minted for it; without it as the one `tokenFile` says, else as the operator. */
  readonly agent?: string;
  /** File of an agent's token; default: what `WAGGLE_TOKEN_FILE` names. */
  readonly tokenFile?: string;
  /** Make `./.waggle` where there is none. */
  readonly create?: boolean;
  /** Start a hub in the background when none runs, and again when it dies. Default true. */
  readonly start?: boolean;
  /** Hears what was done on the caller's behalf, a sentence at a time. */
  readonly notice?: (line: string) => void;
  /** A hub that dies is started again at once, not only by the next call. One that was told to stop stays stopped. */
  readonly keepHub?: boolean;
  /** How long calls are carried across a lost hub; default 30 000. */
  readonly retryForMs?: number;
  readonly clock?: Clock;
}

/**
 * Connects to the hub of a swarm directory as a client: as the operator, or as the agent whose token it is given. An
 * agent's token is read once, so that a process stays the incarnation it was started as. `unauthorized` when the token
 * cannot be read or is over, `not_found` where there is no swarm (and none is to be made),
 * `hub_unreachable` when no hub runs and none is to be started.
 */
export async function connectSwarm(options: ConnectOptions = {}): Promise<Swarm> {
  return createSwarm(connectTransport(options), options.clock ?? systemClock);
}

/** As `connectSwarm`, for a door that speaks in operations. */
export function connectTransport(options: ConnectOptions = {}): Transport {
  const directory = locate(options);
  const { clock = systemClock, start = true, retryForMs = start ? 30_000 : 0, keepHub = false } = options;
  const agentToken = readAgentToken(directory, options);
  const open = () => openConnection(directory, { start, clock, agentToken, notice: options.notice ?? (() => {}) });
  const keeping = keepHub && start ? { onLost: () => void revive(directory, clock, transport) } : {};
  const transport = new RemoteTransport({ open, clock, retryForMs, ...keeping });
  return transport;
}

async function revive(directory: SwarmDirectory, clock: Clock, transport: RemoteTransport): Promise<void> {
  const { hasCrashed } = await import('./crashed-hub.ts');
  // Should it not come back now, the next call tries again and is told why.
  if (await hasCrashed(directory, clock)) await transport.open().catch(() => {});
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

interface ConnectionOptions {
  readonly start: boolean;
  readonly clock: Clock;
  readonly notice: (line: string) => void;
  readonly agentToken: string | undefined;
}

/** The file that says as whom a client with these options speaks; undefined for the operator. */
export function agentTokenFile({ agent, tokenFile: named }: ConnectOptions, folder: string): string | undefined {
  if (agent === undefined) return named ?? (process.env['WAGGLE_TOKEN_FILE'] || undefined);
  if (!agentIdPattern.test(agent)) throw invalidInput('agent', agent, 'must be an agent id');
  return tokenFile(folder, agent);
}

/** Whether whoever started this process gave it a token to speak by. */
export function wasGivenToken(): boolean {
  return Boolean(process.env['WAGGLE_TOKEN_FILE']);
}

/** Whether a token was minted for this agent of the swarm there. `not_found` where there is no swarm. */
export function hasAgentToken(agent: string, options: Pick<ConnectOptions, 'dir'>): boolean {
  return existsSync(tokenFile(locate(options).agents, agent));
}

function readAgentToken(directory: SwarmDirectory, options: ConnectOptions): string | undefined {
  const file = agentTokenFile(options, directory.agents);
  if (file === undefined) return undefined;
  try {
    return readToken({ token: resolve(file) });
  } catch (error) {
    if (!isMissing(file)) throw error;
    const source = options.agent === undefined && options.tokenFile === undefined ? ' (WAGGLE_TOKEN_FILE)' : '';
    throw new WaggleError(
      'unauthorized',
      `token file ${file}${source} does not exist; the operator makes one with: waggle agent token ${options.agent ?? 'ID'}`,
      { details: { file }, cause: error },
    );
  }
}

async function openConnection(
  directory: SwarmDirectory,
  { start, clock, notice, agentToken }: ConnectionOptions,
): Promise<FrameConnection> {
  const running = await tryConnect(directory, clock, agentToken);
  if (running !== undefined) return running;
  if (!start) {
    throw new WaggleError('hub_unreachable', `no hub is running for ${directory.path}; start one with: waggle up`, {
      details: { path: directory.path },
    });
  }
  const { startHub } = await import('./start-hub.ts');
  const pid = await startHub(directory, clock);
  if (pid !== undefined) notice(`started a hub in the background (pid ${pid}); stop it with: waggle down`);
  const connection = await tryConnect(directory, clock, agentToken);
  if (connection !== undefined) return connection;
  throw new WaggleError(
    'hub_unreachable',
    `the hub of ${directory.path} was started but does not answer; see ${directory.log}`,
    {
      details: { path: directory.path },
    },
  );
}

/** Undefined when nobody listens; rejects when who listens refuses us. Without a token: as the operator. */
export async function tryConnect(
  directory: SwarmDirectory,
  clock: Clock,
  agentToken?: string,
): Promise<FrameConnection | undefined> {
  let token: string;
  try {
    token = agentToken ?? readToken(directory);
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
