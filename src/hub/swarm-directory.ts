import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeFolderDurably, writeDurably } from '../durable-file.ts';
import { invalidInput, WaggleError } from '../errors.ts';

export const directoryName = '.waggle';

/** Everything a swarm keeps on disk, by name. */
export interface SwarmDirectory {
  /** The `.waggle` itself. */
  readonly path: string;
  readonly store: string;
  readonly socket: string;
  readonly token: string;
  readonly log: string;
  readonly quarantine: string;
  /** Pid and addresses of the hub that runs, or ran last. */
  readonly hubFile: string;
  /** Says which swarm this is; its presence means that a store existed. */
  readonly marker: string;
  readonly config: string;
  /** A folder for each agent that has a token or was ever started: its output, and what its shim writes. */
  readonly agents: string;
  /** Of the tmux server of this swarm alone. */
  readonly tmuxSocket: string;
  /** Present while the hub is down because somebody asked for it: then nothing starts one by itself. */
  readonly downMark: string;
}

export interface SwarmMarker {
  readonly swarmId: string;
  readonly createdAt: string;
}

/** A token of ours is 64 hex digits; nothing short is ever taken for one. */
const minTokenLength = 32;

/** Longest unix socket path that every supported system takes, in bytes. */
const maxSocketPath = 100;

/** Magic numbers of statfs(2) for filesystems whose locks cannot be trusted. */
const networkFilesystems = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x5346414f, 'AFS'],
]);
const overlayFilesystem = 0x794c7630;

/** The nearest `.waggle` upward from where the user stands, or the one named by `--dir`. Undefined when there is none. */
export function findSwarmDirectory(dir: string | undefined, cwd: string): string | undefined {
  if (dir !== undefined) {
    const named = namedDirectory(dir, cwd);
    return existsSync(named) ? named : undefined;
  }
  for (let at = resolve(cwd); ; at = dirname(at)) {
    const candidate = join(at, directoryName);
    if (existsSync(candidate)) return candidate;
    if (dirname(at) === at) return undefined;
  }
}

/** Where `init`, `send` and the like would create the swarm. */
export function newSwarmDirectory(dir: string | undefined, cwd: string): string {
  return dir === undefined ? join(resolve(cwd), directoryName) : namedDirectory(dir, cwd);
}

/** `--dir` takes the `.waggle` itself or the folder that holds it. */
function namedDirectory(dir: string, cwd: string): string {
  if (dir === '') throw invalidInput('--dir', dir, 'must name a folder');
  const path = resolve(cwd, dir);
  return path.endsWith(`/${directoryName}`) || existsSync(join(path, 'swarm.json')) ? path : join(path, directoryName);
}

export function swarmDirectory(path: string): SwarmDirectory {
  const socket = socketPath(path);
  return {
    path,
    store: join(path, 'waggle.db'),
    socket,
    token: join(path, 'token'),
    log: join(path, 'hub.log'),
    quarantine: join(path, 'quarantine'),
    hubFile: join(path, 'hub.json'),
    marker: join(path, 'swarm.json'),
    config: join(path, 'config.json'),
    agents: join(path, 'agents'),
    // Beside the hub's, wherever that had to go for its length.
    tmuxSocket: join(dirname(socket), 'tmux.sock'),
    downMark: join(path, 'down'),
  };
}

/** Makes the directory if need be and refuses one that is not ours. Safe to repeat. */
export function prepareSwarmDirectory(path: string): SwarmDirectory {
  try {
    makeFolderDurably(path);
  } catch (error) {
    throw refused(path, `cannot be created (${messageOf(error)})`, error);
  }
  const directory = swarmDirectory(path);
  requireOwnDirectory(directory);
  tighten(path, 0o700);
  keepOutOfGit(path);
  if (existsSync(directory.token)) tighten(directory.token, 0o600);
  const socketFolder = dirname(directory.socket);
  if (socketFolder !== path) {
    mkdirSync(socketFolder, { recursive: true, mode: 0o700 });
    requireOwner(socketFolder);
  }
  return directory;
}

/** Takes a prepared directory away again in which nothing was kept; whatever else it holds stays. */
export function removeUnusedSwarmDirectory(path: string): void {
  if (!existsSync(path) || readdirSync(path).some((name) => name !== ignoreFile)) return;
  const file = join(path, ignoreFile);
  if (existsSync(file) && readFileSync(file, 'utf8') !== ignoreAll) return;
  rmSync(file, { force: true });
  rmdirSync(path);
}

const ignoreFile = '.gitignore';
const ignoreAll = '*\n';

