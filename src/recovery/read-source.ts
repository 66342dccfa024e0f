import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { WaggleError } from '../errors.ts';

/** Offsets are kept in 32 bits; a legacy queue is far below. */
const maxFileBytes = 2 ** 31 - 1;

/**
 * Reads a whole regular file without ever writing, following a link or waiting for a pipe. Throws `not_found`,
 * `unreadable_file` (link, pipe, device, directory, no permission, still changing) or `payload_too_large`. What cannot
 * be read is an error, never an empty queue.
 */
export async function readSource(path: string): Promise<Buffer> {
  const first = await readOnce(path);
  const bytes = first ?? (await readOnce(path)); // It changed under us: once more, then say so.
  if (bytes === undefined) throw unreadable(path, 'keeps changing while it is read; stop its writer and try again');
  return bytes;
}

/** Undefined when the file changed meanwhile. */
async function readOnce(path: string): Promise<Buffer | undefined> {
  // O_NONBLOCK: opening a FIFO must not wait for its writer. O_NOFOLLOW: the name must be the file itself.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => {
    throw openFailure(path, error);
  });
  try {
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) throw unreadable(path, 'is not a regular file');
    if (before.size > maxFileBytes) {
      throw new WaggleError('payload_too_large', `${path}: ${before.size} bytes, at most ${maxFileBytes} can be read`, {
        details: { path, bytes: Number(before.size), maxBytes: maxFileBytes },
      });
    }
    const bytes = await readExactly(file, Number(before.size));
    const after = await file.stat({ bigint: true });
    const isSame = before.size === after.size && before.mtimeNs === after.mtimeNs && before.ctimeNs === after.ctimeNs;
    return isSame ? bytes : undefined;
  } catch (error) {
    throw error instanceof WaggleError ? error : unreadable(path, 'could not be read', error);
  } finally {
    await file.close();
  }
}

interface Readable {
  read(buffer: Buffer, offset: number, length: number): Promise<{ bytesRead: number }>;
}

/** Undefined when the file is shorter or longer than it was said to be. */
async function readExactly(file: Readable, size: number): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafeSlow(size + 1);
  let filled = 0;
  while (filled <= size) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled === size ? bytes.subarray(0, size) : undefined;
}

function openFailure(path: string, error: unknown): WaggleError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') {
    return new WaggleError('not_found', `${path}: no such file`, { details: { path }, cause: error });
  }
  if (code === 'ELOOP' || code === 'EMLINK') return unreadable(path, 'is a symbolic link; name the file itself', error);
  if (code === 'ENXIO') return unreadable(path, 'is not a regular file', error);
  if (code === 'EACCES' || code === 'EPERM') return unreadable(path, 'may not be read by this user', error);
  return unreadable(path, `cannot be opened (${String(code ?? error)})`, error);
}

function unreadable(path: string, problem: string, cause?: unknown): WaggleError {
  return new WaggleError('unreadable_file', `${path}: ${problem}`, { details: { path, problem }, cause });
}
