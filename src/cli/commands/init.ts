import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { applySetup } from '../../clients/apply-setup.ts';
import { type Client, clientNames, type WaggleCommand } from '../../clients/client.ts';
import { detectClients } from '../../clients/detect-clients.ts';
import { knownClients } from '../../clients/known-clients.ts';
import { type FileChange, isChange, planSetup, type Setup } from '../../clients/setup-plan.ts';
import { applyUndo, planUndo } from '../../clients/undo-setup.ts';
import { unifiedDiff } from '../../clients/unified-diff.ts';
import { invalidInput, WaggleError } from '../../errors.ts';
import {
  findSwarmDirectory,
  newSwarmDirectory,
  prepareSwarmDirectory,
  removeUnusedSwarmDirectory,
} from '../../hub/swarm-directory.ts';
import { agentIdPattern } from '../../ids.ts';
import { plain } from '../../plain.ts';
import { renderJson } from '../../render-json.ts';
import type { Call } from '../call.ts';
import type { CommandAction, Context } from '../command.ts';
import { connectedHub } from './status.ts';

const bin = fileURLToPath(new URL('../../../bin/waggle.js', import.meta.url));

/** Where things are and who is meant, before anything is looked into. */
interface Place {
  readonly project: string;
  readonly directory: string;
}

export const init: CommandAction = async (call, context) => {
  const place = placeOf(call, context);
  if (call.flag('undo')) return undo(place, call, context);
  const setups = setupsOf(place, call, context);
  const changes = planSetup(place.project, setups);
  const due = changes.filter(isChange);
  const isWanted = !call.flag('dry-run') && (await isAgreed(due, 'write', context));
  if (isWanted) write(place, due, context);
  const registered = isWanted ? await registerAgents(setups, context) : undefined;
  if (context.json) {
    const clients = setups.map(({ client, command }) => ({
      client: client.name,
      agent: command.agent,
      trust: client.trust,
    }));
    context.output.json(
      renderJson({
        ...place,
        clients,
        changes: changes.map(changeJson),
        written: isWanted,
        registered: registered ?? [],
      }),
    );
  } else {
    if (context.ask === undefined || call.flag('dry-run')) for (const change of due) printDiff(change, context);
    said({ setups, due, isWritten: isWanted, registered }, context);
  }
  return undefined;
};

async function undo(place: Place, call: Call, context: Context): Promise<undefined> {
  const changes = planUndo(
    place.directory,
    knownClients,
    namedClients(call)?.map(({ name }) => name),
  );
  const due = changes.filter(isChange);
  const isWanted = !call.flag('dry-run') && (await isAgreed(due, 'take back', context));
  if (isWanted) {
    applyUndo(place.directory, changes);
    removeUnusedSwarmDirectory(place.directory); // made by `init`, unless a swarm lives in it
  }
  if (context.json) {
    context.output.json(renderJson({ ...place, changes: changes.map(changeJson), written: isWanted }));
    return undefined;
  }
  if (context.ask === undefined || call.flag('dry-run')) for (const change of due) printDiff(change, context);
  if (changes.length === 0) context.output.line('waggle init has written nothing here');
  else if (isWanted)
    for (const { path, after } of changes)
      context.output.line(`${after === undefined ? 'removed ' : 'restored'} ${path}`);
  return undefined;
}

/** Settings go into the folder that holds the swarm directory, unless another is named. */
function placeOf(call: Call, { dir, cwd }: Context): Place {
  const directory = findSwarmDirectory(dir, cwd) ?? newSwarmDirectory(dir, cwd);
  const named = call.text('project');
  const project = named === undefined ? dirname(directory) : resolve(cwd, named);
  if (!existsSync(project)) throw invalidInput(named === undefined ? '--dir' : '--project', project, 'does not exist');
  if (realpathSync(project) === realpathSync(homedir()))
    throw invalidInput('--project', project, 'is your home folder, whose settings count everywhere; name a project');
  return { project: realpathSync(project), directory };
}

