import type { Readable } from 'node:stream';
import { invalidInput } from '../../errors.ts';
import type { Output } from './output.ts';

/** Standard input is held in memory, so it ends somewhere: far above every limit the hub knows. */
export const maxStdinBytes = 256 * 1024 * 1024;

/** `process.stdin`, or a test's stream. */
export type Input = Readable & { readonly isTTY?: boolean };

/** Everything there is to read; rejects with the signal's reason when it aborts meanwhile. */
export async function readAll(
  input: Input,
  output: Output,
  stop: AbortSignal,
  maxBytes = maxStdinBytes,
): Promise<Buffer> {
  if (input.isTTY === true) output.note(output.errorStyle.dim('reading from the terminal; end with Ctrl-D'));
  stop.throwIfAborted();
  const chunks: Buffer[] = [];
  let bytes = 0;
  const onStop = () => input.destroy(stop.reason as Error); // main aborts with an error
  stop.addEventListener('abort', onStop, { once: true });
  try {
    for await (const chunk of input as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw invalidInput('standard input', `${bytes} bytes`, `is larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } finally {
    stop.removeEventListener('abort', onStop);
  }
  return Buffer.concat(chunks);
}
