import { lstatSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type LegacyAgent, readLegacyAgent } from '../../agent/legacy-status.ts';
import type { JsonObject } from '../../context/context.ts';
import { WaggleError } from '../../errors.ts';
import type { AgentImportInput } from '../../hub/api.ts';
import { plainLine } from '../../plain.ts';
import { readSource } from '../../recovery/read-source.ts';
import { renderJson } from '../../render-json.ts';
import type { CommandAction, Context } from '../command.ts';
import { decodeUtf8 } from './send.ts';

/** What became of one file. */
type Outcome = { readonly file: string } & (
  | {
      readonly status: 'imported' | 'known';
      readonly id: string;
      readonly state: string;
      readonly notes: readonly string[];
    }
  | { readonly status: 'failed'; readonly error: { readonly code: string; readonly message: string } }
);

/** One answer a file: imported, known already, or why not. Nothing found is left out; exit 1 when anything failed. */
export const importAgents: CommandAction = async (call, context) => {
  const swarm = await context.connect({ create: true });
  let failed = 0;
  for (const path of call.args(0)) {
    for (const found of filesOf(resolve(context.cwd, path))) {
      const outcome = typeof found === 'string' ? await importOne(found, (agent) => swarm.agents.import(agent)) : found;
      if (outcome.status === 'failed') failed += 1;
      tell(outcome, context);
    }
  }
  return failed === 0 ? 0 : 1;
};

/** A file itself; of a folder the status files that legacy workspaces have: in it, or one folder down. */
function filesOf(path: string): readonly (string | Outcome)[] {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
    const isStatus = (name: string) => /(^|[-_.])status\.json$/i.test(name);
    const entries = readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const files = entries.flatMap((entry) => {
      const at = join(path, entry.name);
      if (isStatus(entry.name)) return [at];
      return entry.isDirectory() || entry.isSymbolicLink() ? statusFilesOf(at, isStatus) : [];
    });
    if (files.length > 0) return files;
    throw new WaggleError('not_found', `${path}: holds no status.json, and neither do the folders in it`, {
      details: { path },
    });
  } catch (error) {
    return [failure(path, error)];
  }
}

/** Of one workspace. One that cannot be looked into is told, and keeps nobody from the others; no link is followed. */
function statusFilesOf(workspace: string, isStatus: (name: string) => boolean): readonly (string | Outcome)[] {
  try {
    if (statSync(workspace, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
    const found = readdirSync(workspace).filter(isStatus);
    if (found.length > 0 && lstatSync(workspace).isSymbolicLink()) {
      const problem = `${workspace}: is a link to a workspace; name what it leads to`;
      throw new WaggleError('unreadable_file', problem, { details: { file: workspace } });
    }
    return found.map((name) => join(workspace, name));
  } catch (error) {
    return [failure(workspace, error)];
  }
}

async function importOne(
  file: string,
  send: (agent: AgentImportInput) => Promise<{ id: string; imported: boolean }>,
): Promise<Outcome> {
  try {
    const agent = readLegacyAgent(decodeUtf8(await readSource(file), file), file);
    const { id, imported } = await send(inputOf(agent, file));
    const notes = imported ? agent.notes : ['it is registered already and was left as it is'];
    return { file, status: imported ? 'imported' : 'known', id, state: agent.state, notes };
  } catch (error) {
    return failure(file, error);
  }
}

function inputOf({ id, state, stateReason, at, team, document }: LegacyAgent, file: string): AgentImportInput {
  const isWorkspace = basename(file).toLowerCase() === 'status.json';
  return {
    id,
    state,
    client: 'legacy',
    ...(stateReason === undefined ? {} : { stateReason }),
    ...(at === undefined ? {} : { stateAt: new Date(at).toISOString() }),
    ...(team === undefined ? {} : { team }),
    ...(isWorkspace ? { workspace: dirname(file) } : {}),
    context: { legacy: document } as JsonObject, // what JSON was parsed to
  };
}

function failure(file: string, error: unknown): Outcome {
  // Whatever keeps a file or a folder from being read, it is the file that cannot be.
  const { code, message } = error instanceof WaggleError ? error : unreadable(file, error);
  return { file, status: 'failed', error: { code, message } };
}

function unreadable(file: string, cause: unknown): WaggleError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new WaggleError('unreadable_file', `${file}: cannot be read (${text})`, { cause, details: { file } });
}

function tell(outcome: Outcome, { output, json }: Context): void {
  if (json) {
    output.json(renderJson(outcome));
    return;
  }
  if (outcome.status === 'failed') {
    output.line(plainLine(`failed    ${outcome.error.code}: ${outcome.error.message}`));
    return;
  }
  const { status, id, state, notes } = outcome;
  output.line(plainLine(`${status.padEnd(9)} ${id} (${state}) from ${outcome.file}`));
  for (const note of notes) output.line(`          ${plainLine(note)}`);
}
