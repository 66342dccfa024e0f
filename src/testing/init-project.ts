import { mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { WaggleError } from '../errors.ts';
import type { Swarm } from '../sdk/swarm.ts';
import { commandRunner } from './cli-context.ts';
import { tempFolder } from './temp-hub.ts';

/** What `init` finds where no hub runs: nobody to ask for the status, which is all it then asks for. */
const noHub = {
  status: () => Promise.reject(new WaggleError('hub_unreachable', 'no hub is running')),
} as unknown as Swarm;

/** A project with settings of somebody's own, and `waggle init` in it. */
export function initProject(
  files: Record<string, string | Buffer> = {},
  options: { ask?: (question: string) => Promise<boolean>; swarm?: Swarm } = {},
) {
  const folder = tempFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const path = realpathSync(folder.path);
  const write = (name: string, content: string | Buffer) => {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  const { swarm = noHub, ...asked } = options;
  const run = commandRunner(swarm, { cwd: path, ...asked });
  return {
    path,
    write,
    read: (name: string) => readFileSync(join(path, name), 'utf8'),
    /** Every file with its bytes and its mode. */
    tree: () =>
      readdirSync(path, { recursive: true, encoding: 'utf8' })
        .sort()
        .map((name) => {
          const stats = statSync(join(path, name));
          return [name, stats.mode, stats.isFile() ? readFileSync(join(path, name), 'base64') : null];
        }),
    init: (...args: string[]) => run('init', ...args),
    json: async (...args: string[]) => JSON.parse((await run('init', '--json', ...args)).stdout),
    fails: async (...args: string[]) => {
      const error = await run('init', ...args).then(
        () => expect.unreachable('init accepted it'),
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(WaggleError);
      return error as WaggleError; // checked in the line before
    },
  };
}
