import { mkdirSync } from 'node:fs';
import { serverPath } from '../packages.ts';
import { freePort, isOpen } from './port.ts';
import { type Server, startProgram } from './server.ts';

/** NATS with JetStream, as Debian ships it: its files are synced every two minutes. */
export async function startNats(folder: string): Promise<Server> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const args = ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', folder];
  const running = await startProgram({ file: serverPath('nats-server') ?? '', args, cwd: folder }, () => isOpen(port));
  return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}
