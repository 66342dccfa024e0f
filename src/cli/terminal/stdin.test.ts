import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { WaggleError } from '../../errors.ts';
import { collectOutput } from '../../testing/cli-context.ts';
import { readAll } from './stdin.ts';

const never = new AbortController().signal;

test('reads everything, whatever the chunks', async () => {
  const input = new PassThrough();
  const read = readAll(input, collectOutput().output, never);
  input.write(Buffer.from([0xc3]));
  input.end(Buffer.from([0xa4]));
  expect((await read).toString()).toBe('ä');
});

test('tells a person at the terminal how to end', async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const { output, stderr } = collectOutput();
  input.end('x');
  await readAll(input, output, never);
  expect(stderr()).toBe('reading from the terminal; end with Ctrl-D\n');
});

test('ends somewhere', async () => {
  const input = new PassThrough();
  input.end('12345');
  const read = readAll(input, collectOutput().output, never, 4);
  await expect(read).rejects.toThrow('standard input: is larger than 4 bytes, got "5 bytes"');
});

test('is interrupted while it waits, and does not begin once interrupted', async () => {
  const stop = new AbortController();
  const read = readAll(new PassThrough(), collectOutput().output, stop.signal);
  stop.abort(new WaggleError('aborted', 'interrupted'));
  await expect(read).rejects.toMatchObject({ code: 'aborted' });
  const again = readAll(new PassThrough(), collectOutput().output, stop.signal);
  await expect(again).rejects.toMatchObject({ code: 'aborted' });
});
