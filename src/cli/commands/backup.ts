import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { invalidInput, toWaggleError, WaggleError } from '../../errors.ts';
import { failpoint } from '../../failpoint.ts';
import { findSwarmDirectory, requireOwnDirectory, swarmDirectory } from '../../hub/swarm-directory.ts';
import { plainLine } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import type { CommandAction, Context } from '../command.ts';
import { formatBytes } from '../doctor/check.ts';
import { formatDuration } from '../durations.ts';
import { requireOperator } from '../require-operator.ts';
import { createProgress } from '../terminal/progress.ts';

/** The whole store in one file, taken while the hub goes on; the file appears under its name when it has been checked. */
export const backup: CommandAction = async (call, context) => {
  requireOperator('waggle backup', context);
  const { clock, output } = context;
  const startedAt = clock.monotonic();
  const directory = existingDirectory(context);
  const target = resolve(context.cwd, call.arg(0));
  const mayReplace = call.flag('force');
  requireTarget(target, { forbidden: directory.path, mayReplace });
  const draft = `${target}.${process.pid}.partial`;
  const progress = createProgress('copying the store', output, clock);
  try {
    const { takeSnapshot } = await import('../../store/sqlite/snapshot.ts');
    const facts = await takeSnapshot({
      store: directory.store,
      draft,
      takenAt: new Date(clock.now()).toISOString(),
      onProgress: (fraction) => progress.update(fraction),
      signal: context.stop,
    });
    publish(draft, target, mayReplace);
    progress.end();
    report(
      { ...facts, file: target, bytes: statSync(target).size, ms: Math.round(clock.monotonic() - startedAt) },
      context,
    );
    return undefined;
  } catch (error) {
    throw toWaggleError(error);
  } finally {
    progress.end();
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(`${draft}${suffix}`, { force: true });
  }
};

function existingDirectory({ dir, cwd }: Context) {
  const path = findSwarmDirectory(dir, cwd);
  if (path === undefined) {
    throw new WaggleError('not_found', `no swarm at or above ${dir ?? cwd}, so there is nothing to back up`);
  }
  const directory = swarmDirectory(path);
  requireOwnDirectory(directory);
  return directory;
}

function requireTarget(target: string, { forbidden, mayReplace }: { forbidden: string; mayReplace: boolean }): void {
  const folder = dirname(target);
  const found = statSync(target, { throwIfNoEntry: false });
  if (!existsSync(folder)) throw invalidInput('FILE', target, `must be in a folder that exists; make ${folder} first`);
  if (found?.isDirectory()) throw invalidInput('FILE', target, 'is a folder; name a file in it');
  const swarm = realpathSync(forbidden);
  const real = found === undefined ? join(realpathSync(folder), basename(target)) : realpathSync(target);
  if (`${real}/`.startsWith(`${swarm}/`)) {
    throw invalidInput('FILE', target, 'must be outside of the swarm directory, which it is to survive');
  }
  if (found !== undefined && !mayReplace) throw exists(target);
}

/** Under its name at last. Without leave to replace, a file that came into being meanwhile is not replaced either. */
function publish(draft: string, target: string, mayReplace: boolean): void {
  if (mayReplace) {
    renameSync(draft, target);
  } else {
    try {
      linkSync(draft, target);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw exists(target);
      throw error;
    }
  }
  const folder = openSync(dirname(target), 'r');
  fsyncSync(folder);
  closeSync(folder);
  failpoint('backup.published');
}

function exists(target: string): WaggleError {
  return new WaggleError('already_exists', `${target} exists already; name another file, or replace it with --force`, {
    details: { field: 'FILE', value: target },
  });
}

interface Report {
  readonly file: string;
  readonly bytes: number;
  readonly messages: number;
  readonly lastSeq: number;
  readonly swarmId: string;
  readonly takenAt?: string;
  readonly ms: number;
}

function report(done: Report, { output, json }: Context): void {
  const { file, bytes, messages, lastSeq, swarmId, takenAt, ms } = done;
  if (json) {
    output.json(renderJson({ file, bytes, messages, lastSeq, swarmId, takenAt, ms }));
    return;
  }
  const size = `${formatBytes(bytes)}, ${messages} messages`;
  output.line(`${output.style.good('saved')} ${plainLine(file)}: ${size}, checked, in ${formatDuration(ms)}`);
}
