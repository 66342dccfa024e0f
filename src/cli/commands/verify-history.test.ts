import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { errorKinds } from '../../errors.ts';
import type { HistoryRecord } from '../../history/record.ts';
import type { Swarm } from '../../sdk/swarm.ts';
import { commandRunner } from '../../testing/cli-context.ts';
import { tempFolder } from '../../testing/temp-hub.ts';

const send: Partial<HistoryRecord>[] = [
  { op: 'send', phase: 'invoke', call: 1, key: 'k', inbox: 'bob', hash: 'h1' },
  { op: 'send', phase: 'ok', call: 1, id: 'm\u001b[2J1' },
];
const altered: Partial<HistoryRecord> = { op: 'lease', phase: 'ok', id: 'm\u001b[2J1', seq: 1, gen: 1, hash: 'h2' };
const lines = (records: readonly Partial<HistoryRecord>[]) =>
  records.map((record, t_mono) => `${JSON.stringify({ t_mono, proc: 'ada', incarnation: 0, ...record })}\n`).join('');

function histories(files: Record<string, string>): string {
  const folder = tempFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  mkdirSync(join(folder.path, 'runs'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, 'runs', name), text);
  return folder.path;
}

/** Any call on it fails: a swarm that must not be asked for anything. */
const none = {} as Swarm;

test('a sound history is ok; a torn end and what could not be checked are said; no swarm comes into being', async () => {
  const cwd = histories({ 'ada.0.jsonl': `${lines(send)}{"t_mo` });
  const { code, stdout } = await commandRunner(none, { cwd })('queue', 'verify', 'runs');
  expect(code).toBe(0);
  expect(stdout).toMatch(/torn .*ada\.0\.jsonl:3: 6 bytes of a record/);
  expect(stdout).toContain('not checked lost: 1 accepted messages');
  expect(stdout).toMatch(/ok: 2 records of 1 files: 1 sent, 0 received, 0 acked\n$/);
  expect(readdirSync(cwd)).toEqual(['runs']);
});

test('a finding is told with its lines, in words no terminal obeys, and the exit code is 1', async () => {
  const cwd = histories({ 'ada.0.jsonl': lines([...send, altered]) });
  const run = commandRunner(none, { cwd });
  const { code, stdout } = await run('queue', 'verify', 'runs/*.jsonl');
  expect(code).toBe(1);
  expect(stdout).toMatch(/altered +1 +delivered with another body/);
  expect(stdout).toMatch(/ada\.0\.jsonl:1\n.*ada\.0\.jsonl:3\n/);
  expect(stdout).not.toContain('\u001b[2J');
  const json = await run('queue', 'verify', 'runs', '--json');
  expect(json.code).toBe(1);
  expect(json.stdout.trim().split('\n')).toHaveLength(1);
  expect(JSON.parse(json.stdout)).toMatchObject({
    ok: false,
    totals: { altered: 1, lost: 0 },
    summary: { altered: 1 },
  });
});

test('--drained makes what never ended a loss, and is about histories only', async () => {
  const cwd = histories({ 'ada.0.jsonl': lines(send) });
  const run = commandRunner(none, { cwd });
  const { code, stdout } = await run('queue', 'verify', 'runs', '--drained', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ totals: { lost: 1 }, notChecked: [] });
  await expect(run('queue', 'verify', '--drained')).rejects.toMatchObject({ code: 'invalid_input' });
});

test('an unreadable line is exit 2 with its place, a missing history exit 3', async () => {
  const cwd = histories({ 'ada.0.jsonl': `nonsense\n${lines(send)}` });
  const run = commandRunner(none, { cwd });
  await expect(run('queue', 'verify', 'runs')).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringMatching(/ada\.0\.jsonl:1: is not a record of a history/),
  });
  await expect(run('queue', 'verify', 'elsewhere')).rejects.toMatchObject({ code: 'not_found' });
  expect([errorKinds.invalid_input.exit, errorKinds.not_found.exit]).toEqual([2, 3]);
});
