import { dirname, join, relative, resolve } from 'node:path';
import { errorKinds, toWaggleError, WaggleError } from '../../errors.ts';
import type { ImportInput } from '../../hub/api.ts';
import { findSwarmDirectory, swarmDirectory } from '../../hub/swarm-directory.ts';
import { JsonSource } from '../../json.ts';
import { type RecoveredFile, type RecoverySummary, recoverFile, toImportCandidate } from '../../recovery/recover.ts';
import { renderJson } from '../../render-json.ts';
import type { Swarm } from '../../sdk/swarm.ts';
import type { CommandAction, Context } from '../command.ts';
import { formatBytes } from '../doctor/check.ts';
import { printError } from '../terminal/error-output.ts';
import { plain, plainExcerpt, plainLine } from '../terminal/plain.ts';
import { createProgress } from '../terminal/progress.ts';

/** One import request: small enough to be one short commit, whatever the entries hold. */
const batchEntries = 256;
const batchBytes = 1024 * 1024;

interface Import {
  imported: number;
  known: number;
  readonly agentsAdded: string[];
}

export const recover: CommandAction = async (call, context) => {
  const swarm = call.flag('import') ? await context.connect() : undefined;
  let exit = 0;
  // One after the other: each file may need four times its size in memory.
  for (const name of call.args(0)) {
    try {
      await recoverOne(name, { swarm, isListing: call.flag('entries') }, context);
    } catch (error) {
      const failure = toWaggleError(error);
      // The hub is gone or the user has had enough: the other files would only repeat it.
      if (swarm !== undefined && failure.code !== 'not_found' && failure.code !== 'unreadable_file') throw failure;
      printError(failure, context.output, context.json);
      exit = Math.max(exit, errorKinds[failure.code].exit);
    }
  }
  return exit;
};

async function recoverOne(
  name: string,
  { swarm, isListing }: { swarm: Swarm | undefined; isListing: boolean },
  context: Context,
): Promise<void> {
  const { output, clock } = context;
  const path = resolve(context.cwd, name);
  const progress = createProgress(`reading ${name}`, output, clock);
  let recovered: RecoveredFile;
  try {
    recovered = await recoverFile(path, {
      quarantineDir: quarantineFor(path, context),
      clock,
      onProgress: (done, total) => progress.update(total === 0 ? 1 : done / total),
    });
  } finally {
    progress.end();
  }
  if (isListing) await printEntries(recovered, context);
  const imported = swarm === undefined ? undefined : await importInto(swarm, recovered, name, context);
  if (context.json) output.json(renderJson(summaryJson(name, recovered.summary, imported)));
  else printSummary(name, recovered.summary, imported, context);
}

/** In the swarm's own quarantine where there is a swarm, else beside the file. */
function quarantineFor(path: string, { dir, cwd }: Context): string {
  const found = findSwarmDirectory(dir, cwd);
  return found === undefined ? join(dirname(path), 'quarantine') : swarmDirectory(found).quarantine;
}

async function importInto(swarm: Swarm, file: RecoveredFile, name: string, context: Context): Promise<Import> {
  const total: Import = { imported: 0, known: 0, agentsAdded: [] };
  const progress = createProgress(`importing ${name}`, context.output, context.clock);
  let batch: ImportInput[] = [];
  let bytes = 0;
  let done = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    if (context.stop.aborted) throw new WaggleError('aborted', `import of ${name}: interrupted after ${done} entries; run it again, it goes on`);
    const answer = await swarm.importEntries(batch, { addAgents: true });
    total.imported += answer.imported;
    total.known += answer.known;
    total.agentsAdded.push(...answer.agentsAdded);
    done += batch.length;
    progress.update(done / Math.max(1, file.summary.recovered));
    batch = [];
    bytes = 0;
  };
  try {
    for (const entry of file.entries) {
      const candidate = toImportCandidate(entry, file);
      if (candidate === undefined) continue;
      const size = Buffer.byteLength(candidate.bodyText);
      if (batch.length === batchEntries || bytes + size > batchBytes) await flush();
      batch.push(candidate);
      bytes += size;
    }
    await flush();
  } finally {
    progress.end();
  }
  return total;
}

async function printEntries({ entries }: RecoveredFile, { output, json }: Context): Promise<void> {
  for (const { offset, length, status, entry, text, reason } of entries) {
    if (json) {
      // The text as it stood in the file, byte for byte, where it is JSON; otherwise what could be read of it.
      output.json(renderJson({ offset, length, status, entry: sourceOf(text, entry), reason }));
    } else {
      const place = `${offset}+${length}`;
      const shown = output.isTerminal ? [place.padEnd(18), status.padEnd(10)].join(' ') : `${place}\t${status}\t`;
      output.line(`${shown}${plainExcerpt(reason ?? text ?? '', Math.max(40, output.columns - 32))}`);
    }
    await output.caughtUp();
  }
}

function sourceOf(text: string | undefined, entry: unknown): unknown {
  if (text === undefined) return entry ?? null;
  try {
    return new JsonSource(text, JSON.parse(text));
  } catch {
    return entry ?? null;
  }
}

/** The contract's keys first; `imported` is 0 where nothing was to be imported. */
function summaryJson(name: string, summary: RecoverySummary, imported: Import | undefined): Record<string, unknown> {
  const { sha256, bytes, recovered, ambiguous, discardedBytes, duplicates, quarantine, ...more } = summary;
  return {
    file: name,
    sha256,
    bytes,
    recovered,
    ambiguous,
    discardedBytes,
    duplicates,
    quarantine,
    imported: imported?.imported ?? 0,
    ...(imported === undefined ? {} : { known: imported.known, agentsAdded: imported.agentsAdded }),
    ...withoutFile(more),
  };
}

function withoutFile(more: Record<string, unknown>): Record<string, unknown> {
  const { file: _, ...rest } = more;
  return rest;
}

function printSummary(name: string, summary: RecoverySummary, imported: Import | undefined, context: Context): void {
  const { output } = context;
  const { style } = output;
  const damage = [
    summary.ambiguous > 0 ? style.warn(`${summary.ambiguous} ambiguous`) : '',
    summary.duplicates > 0 ? `${summary.duplicates} duplicates` : '',
    summary.discardedBytes > 0 ? style.warn(`${formatBytes(summary.discardedBytes)} discarded`) : '',
  ].filter((part) => part !== '');
  const counts = [style.good(`${summary.recovered} recovered`), ...damage].join(', ');
  output.line(`${plainLine(name)}: ${counts} of ${formatBytes(summary.bytes)}`);
  if (imported !== undefined) {
    const known = imported.known > 0 ? `, ${imported.known} were there already` : '';
    const agents = imported.agentsAdded.length > 0 ? `; new agents: ${imported.agentsAdded.map(plainLine).join(', ')}` : '';
    output.line(`  imported ${imported.imported}${known}${agents}`);
  }
  output.note(`  the file as it was is kept in ${plain(shorter(summary.quarantine, context.cwd))}`);
  if (imported === undefined && summary.recovered > 0) {
    output.note(`  bring the entries into the swarm with: waggle recover ${plainLine(name)} --import`);
  }
}

function shorter(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below.startsWith('..') ? path : below;
}
