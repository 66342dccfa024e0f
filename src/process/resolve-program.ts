import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** The file that a program's name stands for, as a shell would find it; undefined where there is none that may be run. */
export function resolveProgram(name: string, cwd: string, path: string | undefined): string | undefined {
  const candidates = name.includes('/')
    ? [resolve(cwd, name)]
    : (path ?? '').split(delimiter).map((folder) => join(folder === '' ? cwd : resolve(cwd, folder), name));
  return candidates.find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
