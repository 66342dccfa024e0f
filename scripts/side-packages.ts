import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The user's cache: what is installed there survives a fresh clone and is no part of the repository's packages. */
export const cacheFolder = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');

export interface SidePackages {
  /** Name of the folder in the user's cache. */
  readonly folder: string;
  /** Exactly these. */
  readonly versions: Readonly<Record<string, string>>;
  /** For packages that put their program in place while they are installed; default false. */
  readonly runScripts?: boolean;
}

export function sideFolderOf({ folder }: SidePackages): string {
  return join(cacheFolder, folder);
}

export function areInstalled(packages: SidePackages): boolean {
  const folder = sideFolderOf(packages);
  const manifest = join(folder, 'package.json');
  const isWanted = existsSync(manifest) && readFileSync(manifest, 'utf8') === manifestOf(packages);
  return isWanted && Object.keys(packages.versions).every((name) => existsSync(join(folder, 'node_modules', name)));
}

/** Installs them once; npm runs under this Node, because an older one would be given older packages. */
export function installSidePackages(packages: SidePackages, say: (line: string) => void): void {
  if (areInstalled(packages)) return;
  const folder = sideFolderOf(packages);
  say(`installing ${Object.keys(packages.versions).join(', ')} into ${folder}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), manifestOf(packages));
  const ownPrograms = join(fileURLToPath(new URL('../node_modules', import.meta.url)), '.bin');
  const scripts = packages.runScripts === true ? [] : ['--ignore-scripts'];
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...scripts, '--loglevel', 'error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, PATH: `${ownPrograms}:${process.env['PATH'] ?? ''}` },
  });
}

function manifestOf({ versions }: SidePackages): string {
  return JSON.stringify({ private: true, dependencies: versions }, undefined, 2);
}
