import { once } from 'node:events';
import { createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { tempFolder } from '../testing/temp-hub.ts';
import { FrameConnection } from './frame-connection.ts';

afterEach(() => vi.restoreAllMocks());

async function sayAll(socket: Socket, parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    if (!socket.write(part)) await once(socket, 'drain');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Listens as a hub would and says exactly this once it is spoken to. */
async function answering(path: string, ...parts: string[]) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    // Who was hung up on has nobody to tell.
    socket.once('data', () => void sayAll(socket, parts).catch(() => {}));
  });
  server.listen(path);
  await once(server, 'listening');
  return { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

const handshake = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: waggle-ndjson\r\n\r\n';

test('an answer that comes in many pieces is put together once', async () => {
  using folder = tempFolder();
  const path = join(folder.path, 's');
  const text = 'ü'.repeat(4 * 1024 * 1024);
  await using _hub = await answering(path, handshake, `{"id":1,"result":"${text}"}\n{"id":2,"result":2}\n`);
  const concat = vi.spyOn(Buffer, 'concat');
  const connection = new FrameConnection({ at: { path }, token: 't' });
  const [first, second] = await Promise.all([connection.call('a', {}), connection.call('b', {})]);
  expect(first === text).toBe(true);
  expect(second).toBe(2);
  const copied = concat.mock.results.reduce((sum, { value }) => sum + (Buffer.isBuffer(value) ? value.length : 0), 0);
  expect(copied).toBeLessThan(2 * Buffer.byteLength(text));
  await connection.close();
});

test('a handshake and an answer cut anywhere are read all the same', async () => {
  using folder = tempFolder();
  const path = join(folder.path, 's');
  await using _hub = await answering(path, ...(`${handshake}{"id":1,"result":"ü"}\n`.match(/.{1,7}/gs) ?? []));
  const connection = new FrameConnection({ at: { path }, token: 't' });
  expect(await connection.call('a', {})).toBe('ü');
  await connection.close();
});

test('what answers in another language is named', async () => {
  using folder = tempFolder();
  const path = join(folder.path, 's');
  await using _hub = await answering(path, 'HTTP/1.1 400 Bad Request\r\n', '\r\nwhat?');
  const connection = new FrameConnection({ at: { path }, token: 't' });
  await expect(connection.call('a', {})).rejects.toThrow(/not a hub of this version \(HTTP\/1.1 400 Bad Request\)/);
});

test('a connection that many callers give up at once is closed once', async () => {
  using folder = tempFolder();
  const path = join(folder.path, 's');
  await using _hub = await answering(path, handshake);
  const connection = new FrameConnection({ at: { path }, token: 't' });
  await connection.opened;
  const destroyed = vi.spyOn(Socket.prototype, 'destroySoon');
  await Promise.all(Array.from({ length: 20 }, () => connection.close()));
  expect(destroyed).toHaveBeenCalledTimes(1);
});
