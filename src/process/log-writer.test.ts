import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../testing/temp-hub.ts';
import { LogWriter } from './log-writer.ts';

test('a log is turned over before it grows past its limit', () => {
  using folder = tempFolder();
  const file = join(folder.path, 'output.log');
  const log = new LogWriter(file, 10);
  for (const text of ['12345\n', '67\n', '8901234\n']) log.write(Buffer.from(text));
  log.close();
  expect(readFileSync(`${file}.1`, 'utf8')).toBe('12345\n67\n');
  expect(readFileSync(file, 'utf8')).toBe('8901234\n');
});

test('what cannot be written is counted and said once there is room, and stops nobody', async () => {
  using folder = tempFolder();
  const missing = join(folder.path, 'later');
  const log = new LogWriter(join(missing, 'output.log'));
  log.write(Buffer.from('lost'));
  log.write(Buffer.from('lost too'));
  const { mkdirSync } = await import('node:fs');
  mkdirSync(missing);
  log.write(Buffer.from('kept'));
  log.close();
  expect(readFileSync(join(missing, 'output.log'), 'utf8')).toBe(
    '\n[waggle: 12 bytes of output could not be written]\nkept',
  );
});
