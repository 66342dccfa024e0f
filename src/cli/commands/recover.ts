import { dirname, join, relative, resolve } from 'node:path';
import { errorKinds, toWaggleError } from '../../errors.ts';
import { findSwarmDirectory, requireOwnDirectory, swarmDirectory } from '../../hub/swarm-directory.ts';
import { JsonSource } from '../../json.ts';
import { plain, plainExcerpt, plainLine } from '../../plain.ts';
import type { RecoveredEntry } from '../../recovery/queue-scan.ts';
import { type Recovery, type RecoverySummary, recoverFile } from '../../recovery/recover.ts';
import { renderJson } from '../../render-json.ts';
import type { Swarm } from '../../sdk/swarm.ts';
import type { CommandAction, Context } from '../command.ts';
import { formatBytes } from '../doctor/check.ts';
import { HubEar } from '../doctor/hub-ear.ts';
import { printError } from '../terminal/error-output.ts';
import { createProgress } from '../terminal/progress.ts';
import { type Imported, importEntries } from './import-entries.ts';

interface Wanted {
  /** Where the entries go, when they are to be imported. */
  readonly swarm: Swarm | undefined;
  /** One line per entry. */
  readonly isListing: boolean;
}

export const recover: CommandAction = async (call, context) => {
  const swarm = call.flag('import') ? await context.connect() : undefined;
  // Before anything is read: a hub that cannot serve says why now, not after a long scan.
  await swarm?.status();
  let exit = 0;
  // One after the other: each file may need four times its size in memory.
  for (const name of call.args(0)) {
    try {
      await recoverOne(name, { swarm, isListing: call.flag('entries') }, context);
    } catch (error) {
      const failure = toWaggleError(error);
      // About this file, so the others are still worth it; anything else would only be repeated by them.
      if (failure.code !== 'not_found' && failure.code !== 'unreadable_file') throw failure;
      printError(failure, context.output, context.json);
      exit = Math.max(exit, errorKinds[failure.code].exit);
    }
  }
  return exit;
};

async function recoverOne(name: string, { swarm, isListing }: Wanted, context: Context): Promise<void> {
  const { output } = context;
  const recovery = await readFile(name, context);
  const { summary } = recovery;
  output.note(`${plainLine(name)}: kept as it was in ${plain(shorter(summary.quarantine ?? '', context.cwd))}`);
  if (isListing) {
    for (const entry of recovery.entries) {
      printEntry(entry, context);
      await output.caughtUp();
    }
  }
  const imported = swarm === undefined ? undefined : await importEntries(swarm, recovery, context);
  if (swarm !== undefined) await tell(swarm, resolve(context.cwd, name), summary, context);
  if (context.json) output.json(renderJson(summaryJson(name, summary, imported)));
  else printSummary(name, summary, imported, context);
}

/** The hub counts what was found damaged, saved and lost; a hub that cannot hear it changes nothing about the rescue. */
async function tell(swarm: Swarm, source: string, summary: RecoverySummary, { clock }: Context): Promise<void> {
  const ear = new HubEar(async () => swarm);
  const { damaged, damage, parseErrorCount, recovered, discardedBytes } = summary;
  ear.tell({
    source,
    state: damaged ? 'damaged' : 'intact',
    at: new Date(clock.now()).toISOString(),
    errors: parseErrorCount,
    recovered,
    lostBytes: discardedBytes,
    ...(damage === undefined ? {} : { problem: damage }),
  });
  await ear.settled();
}

async function readFile(name: string, context: Context): Promise<Recovery> {
  const { output, clock } = context;
  const path = resolve(context.cwd, name);
  const progress = createProgress(`reading ${name}`, output, clock);
  try {
    return await recoverFile(path, {
      quarantineDir: quarantineFor(path, context),
      clock,
      onProgress: (bytes, total) => progress.update(bytes / Math.max(1, total)),
    });
  } finally {
    progress.end();
  }
}

