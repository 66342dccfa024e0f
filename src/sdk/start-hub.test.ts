import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { prepareSwarmDirectory } from '../hub/swarm-directory.ts';
import { startTempHub, tempFolder } from '../testing/temp-hub.ts';
import { connectSwarm } from './connect.ts';
import { FrameConnection } from './frame-connection.ts';
import { startHub } from './start-hub.ts';

describe('starting a hub in the background', () => {
  test('the first call makes the directory, starts a hub and says both; the next finds it', async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    const said: string[] = [];
    const notice = (line: string) => said.push(line);
    await using first = await connectSwarm({ dir, create: true, notice });
    await first.agents.add({ id: 'ada' });
    expect(said.join('\n')).toMatch(/created the swarm directory[^\n]*\nstarted a hub in the background \(pid \d+\)/);
    await using second = await connectSwarm({ dir, notice });
    expect(await second.agents.list()).toHaveLength(1);
    expect(said).toHaveLength(2);

    // Killed without a word, it is started again by whoever needs it.
    const { pid } = await second.status();
    process.kill(pid, 'SIGKILL');
    expect((await second.agents.list()).map((agent) => agent.id)).toEqual(['ada']);
    expect((await second.status()).pid).not.toBe(pid);
    await second.stopHub();
  });

  test('what keeps it from starting is told to the one who asked', async () => {
    using folder = tempFolder();
    const dir = join(folder.path, '.waggle');
    mkdirSync(dir, { mode: 0o700 });
    writeFileSync(join(dir, 'waggle.db'), 'not a database'.repeat(1_000));
    await using swarm = await connectSwarm({ dir });
    await expect(swarm.agents.list()).rejects.toMatchObject({ code: 'store_corrupt' });
  });

  test('only one of those who find no hub starts one; a claim nobody stands behind is taken over', async () => {
    await using hub = await startTempHub();
    const directory = prepareSwarmDirectory(hub.dir);
    // A hub runs already: the one that is started finds the lock taken and says so.
    expect(await startHub(directory, systemClock)).toBeUndefined();
    const claim = `${directory.hubFile}.starting`;
    writeFileSync(claim, '');
    expect(await startHub(directory, systemClock)).toBeUndefined();
    expect(readFileSync(claim, 'utf8')).toBe('');
    const longAgo = new Date(Date.now() - 60_000);
    utimesSync(claim, longAgo, longAgo);
    expect(await startHub(directory, systemClock)).toBeUndefined();
    expect(() => readFileSync(claim)).toThrow(/ENOENT/);
  });

  test('a token that may not be read is told, not worked around', async () => {
    await using hub = await startTempHub();
    const { rmSync } = await import('node:fs');
    rmSync(join(hub.dir, 'token'));
    mkdirSync(join(hub.dir, 'token'));
    await using swarm = await connectSwarm({ dir: hub.dir, start: false });
    await expect(swarm.status()).rejects.toMatchObject({ code: 'unauthorized' });
  });
});

describe('what listens may not be a hub', () => {
  async function listening(answer: string, pieces: number) {
    const server = createServer((socket) => {
      const reply = async () => {
        const size = Math.ceil(answer.length / pieces);
        for (let at = 0; at < answer.length; at += size) {
          socket.write(answer.slice(at, at + size));
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      socket.once('data', () => void reply());
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    const connection = new FrameConnection({ at: { host: '127.0.0.1', port: address.port }, token: 't' });
    return {
      connection,
      close: async () => {
        await connection.close();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  test('an answer in pieces is put together', async () => {
    const answer = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: waggle-ndjson\r\n\r\n{"id":1,"result":{"n":"äöü"}}\n';
    const { connection, close } = await listening(answer, 12);
    expect(await connection.call('x', {})).toEqual({ n: 'äöü' });
    await close();
  });

  test.each([
    ['another server', 'HTTP/1.1 200 OK\r\n\r\nhello', 'hub_unreachable'],
    ['a refusal of ours', 'HTTP/1.1 403 no\r\n\r\n{"error":{"code":"forbidden","message":"no"}}', 'forbidden'],
    [
      'an error for nobody',
      'HTTP/1.1 101 ok\r\n\r\n{"id":null,"error":{"code":"draining","message":"bye"}}\n',
      'draining',
    ],
  ])('%s is told apart', async (_name, answer, code) => {
    const { connection, close } = await listening(answer, 1);
    await expect(connection.call('x', {})).rejects.toMatchObject({ code });
    expect(connection.isOpen).toBe(false);
    await expect(connection.call('x', {})).rejects.toMatchObject({ code });
    connection.unref();
    await close();
  });
});
