import { invalidInput } from '../errors.ts';
import type { Swarm } from '../sdk/swarm.ts';
import { present } from './call.ts';
import type { Context } from './command.ts';

/** Standard input is held in memory, so it ends somewhere: far above every limit the hub knows. */
const maxStdinBytes = 256 * 1024 * 1024;

type Given = Omit<Context, 'readStdin' | 'connect'>;

/** A command's view of the process, with the one connection it may open. */
export function createContext(given: Given): Context & { close(): Promise<void> } {
  let connection: Promise<Swarm> | undefined;
  return {
    ...given,
    readStdin: () => readAll(given),
    connect(options = {}) {
      connection ??= open(given, options);
      return connection;
    },
    async close() {
      // A connection that was never made has been reported by whoever asked for it.
      const swarm = await connection?.catch(() => undefined);
      await swarm?.close();
    },
  };
}

async function open(given: Given, options: { create?: boolean; start?: boolean }): Promise<Swarm> {
  const { connectSwarm } = await import('../sdk/connect.ts');
  const notice = (line: string) => given.output.note(given.output.errorStyle.dim(line));
  return connectSwarm({ ...options, ...present({ dir: given.dir }), notice });
}

async function readAll({ output, stop }: Given): Promise<Buffer> {
  if (process.stdin.isTTY) output.note(output.errorStyle.dim('reading from the terminal; end with Ctrl-D'));
  const chunks: Buffer[] = [];
  let bytes = 0;
  const onStop = () => process.stdin.destroy(stop.reason instanceof Error ? stop.reason : undefined);
  stop.addEventListener('abort', onStop, { once: true });
  try {
    for await (const chunk of process.stdin) {
      const buffer = Buffer.from(chunk); // a Buffer already: no encoding is ever set on stdin
      bytes += buffer.length;
      if (bytes > maxStdinBytes) throw invalidInput('standard input', `${bytes} bytes`, 'is larger than 256 MiB');
      chunks.push(buffer);
    }
  } finally {
    stop.removeEventListener('abort', onStop);
  }
  return Buffer.concat(chunks);
}
