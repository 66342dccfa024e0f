import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serverPath } from '../packages.ts';
import { isOpen } from './port.ts';
import { type Server, startProgram } from './server.ts';

export type RedisSync = 'always' | 'everysec' | 'none';

/** Redis on a unix socket. `always` syncs the append-only file before each answer, `none` writes none. */
export async function startRedis(folder: string, sync: RedisSync): Promise<Server> {
  mkdirSync(folder, { recursive: true });
  const socket = join(folder, 'redis.sock');
  const log = sync === 'none' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', sync];
  const args = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', ...log];
  const running = await startProgram({ file: serverPath('redis-server') ?? '', args, cwd: folder }, () =>
    isOpen(socket),
  );
  return { address: socket, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}
