import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runWaggle, temporaryFolder } from '../run-waggle.ts';

/** A repository with a swarm in it, in which agents work. Its hub ends with the test. */
export async function agentsProject(...agents: string[]) {
  const folder = join(await temporaryFolder(), 'project');
  mkdirSync(folder);
  execFileSync('git', ['init', '--quiet'], { cwd: folder }); // Codex works in repositories only
  /** A command of Waggle's in the project that has to succeed; resolves to what it printed, a document a line. */
  const waggle = async (...args: string[]) => {
    const { code, stdout, stderr } = await runWaggle([...args, '--json'], { cwd: folder });
    expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  };
  for (const id of agents) await waggle('agent', 'add', id);
  return { folder, waggle };
}
