import type { Swarm } from '../sdk/swarm.ts';
import { present } from './call.ts';
import type { Context } from './command.ts';
import { readAll } from './terminal/stdin.ts';

type Given = Omit<Context, 'readStdin' | 'connect' | 'ask'>;

/** A command's view of the process, with the one connection it may open. */
export function createContext(given: Given): Context & { close(): Promise<void> } {
  const { output, stop } = given;
  const canAsk = output.isErrorTerminal && process.stdin.isTTY && !given.json;
  let connection: Promise<Swarm> | undefined;
  return {
    ...given,
    ask: canAsk ? ask : undefined,
    readStdin: () => readAll(process.stdin, output, stop),
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

async function ask(question: string): Promise<boolean> {
  const { confirm } = await import('./terminal/confirm.ts');
  return confirm(question, process.stdin, process.stderr);
}

async function open(given: Given, options: { create?: boolean; start?: boolean }): Promise<Swarm> {
  const { connectSwarm } = await import('../sdk/connect.ts');
  const notice = (line: string) => given.output.note(given.output.errorStyle.dim(line));
  return connectSwarm({ ...options, ...present({ dir: given.dir }), notice });
}
