import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect } from 'vitest';
import { runHub } from '../../src/compose.ts';
import { runWaggle, temporaryFolder } from './run-waggle.ts';

/** The command line against a real hub: what scripts rely on (DESIGN §6). */
export async function swarm() {
  const cwd = await temporaryFolder();
  const run = (...args: string[]) => runWaggle(args, { cwd });
  /** Runs with --json, expects success and one document. */
  const json = async (...args: string[]) => {
    const result = await runWaggle([...args, '--json'], { cwd });
    expect(result, args.join(' ')).toMatchObject({ code: 0 });
    return JSON.parse(result.stdout);
  };
  /** Runs with --json, expects that exit code and the error document alone on stdout. */
  const fails = async (code: number, ...args: string[]) => {
    const result = await runWaggle([...args, '--json'], { cwd });
    expect(result, args.join(' ')).toMatchObject({ code });
    const { error } = JSON.parse(result.stdout);
    expect(result.stderr).toContain(`${error.code}: `);
    return error;
  };
  return { cwd, run, json, fails };
}

/** A hub in this process, which can be asked whether somebody waits. */
export async function hubHere(cwd: string) {
  const running = await runHub({ dir: join(cwd, '.waggle'), port: 0 });
  return {
    waiting: () => running.hub.messages.waiting,
    consumerWaits: () => expect.poll(() => running.hub.messages.waiting).toBe(1),
    [Symbol.asyncDispose]: () => running.close(),
  };
}

/** What a hub that hangs looks like: it takes connections and never says a word. */
export async function hungHub(cwd: string) {
  let heard = '';
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('data', (chunk: Buffer) => (heard += chunk.toString('utf8')));
  });
  server.listen(join(cwd, '.waggle', 'hub.sock'));
  await once(server, 'listening');
  return {
    hears: (text: string) => expect.poll(() => heard).toContain(text),
    forget: () => (heard = ''),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