/** The swarm's own quarantine where there is a swarm, else one beside the file. */
function quarantineFor(path: string, { dir, cwd }: Context): string {
  const found = findSwarmDirectory(dir, cwd);
  if (found === undefined) return join(dirname(path), 'quarantine');
  const directory = swarmDirectory(found);
  requireOwnDirectory(directory);
  return directory.quarantine;
}

function printEntry(found: RecoveredEntry, { output, json }: Context): void {
  const { offset, length, status, entry, source, reason, supersededBy, within } = found;
  if (json) {
    output.json(renderJson({ offset, length, status, entry: sourceOf(source, entry), reason, supersededBy, within }));
    return;
  }
  const what = supersededBy === undefined ? (reason ?? source) : `superseded by the entry at ${supersededBy}`;
  if (output.isTerminal) {
    const place = `${offset}+${length}`.padEnd(18);
    output.line(`${place} ${status.padEnd(10)} ${plainExcerpt(what, Math.max(40, output.columns - 32))}`);
  } else {
    output.cells([offset, length, status, plainExcerpt(what, 200)]);
  }
}

/** As it stands in the file, byte for byte, where that is JSON; otherwise what could be read of it. */
function sourceOf(source: string, entry: unknown): unknown {
  try {
    return new JsonSource(source, JSON.parse(source));
  } catch {
    return entry ?? null;
  }
}

/** The contract's keys first; `imported` is 0 where nothing was to be imported. */
function summaryJson(name: string, summary: RecoverySummary, imported: Imported | undefined): Record<string, unknown> {
  const { sha256, bytes, recovered, ambiguous, discardedBytes, duplicates, quarantine } = summary;
  const counts = { sha256, bytes, recovered, ambiguous, discardedBytes, duplicates, quarantine };
  // A key keeps the place where it first stands, so what follows only adds to the promised ones.
  const promised = { file: name, ...counts, imported: imported?.imported ?? 0 };
  return { ...promised, ...summary, ...imported, ...promised };
}

function printSummary(name: string, summary: RecoverySummary, imported: Imported | undefined, context: Context): void {
  const { output } = context;
  const { style } = output;
  const damage = [
    summary.ambiguous > 0 ? style.warn(`${summary.ambiguous} ambiguous`) : '',
    summary.duplicates > 0 ? `${summary.duplicates} ${summary.duplicates === 1 ? 'duplicate' : 'duplicates'}` : '',
    summary.discardedBytes > 0 ? style.warn(`${formatBytes(summary.discardedBytes)} discarded`) : '',
  ].filter((part) => part !== '');
  const counts = [style.good(`${summary.recovered} recovered`), ...damage].join(', ');
  output.line(`${plainLine(name)} (${formatBytes(summary.bytes)}): ${counts}`);
  if (summary.damage !== undefined) output.line(`  ${style.dim('damage:')} ${plainLine(summary.damage)}`);
  if (imported !== undefined) {
    for (const line of importLines(imported)) output.line(`  ${line}`);
  } else if (summary.recovered > 0) {
    output.note(`bring the entries into the swarm with: waggle recover ${plainLine(name)} --import`);
  }
}

function importLines({ imported, known, quarantined, oversized, agentsAdded }: Imported): string[] {
  const lines = [`imported ${imported}${known > 0 ? `, ${known} were there already` : ''}`];
  if (quarantined > 0) lines.push(`${quarantined} ambiguous ones are kept in the swarm and never delivered`);
  if (oversized > 0) lines.push(`${oversized} ambiguous ones are too large for a message: see the kept copy`);
  if (agentsAdded.length > 0) lines.push(`new agents: ${agentsAdded.map(plainLine).join(', ')}`);
  return lines;
}

function shorter(path: string, cwd: string): string {
  const below = relative(cwd, path);
  return below.startsWith('..') ? path : below;
}
