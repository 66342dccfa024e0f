import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tmuxAt } from '../../../src/process/hosts/tmux/tmux-server.ts';
import { isAlive } from '../run-waggle.ts';
import type { ClientHome } from './clients.ts';

/** Why tests with programs in a terminal cannot run here; undefined when they can. */
export const terminalIsMissing = (() => {
  try {
    execFileSync('tmux', ['-V']);
    return undefined;
  } catch {
    return 'tmux is not installed';
  }
})();

/** A program in a pane of a tmux server that belongs to it alone and ends with it. */
export interface Terminal extends AsyncDisposable {
  /** What a person would see. */
  screen(): Promise<string>;
  /** Types a line and presses Enter. */
  type(line: string): Promise<void>;
}

/** Opens an interactive client at its home, in its project, with its environment and nothing of ours. */
export async function openTerminal(words: readonly string[], { project, env }: ClientHome): Promise<Terminal> {
  const folder = mkdtempSync(join(tmpdir(), 'waggle-tmux-'));
  const tmux = tmuxAt(join(folder, 'tmux.sock'));
  const run = async (...command: string[]) => {
    const { ok, stdout, stderr } = await tmux([command]);
    if (!ok) throw new Error(`tmux ${command[0]}: ${stderr}`);
    return stdout;
  };
  const given = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  // `env -i` because a pane also gets what the server was started with.
  const program = ['env', '-i', ...given, ...words];
  const size = ['-x', '140', '-y', '40'];
  const pid = Number(
    await run('new-session', '-d', ...size, '-c', project, '-P', '-F', '#{pane_pid}', '--', ...program),
  );
  return {
    screen: () => run('capture-pane', '-p'),
    async type(line) {
      await run('send-keys', '-l', line);
      await run('send-keys', 'Enter');
    },
    async [Symbol.asyncDispose]() {
      await tmux([['kill-server']]);
      await ended(pid);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A program that does not leave with its terminal is ended. */
async function ended(pid: number): Promise<void> {
  for (let look = 0; isAlive(pid); look += 1) {
    if (look === 100) process.kill(pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
