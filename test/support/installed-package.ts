import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../scripts/repo.mjs';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end without asking what the end was. Coverage is off: what runs here is not our dist. */
export function execute(command: string, args: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }) {
  return new Promise<Ran>((resolve) => {
    const env = { ...process.env, NODE_V8_COVERAGE: '', NO_COLOR: '1', ...options.env };
    execFile(command, [...args], { cwd: options.cwd, env, timeout: 100_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** npm as a user has it; `--prefer-offline` because what we need is in its cache after `npm ci`. */
export function npm(cwd: string, ...args: string[]): Promise<Ran> {
  return execute('npm', args, { cwd });
}

/** Packs the repo as it would be published; resolves to the path of the tarball. */
export async function pack(destination: string): Promise<string> {
  const packed = await npm(root, 'pack', '--ignore-scripts', '--json', '--pack-destination', destination);
  if (packed.code !== 0) throw new Error(`npm pack failed: ${packed.stderr}`);
  const [{ filename }] = JSON.parse(packed.stdout) as [{ filename: string }]; // npm's own answer
  return join(destination, filename);
}

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

export async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')); // a package's own manifest
}
