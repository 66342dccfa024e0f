import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { WaggleError } from '../errors.ts';

/** Settings are a few kilobytes; what is larger is something else. */
const maxBytes = 4 * 1024 * 1024;

/** A file of a project as it is now. */
export interface ProjectFile {
  /** Where its bytes are, links followed. */
  readonly path: string;
  /** Undefined: there is none. */
  readonly bytes: Buffer | undefined;
}

/**
 * Reads a file of the project. A link is followed while it stays in the project (AGENTS.md is often one); a link out of
 * it, a folder, a device or something enormous is `unreadable_file`, never taken for a missing one.
 */
export function readProjectFile(project: string, relative: string): ProjectFile {
  const path = resolveInside(project, relative);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return { path, bytes: undefined };
  if (!stats.isFile()) throw unreadable(relative, 'is not a file');
  if (stats.size > maxBytes) throw unreadable(relative, `has ${stats.size} bytes, settings have at most ${maxBytes}`);
  return { path, bytes: readFileSync(path) };
}

/** The bytes as text. Throws `unreadable_file` for what is not UTF-8: written back it would be something else. */
export function textOf({ bytes }: ProjectFile, relative: string): string | undefined {
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(relative, 'is not UTF-8', cause);
  }
}

/**
 * Gives a file its new bytes so that a crash leaves the old or the new, its mode kept; undefined removes it. Resolves to
 * the folders that had to be made, outermost first.
 */
export function writeProjectFile(path: string, bytes: Buffer | undefined): string[] {
  if (bytes === undefined) {
    rmSync(path, { force: true });
    return [];
  }
  const folder = dirname(path);
  const first = mkdirSync(folder, { recursive: true });
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  const draft = `${path}.${process.pid}.draft`;
  try {
    writeFileSync(draft, bytes, { flag: 'wx', flush: true, ...(mode === undefined ? {} : { mode: mode & 0o777 }) });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  const made: string[] = [];
  if (first !== undefined) for (let at = folder; at.length >= first.length; at = dirname(at)) made.unshift(at);
  return made;
}

/** False where it is gone already or holds something of somebody's. */
export function removeFolderIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

export function hashOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The path with every existing part of it resolved; whatever leaves the project is refused. */
function resolveInside(project: string, relative: string): string {
  const root = realpathSync(project);
  let at = root;
  for (const part of relative.split('/')) {
    const next = join(at, part);
    const isThere = lstatSync(next, { throwIfNoEntry: false }) !== undefined;
    try {
      at = isThere ? realpathSync(next) : next;
    } catch (cause) {
      throw unreadable(relative, 'is a link that leads nowhere', cause);
    }
    if (!at.startsWith(`${root}${sep}`)) throw unreadable(relative, `is a link that leaves the project (to ${at})`);
  }
  return at;
}

function unreadable(file: string, problem: string, cause?: unknown): WaggleError {
  return new WaggleError('unreadable_file', `${file}: ${problem}; nothing was written`, {
    details: { file, problem },
    cause,
  });
}
