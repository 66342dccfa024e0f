import type { Readable, Writable } from 'node:stream';

/** Asks a yes-or-no question; anything but a clear yes (also Escape and Ctrl-C) is no. */
export async function confirm(question: string, input: Readable, output: Writable): Promise<boolean> {
  // Loaded only here: hardly any command asks.
  const prompts = await import('@clack/prompts');
  const answer = await prompts.confirm({ message: question, initialValue: false, input, output });
  return answer === true;
}
