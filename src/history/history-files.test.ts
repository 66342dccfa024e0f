import { appendFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../testing/temp-hub.ts';
import { checkHistoryFiles } from './check-files.ts';
import { openHistory } from './history-reader.ts';
import { HistoryWriter } from './history-writer.ts';
import type { HistoryRecord } from './record.ts';

const at = (t_mono: number, proc: string, more: Partial<HistoryRecord> = {}): HistoryRecord => ({
  t_mono,
  proc,
  incarnation: 0,
  op: 'fault',
  phase: 'ok',
  ...more,
});

test('an invoke is in the file when write returns; ends wait for company, and nothing is left behind at the end', () => {
  using folder = tempFolder();
  using writer = new HistoryWriter(folder.path, 'ada');
  writer.write(at(1, 'ada'));
  expect(readFileSync(writer.file, 'utf8')).toBe('');
  writer.write(at(2, 'ada', { op: 'send', phase: 'invoke', call: 1 }));
  expect(readFileSync(writer.file, 'utf8').trim().split('\n')).toHaveLength(2);
  for (let t = 3; t < 3 + 256; t += 1) writer.write(at(t, 'ada'));
  expect(readFileSync(writer.file, 'utf8').trim().split('\n')).toHaveLength(258);
  writer.write(at(999, 'ada'));
  writer.close();
  writer.close();
  expect([...openHistory([writer.file]).records]).toHaveLength(259);
  expect(statSync(writer.file).mode & 0o777).toBe(0o600);
  expect(() => writer.write(at(1_000, 'ada'))).toThrow(/was closed already/);
});

test('a client that starts again writes its next incarnation; the merge is in order of time', () => {
  using folder = tempFolder();
  for (const [proc, times] of [
    ['ada', [1, 5, 9]],
    ['bob', [2, 3, 10]],
    ['ada', [11, 12]],
    ['cyd', [4]],
  ] as const) {
    using writer = new HistoryWriter(folder.path, proc);
    for (const t of times) writer.write(at(t, proc, { incarnation: writer.incarnation }));
  }
  const history = openHistory([folder.path]);
  expect(history.files).toHaveLength(4);
  const records = [...history.records];
  expect(records.map(({ t_mono }) => t_mono)).toEqual([1, 2, 3, 4, 5, 9, 10, 11, 12]);
  expect(records.at(-1)).toMatchObject({
    proc: 'ada',
    incarnation: 1,
    line: 2,
    file: join(folder.path, 'ada.1.jsonl'),
  });
  expect([...openHistory([join(folder.path, 'ada.*.jsonl'), join(folder.path, 'ada.0.jsonl')]).records]).toHaveLength(
    5,
  );
});

test('a name that would leave the folder is refused', () => {
  using folder = tempFolder();
  expect(() => new HistoryWriter(folder.path, '../x')).toThrow(/proc/);
});

test('a torn last line is told, never skipped in silence; a whole one that cannot be read is an error with its place', async () => {
  using folder = tempFolder();
  const file = join(folder.path, 'a.jsonl');
  writeFileSync(file, `${JSON.stringify(at(1, 'a'))}\n{"t_mono":2,"pr`);
  const report = await checkHistoryFiles([file]);
  expect(report).toMatchObject({ ok: true, torn: [{ file, line: 2, bytes: 15 }], summary: { records: 1 } });
  appendFileSync(file, '\n');
  await expect(checkHistoryFiles([file])).rejects.toMatchObject({
    code: 'invalid_input',
    message: expect.stringContaining(`${file}:2: is not a record of a history`),
  });
  const complete = join(folder.path, 'b.jsonl');
  writeFileSync(complete, JSON.stringify(at(1, 'a')));
  expect((await checkHistoryFiles([complete])).torn).toEqual([]);
});

test.each([
  ['[]', /must be an object/],
  ['{"proc":"a"}', /t_mono: must be a number/],
  ['{"t_mono":1,"proc":2}', /proc: must be a string/],
  ['{"t_mono":1,"proc":"a","incarnation":0.5}', /incarnation: must be a whole number/],
  ['{"t_mono":1,"proc":"a","incarnation":0,"op":"sned"}', /op: must be one of send, .*"sned"/],
  ['{"t_mono":1,"proc":"a","incarnation":0,"op":"send","phase":"done"}', /phase: must be invoke, ok, fail or info/],
  ['{"t_mono":1,"proc":"a","incarnation":0,"op":"send","phase":"ok","seq":-1}', /seq: must be a whole number/],
  ['{"t_mono":1,"proc":"a","incarnation":0,"op":"stats","phase":"ok","stats":3}', /stats: must be an object/],
  ['{"t_mono":1,"proc":"a","incarnation":0,"op":"stats","phase":"ok","stats":{"ready":"1"}}', /stats.ready: must be/],
])('%s is refused', async (line, problem) => {
  using folder = tempFolder();
  const file = join(folder.path, 'a.jsonl');
  writeFileSync(file, `${line}\n`);
  await expect(checkHistoryFiles([file])).rejects.toThrow(problem);
});

test('a line before its time, an endless line, a missing file and an empty folder are refused by name', async () => {
  using folder = tempFolder();
  const file = join(folder.path, 'a.jsonl');
  writeFileSync(file, `${JSON.stringify(at(2, 'a'))}\n${JSON.stringify(at(1, 'a'))}\n`);
  await expect(checkHistoryFiles([file])).rejects.toThrow(/a.jsonl:2: must not be earlier/);
  writeFileSync(file, 'x'.repeat(1_500_000));
  await expect(checkHistoryFiles([file])).rejects.toThrow(/a line longer than/);
  await expect(checkHistoryFiles([join(folder.path, 'b.jsonl')])).rejects.toMatchObject({ code: 'not_found' });
  mkdirSync(join(folder.path, 'empty'));
  await expect(checkHistoryFiles([join(folder.path, 'empty')])).rejects.toThrow(/holds no .jsonl file/);
});

test('a file larger than one piece is read whole, characters across the seam included', async () => {
  using folder = tempFolder();
  const file = join(folder.path, 'a.jsonl');
  const lines = Array.from({ length: 5_000 }, (_, t) => JSON.stringify(at(t, 'ä€😀', { key: 'é'.repeat(t % 97) })));
  writeFileSync(file, `${lines.join('\n')}\n`);
  const records = [...openHistory([file]).records];
  expect(records).toHaveLength(5_000);
  expect(records.every(({ key, t_mono }) => key === 'é'.repeat(t_mono % 97))).toBe(true);
});
