import type { Writable } from 'node:stream';
import type { Swarm } from '../sdk/swarm.ts';
import { present } from './call.ts';
import type { Context } from './command.ts';
import { type Input, readAll } from './terminal/stdin.ts';

type Given = Omit<Context, 'readStdin' | 'connect' | 'ask'> & {
  readonly input: Input;
  /** Where questions are asked: stderr, so that a result can be redirected meanwhile. */
  readonly prompt: Writable;
};

/** A command's view of the process, with the one connection it may open. */
export function createContext(given: Given): Context & { close(): Promise<void> } {
  const { output, stop, input, json } = given;
  const canAsk = output.isErrorTerminal && input.isTTY === true && !json;
  let connection: Promise<Swarm> | undefined;
  return {
    ...given,
    ask: canAsk ? (question) => ask(question, given) : undefined,
    readStdin: () => readAll(input, output, stop),
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

async function ask(question: string, { input, prompt }: Given): Promise<boolean> {
  const { confirm } = await import('./terminal/confirm.ts');
  return confirm(question, input, prompt);
}

async function open(given: Given, options: { create?: boolean; start?: boolean }): Promise<Swarm> {
  const { connectSwarm } = await import('../sdk/connect.ts');
  const notice = (line: string) => given.output.note(given.output.errorStyle.dim(line));
  return connectSwarm({ ...options, ...present({ dir: given.dir }), notice });
}
