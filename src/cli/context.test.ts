import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { collectOutput } from '../testing/cli-context.ts';
import { createContext } from './context.ts';

function contextOf(options: { terminal: boolean; json?: boolean; dir?: string }) {
  const input = Object.assign(new PassThrough(), { isTTY: options.terminal, setRawMode: () => {} });
  const prompt = new PassThrough();
  const { output } = collectOutput({ terminal: options.terminal });
  const { json = false, dir } = options;
  const world = { clock: systemClock, cwd: '/', env: {}, stop: new AbortController().signal };
  return {
    input,
    prompt,
    context: createContext({ ...world, output, dir, json, input, prompt, pipe: { input, output: prompt } }),
  };
}

test('asks only where a person can answer and nothing parses the output', async () => {
  expect(contextOf({ terminal: false }).context.ask).toBeUndefined();
  expect(contextOf({ terminal: true, json: true }).context.ask).toBeUndefined();
  const { input, prompt, context } = contextOf({ terminal: true });
  const answer = context.ask?.('Sure?');
  await expect.poll(() => String(prompt.read() ?? '')).toContain('Sure?');
  input.write('y');
  expect(await answer).toBe(true);
});

test('reads what it is given', async () => {
  const { input, context } = contextOf({ terminal: false });
  input.end('text');
  expect(String(await context.readStdin())).toBe('text');
});

test('closes well without a connection, and after one that failed', async () => {
  await contextOf({ terminal: false }).context.close();
  const dir = await mkdtemp(join(tmpdir(), 'waggle-context-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const { context } = contextOf({ terminal: false, dir });
  await expect(context.connect({ start: false })).rejects.toMatchObject({ code: 'not_found' });
  await context.close();
});
