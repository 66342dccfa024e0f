import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serverPath } from '../packages.ts';
import { freePort, isOpen } from './port.ts';
import { type Server, startProgram } from './server.ts';

/** PostgreSQL on 127.0.0.1 with its defaults but for the memory: `fsync` and `synchronous_commit` are on. */
export async function startPostgres(folder: string, synchronousCommit: 'on' | 'off'): Promise<Server> {
  const data = join(folder, 'data');
  mkdirSync(data, { recursive: true });
  const owner = serverOwner();
  if (owner !== undefined) for (const path of [folder, data]) chownSync(path, owner.uid, owner.gid);
  const initdb = ['-D', data, '-U', 'bench', '--auth', 'trust', '--encoding', 'UTF8', '--no-instructions'];
  execFileSync(serverPath('initdb') ?? '', initdb, { cwd: folder, stdio: 'ignore', ...owner });
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    shared_buffers: '256MB',
    fsync: 'on',
    synchronous_commit: synchronousCommit,
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])];
  const running = await startProgram({ file: serverPath('postgres') ?? '', args, cwd: folder, ...owner }, () =>
    isOpen(port),
  );
  return {
    address: `postgres://bench@127.0.0.1:${port}/postgres`,
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}

/** PostgreSQL refuses to run as root; Debian made a user for it. */
function serverOwner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