function setupsOf({ project, directory }: Place, call: Call, { env }: Context): Setup[] {
  const clients = namedClients(call) ?? detectClients(knownClients, project, env['PATH']);
  if (clients.length === 0) {
    throw new WaggleError('not_found', `no agent program was found; name one with --client ${clientNames.join(',')}`, {
      details: { field: '--client' },
    });
  }
  const agent = call.text('agent');
  if (agent !== undefined && !agentIdPattern.test(agent))
    throw invalidInput('--agent', agent, 'must be an agent id: a-z, 0-9, dot, underscore or dash, at most 64');
  if (agent !== undefined && clients.length > 1)
    throw invalidInput('--agent', agent, `is one agent, but ${clients.length} clients are set up; name one --client`);
  const words: WaggleCommand['words'] = [process.execPath, bin];
  return clients.map((client) => ({ client, command: { words, agent: agent ?? client.name, directory } }));
}

/** `--client claude,codex`; undefined when the option is not there. */
function namedClients(call: Call): Client[] | undefined {
  const text = call.text('client');
  if (text === undefined) return undefined;
  return [...new Set(text.split(',').map((name) => name.trim()))].map((name) => {
    const client = knownClients.find((known) => known.name === name);
    if (client === undefined) throw invalidInput('--client', name, `must be of ${clientNames.join(', ')}`);
    return client;
  });
}

/** Asks where somebody can be asked, the diff first; everywhere else what was typed is the wish. */
async function isAgreed(due: readonly FileChange[], verb: string, context: Context): Promise<boolean> {
  if (due.length === 0 || context.ask === undefined) return true;
  for (const change of due) printDiff(change, context);
  return context.ask(`${verb} ${due.length === 1 ? 'this file' : `these ${due.length} files`}?`);
}

function write({ directory }: Place, due: readonly FileChange[], { output }: Context): void {
  if (due.length === 0) return;
  if (!existsSync(directory)) output.note(`created the swarm directory ${directory}`);
  prepareSwarmDirectory(directory);
  try {
    applySetup(directory, due);
  } catch (error) {
    removeUnusedSwarmDirectory(directory);
    throw error;
  }
}

/**
 * Gives the agents their inboxes where a hub runs; undefined where none does. None is started for it: what `init` made,
 * `--undo` is to take away, and the client's first start registers the agent all the same.
 */
async function registerAgents(setups: readonly Setup[], context: Context): Promise<readonly string[] | undefined> {
  const hub = await connectedHub(context);
  if (hub === undefined) return undefined;
  const registered: string[] = [];
  for (const { client, command } of setups) {
    try {
      await hub.swarm.agents.add({ id: command.agent, client: client.name });
      registered.push(command.agent);
    } catch (error) {
      if (!(error instanceof WaggleError && error.code === 'already_exists')) throw error;
    }
  }
  return registered;
}

interface Done {
  readonly setups: readonly Setup[];
  readonly due: readonly FileChange[];
  readonly isWritten: boolean;
  /** Agents that were given an inbox; undefined where no hub runs. */
  readonly registered: readonly string[] | undefined;
}

function said({ setups, due, isWritten, registered }: Done, { output }: Context): void {
  if (due.length === 0) output.line('everything is set up already');
  else if (!isWritten) output.line('nothing was written');
  else for (const { path, before } of due) output.line(`${before === undefined ? 'created' : 'changed'} ${path}`);
  for (const { client, command } of setups) {
    output.line(`${client.title} speaks as ${command.agent}: ${client.trust}`);
    if (registered?.includes(command.agent) === true) output.line('  registered: it has an inbox now');
    else if (registered === undefined)
      output.line(
        `  registered at its first start; to write to it before that: waggle agent add ${command.agent} --client ${client.name}`,
      );
  }
  if (isWritten && due.length > 0)
    output.line('waggle init --undo takes it back; waggle doctor shows what is still missing');
}

function printDiff({ path, before, after }: FileChange, { output }: Context): void {
  for (const line of unifiedDiff(path, before?.toString(), after?.toString()).split('\n')) {
    const { style } = output;
    const kind = line.startsWith('+') ? 'good' : line.startsWith('-') ? 'bad' : 'dim';
    output.line(style[kind](plain(line)));
  }
}

function changeJson(change: FileChange): Record<string, unknown> {
  const { path, owner, before, after } = change;
  const action = !isChange(change)
    ? 'none'
    : before === undefined
      ? 'create'
      : after === undefined
        ? 'remove'
        : 'change';
  return { path, client: owner, action, diff: unifiedDiff(path, before?.toString(), after?.toString()) };
}
