import { appendFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../testing/temp-hub.ts';
import { isLogCursor, readLastLines, readOn } from './agent-log.ts';

test('a log nobody wrote yet is empty, and reading on finds what comes', () => {
  using folder = tempFolder();
  const file = join(folder.path, 'output.log');
  const { lines, next } = readLastLines(file, 10);
  expect(lines).toEqual([]);
  expect(isLogCursor(next)).toBe(true);
  writeFileSync(file, 'one\ntw');
  const piece = readOn(file, next, false);
  expect(piece.lines).toEqual(['one']);
  appendFileSync(file, 'o\r\nthree');
  const more = readOn(file, piece.next, false);
  expect(more.lines).toEqual(['two']);
  expect(readOn(file, more.next, false).lines).toEqual([]);
  expect(readOn(file, more.next, true).lines).toEqual(['three']);
});

test('the last lines of a long log, whole ones, empty ones included', () => {
  using folder = tempFolder();
  const file = join(folder.path, 'output.log');
  const all = Array.from({ length: 20_000 }, (_, n) => (n % 7 === 0 ? '' : `line ${n} äöü`));
  writeFileSync(file, `${all.join('\n')}\n`);
  expect(readLastLines(file, 5_000).lines).toEqual(all.slice(-5_000));
  expect(readLastLines(file, 1).lines).toEqual(all.slice(-1));
});

test('a log that was turned over is read to its end before the new one', () => {
  using folder = tempFolder();
  const file = join(folder.path, 'output.log');
  writeFileSync(file, 'one\n');
  const { next } = readLastLines(file, 10);
  appendFileSync(file, 'two\n');
  renameSync(file, `${file}.1`);
  writeFileSync(file, 'three\n');
  const old = readOn(file, next, false);
  expect(old.lines).toEqual(['two']);
  const fresh = readOn(file, old.next, false);
  expect(fresh.lines).toEqual(['three']);
  expect(readOn(file, fresh.next, false).lines).toEqual([]);
});

test('what cannot be read is not taken for an empty log', () => {
  using folder = tempFolder();
  expect(() => readLastLines(folder.path, 10)).toThrow(/EISDIR/);
});
