import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Client } from './client.ts';

/** Those of the clients that are installed on this PATH or have left traces in the project. */
export function detectClients(clients: readonly Client[], project: string, path: string | undefined): Client[] {
  const folders = (path ?? '').split(delimiter).filter((folder) => folder !== '');
  return clients.filter(
    ({ programs, traces }) =>
      programs.some((program) => findProgram(program, folders) !== undefined) ||
      traces.some((trace) => existsSync(join(project, trace))),
  );
}

/** Where a program is on a list of folders, first come first served. */
export function findProgram(program: string, folders: readonly string[]): string | undefined {
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