/** `git add --all` in a project would take the token and every message. Whoever wants otherwise edits the file. */
function keepOutOfGit(path: string): void {
  const file = join(path, ignoreFile);
  if (!existsSync(file)) writeFileSync(file, ignoreAll, { mode: 0o600 });
}

/** Takes away what others were given; a mode that was widened by accident does not stay so. */
function tighten(path: string, mode: number): void {
  if ((lstatSync(path).mode & 0o777 & ~mode) !== 0) chmodSync(path, mode);
}

/** `directory_refused` for a foreign owner, a symlink, a file, someone else's folder of that name, a network filesystem. */
export function requireOwnDirectory(directory: SwarmDirectory): void {
  const { path } = directory;
  requireOwner(path);
  const socketFolder = dirname(directory.socket);
  if (socketFolder !== path && existsSync(socketFolder)) requireOwner(socketFolder);
  const filesystem = filesystemOf(path);
  if (filesystem.network !== undefined) {
    throw refused(path, `is on ${filesystem.network}, where file locks cannot be trusted; use a local disk`);
  }
  if (existsSync(directory.marker) || existsSync(directory.store)) return;
  const strangers = readdirSync(path).filter((name) => !ownNames.has(name) && !name.startsWith('waggle.db'));
  if (strangers.length > 0) {
    throw refused(
      path,
      `holds files that are not a swarm's (${strangers.slice(0, 3).join(', ')}); name another with --dir`,
    );
  }
}

const ownNames = new Set([
  ignoreFile,
  'hub.sock',
  'token',
  'hub.log',
  'quarantine',
  'hub.json',
  'hub.json.starting',
  'swarm.json',
  'config.json',
  'init.json',
  'agents',
  'tmux.sock',
  'down',
]);

function requireOwner(path: string): void {
  const stats = lstatSync(path);
  if (!stats.isDirectory()) throw refused(path, 'is not a directory; move it away, or name another with --dir');
  if (process.getuid !== undefined && stats.uid !== process.getuid()) {
    throw refused(path, `belongs to user ${stats.uid}, not to you; name another with --dir`);
  }
}

export function filesystemOf(path: string): { network?: string; overlay: boolean } {
  const { type } = statfsSync(path);
  const network = networkFilesystems.get(type);
  return network === undefined ? { overlay: type === overlayFilesystem } : { network, overlay: false };
}

export function readMarker(directory: SwarmDirectory): SwarmMarker | undefined {
  if (!existsSync(directory.marker)) return undefined;
  const text = readFileSync(directory.marker, 'utf8');
  try {
    const marker: unknown = JSON.parse(text);
    if (typeof marker === 'object' && marker !== null && 'swarmId' in marker && typeof marker.swarmId === 'string') {
      return marker as SwarmMarker; // written by writeMarker; the id is what is relied on
    }
  } catch {
    // Told below: an unreadable marker is never taken for a missing one.
  }
  throw new WaggleError(
    'store_corrupt',
    `${directory.marker} is damaged, so the store cannot be matched to it; restore it from a backup`,
    {
      details: { file: directory.marker },
    },
  );
}

/** Durable and atomic: the marker is what tells a lost store from a new swarm. */
export function writeMarker(directory: SwarmDirectory, marker: SwarmMarker): void {
  writeDurably(directory.marker, `${JSON.stringify(marker)}\n`);
}

export function readToken({ token: file }: Pick<SwarmDirectory, 'token'>): string {
  try {
    const token = readFileSync(file, 'utf8').trim();
    if (token.length >= minTokenLength) return token;
    throw new Error('it is empty or cut short; delete it and start the hub anew');
  } catch (error) {
    throw new WaggleError(
      'unauthorized',
      `token ${file} cannot be read (${messageOf(error)}); only its owner may talk to the hub`,
      {
        cause: error,
      },
    );
  }
}

function socketPath(path: string): string {
  const beside = join(path, 'hub.sock');
  if (Buffer.byteLength(beside) <= maxSocketPath) return beside;
  const runtime = process.env['XDG_RUNTIME_DIR'] ?? `/tmp`;
  return join(runtime, `waggle-${process.getuid?.() ?? 0}-${shortHash(path)}`, 'hub.sock');
}

/** FNV-1a, 64 bits in two halves: names a folder, protects nothing, and spares every client the crypto module. */
function shortHash(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let index = 0; index < text.length; index += 1) {
    low = Math.imul(low ^ text.charCodeAt(index), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(index), 0x85ebca6b);
  }
  return [low, high].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

function refused(path: string, problem: string, cause?: unknown): WaggleError {
  return new WaggleError('directory_refused', `swarm directory ${path} ${problem}`, { details: { path }, cause });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
