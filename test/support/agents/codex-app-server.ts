import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { CodexServer } from '../../../src/delivery/doors/codex-server.ts';
import { type ClientHome, clientProgram } from './clients.ts';

/** A real app server of Codex. It has to end before its home does, or it writes there once more. */
export async function startAppServer(home: ClientHome) {
  const socket = join(home.path, 'app.sock');
  const child = spawn(clientProgram('codex'), ['app-server', '--listen', `unix://${socket}`], {
    cwd: home.project,
    env: home.env,
    stdio: 'ignore',
    detached: true, // a group of its own: the program that npm installs starts the server as its child
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    // Told to stop it would wait for its turns to end. Without a pid it never began.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
  };
  try {
    await expect.poll(() => existsSync(socket), { timeout: 60_000 }).toBe(true);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    socket,
    [Symbol.asyncDispose]: stop,
    /** A thread of a client that stays, as a TUI would. */
    async startThread(): Promise<string> {
      const tui = await CodexServer.connect(socket, systemClock, 'test');
      onTestFinished(() => tui[Symbol.asyncDispose]());
      const started = (await tui.call('thread/start', { cwd: home.project })) as { thread: { id: string } }; // its answer
      return started.thread.id;
    },
  };
}
