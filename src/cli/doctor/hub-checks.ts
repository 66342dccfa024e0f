import { open, readdir, stat } from 'node:fs/promises';
import { errorKinds, toWaggleError } from '../../errors.ts';
import type { HubStatus } from '../../hub/api.ts';
import { plainExcerpt } from '../../plain.ts';
import { packageVersion } from '../../version.ts';
import { type Check, fail, formatBytes, ok, warn } from './check.ts';

/** `undefined`: none runs, which is well: the next client starts one. */
export async function checkHub(status: HubStatus | undefined, hubFile: string): Promise<Check> {
  if (status === undefined) {
    const isLeftBehind = (await stat(hubFile).catch(() => undefined)) !== undefined;
    const trace = isLeftBehind ? '; the last one did not end by itself, the next start tidies up' : '';
    return ok('hub', `not running${trace}; any command that needs one starts it`);
  }
  const { store } = status;
  if (store.state === 'open' && store.warning !== undefined) {
    return warn('hub', `pid ${status.pid} serves, but ${store.warning}`, 'end what reads the store for so long');
  }
  if (store.state === 'open' && status.version !== packageVersion) {
    return warn(
      'hub',
      `pid ${status.pid} is of version ${status.version}, this program of ${packageVersion}: they may not know all of each other's calls`,
      'waggle down; the next command starts a hub of this version',
    );
  }
  if (store.state === 'open') return ok('hub', `pid ${status.pid} at ${status.url}, version ${status.version}`);
  const reason = store.reason ?? 'no reason given';
  return fail(
    'hub',
    `pid ${status.pid} runs, but its store is ${store.state}: ${reason}`,
    'waggle down, then waggle up shows why',
  );
}

export async function checkSocket(path: string, isRunning: boolean): Promise<Check> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    return isRunning
      ? fail(
          'socket',
          `${path} is gone although the hub runs`,
          'waggle down, or end the hub by its pid; the next start makes it',
        )
      : ok('socket', 'none while no hub runs');
  }
  const mode = found.mode & 0o777;
  if (!found.isSocket()) return fail('socket', `${path} is not a socket`, `move it away: mv ${path} ${path}.old`);
  if ((mode & 0o077) !== 0) return fail('socket', `${path} may be used by others`, `chmod 600 ${path}`);
  return ok('socket', path);
}

/** What `inspectStore` finds. */
export interface StoreFacts {
  readonly ok: boolean;
  readonly problems: readonly { readonly what: string; readonly detail: string }[];
  readonly sizeBytes: number;
  readonly walBytes: number;
  readonly messages: number;
  readonly caveat?: string;
}

/** Page integrity and conservation, read through a connection of its own. */
export async function checkStore(
  file: string,
  inspect: (file: string) => Promise<StoreFacts>,
  wasUsed: boolean,
): Promise<Check> {
  const rescue = `keep a copy of ${file} and its -wal, then see waggle recover and the newest backup`;
  try {
    const found = await inspect(file);
    const sizes = `${formatBytes(found.sizeBytes)}, log ${formatBytes(found.walBytes)}`;
    if (found.ok)
      return ok(
        'store',
        `${found.messages} messages, intact, every one accounted for (${sizes})${found.caveat === undefined ? '' : `; ${found.caveat}`}`,
      );
    const [first] = found.problems;
    if (first?.what === 'schema_too_new')
      return fail('store', `${first.what}: ${first.detail}`, 'install a newer Waggle; the store is not damaged');
    const problems = found.problems.map(({ what, detail }) => `${what}: ${detail}`);
    return fail('store', `store_corrupt: ${plainExcerpt(problems.join('; '), 400)}`, rescue);
  } catch (error) {
    const { code, message } = toWaggleError(error);
    if (code !== 'store_missing') return fail('store', `${code}: ${message}`, rescue);
    return wasUsed
      ? fail(
          'store',
          `${code}: ${message}`,
          'put the file back from a backup; Waggle never starts a new one over a lost one',
        )
      : ok('store', 'none yet; the first start of a hub makes it');
  }
}

export async function checkQuarantine(path: string): Promise<Check> {
  const files = await readdir(path).catch(() => []);
  return ok('quarantine', files.length === 0 ? 'empty' : `${files.length} preserved files in ${path}`);
}

const tailBytes = 64 * 1024;
/** What a log line of trouble looks like: a word for it, or an error's code. Losing the race for the lock is no trouble. */
const troubleCodes = Object.keys(errorKinds).filter((code) => code !== 'hub_already_running');
const trouble = new RegExp(`\\b(?:error|fatal|panic|${troubleCodes.join('|')})\\b`, 'i');

/** The end of the hub's log: what went wrong last. */
export async function checkLog(path: string): Promise<Check> {
  const lines = (await readTail(path)).split('\n').filter((line) => line.trim() !== '');
  const bad = lines.filter((line) => trouble.test(line));
  const last = bad.at(-1);
  if (lines.length === 0) return ok('log', 'nothing logged');
  if (last === undefined) return ok('log', `no errors in the last ${lines.length} lines`);
  return warn(
    'log',
    `${bad.length} of the last ${lines.length} lines are errors, the last: ${plainExcerpt(last, 200)}`,
    `read ${path}`,
  );
}

async function readTail(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return '';
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(Math.min(size, tailBytes)),
      0,
      Math.min(size, tailBytes),
      start,
    );
    const text = buffer.toString('utf8', 0, bytesRead);
    // The first line is cut unless the file starts here.
    return start === 0 ? text : text.slice(text.indexOf('\n') + 1);
  } finally {
    await file.close();
  }
}
