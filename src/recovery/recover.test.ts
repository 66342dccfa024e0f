import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../clock.ts';
import { readSource } from './read-source.ts';
import { recoverFile } from './recover.ts';

const clock: Clock = {
  now: () => Date.UTC(2026, 10, 23, 23, 59, 59, 123),
  monotonic: () => 0,
  setTimer: () => () => undefined,
};
const text =
  '[{"message":"hi","queue_id":"a","priority_score":0.5,"status":"PENDING","created_at":"t","updated_at":"t"},{"mess';

let folder: string;
let path: string;
let quarantineDir: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waggle-recover-'));
  path = join(folder, 'queue.json');
  quarantineDir = join(folder, 'state', 'quarantine');
  await writeFile(path, text);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('a damaged file is reported, its copy kept, itself untouched', async () => {
  const before = await stat(path);
  const { summary, entries } = await recoverFile(path, { quarantineDir, clock });
  const sha256 = createHash('sha256').update(text).digest('hex');
  const copy = join(quarantineDir, `20261123T235959.123Z-${sha256}.json`);
  expect(summary).toMatchObject({
    file: path,
    sha256,
    bytes: text.length,
    recovered: 1,
    ambiguous: 0,
    discardedBytes: 6,
    duplicates: 0,
    quarantine: copy,
    imported: 0,
    damaged: true,
  });
  expect([...entries]).toHaveLength(1);
  expect(await readFile(copy, 'utf8')).toBe(text);
  expect((await stat(copy)).mode & 0o777).toBe(0o600);
  expect((await stat(quarantineDir)).mode & 0o777).toBe(0o700);
  expect(await readFile(path, 'utf8')).toBe(text);
  expect((await stat(path)).mtimeMs).toBe(before.mtimeMs);
});

test('the same bytes are kept once, a rotten copy is not believed', async () => {
  const first = await recoverFile(path, { quarantineDir, clock });
  const later = { ...clock, now: () => clock.now() + 5000 };
  const again = await recoverFile(path, { quarantineDir, clock: later });
  expect(again.summary).toEqual(first.summary);
  expect(await readdir(quarantineDir)).toHaveLength(1);
  await appendFile(first.summary.quarantine ?? '', 'rot');
  const third = await recoverFile(path, { quarantineDir, clock: later });
  expect(third.summary.quarantine).not.toBe(first.summary.quarantine);
  expect(await readdir(quarantineDir)).toHaveLength(2);
});

test('two recoveries at once keep one copy', async () => {
  const clocks = [0, 1, 2, 3].map((late) => ({ ...clock, now: () => clock.now() + late }));
  await Promise.all(clocks.map((each) => recoverFile(path, { quarantineDir, clock: each })));
  const names = await readdir(quarantineDir);
  expect(names.filter((name) => name.endsWith('.json')).length).toBeGreaterThanOrEqual(1);
  expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

test('a pure look keeps no copy and makes no folder', async () => {
  const { summary } = await recoverFile(path, { quarantineDir: null, clock });
  expect(summary.quarantine).toBeNull();
  expect(await readdir(folder)).toEqual(['queue.json']);
});

describe('what cannot be read is an error, never an empty queue', () => {
  const refused = (file: string, code: string) =>
    expect(recoverFile(file, { quarantineDir: null, clock })).rejects.toMatchObject({ code });

  test('missing', () => refused(join(folder, 'none.json'), 'not_found'));
  test('below a file', () => refused(join(path, 'x'), 'unreadable_file'));
  test('a folder', () => refused(folder, 'unreadable_file'));
  test('a device', () => refused('/dev/zero', 'unreadable_file'));

  test('larger than positions can count', async () => {
    await truncate(path, 3 * 2 ** 30); // Sparse: takes no space.
    await refused(path, 'payload_too_large');
  });

  test('a name longer than the system allows', () => refused(join(folder, 'x'.repeat(300)), 'unreadable_file'));

  test('a link', async () => {
    await symlink(path, join(folder, 'link.json'));
    await refused(join(folder, 'link.json'), 'unreadable_file');
  });

  test('a pipe, without waiting for its writer', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await refused(join(folder, 'pipe'), 'unreadable_file');
  });

  test('a socket', async () => {
    const { createServer } = await import('node:net');
    const server = createServer().listen(join(folder, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    await refused(join(folder, 'socket'), 'unreadable_file');
    await new Promise((resolve) => server.close(resolve));
  });

  test.skipIf(process.getuid?.() === 0)('not permitted (skipped for root, who may read all)', async () => {
    await chmod(path, 0);
    await refused(path, 'unreadable_file');
  });

  test('a quarantine that cannot be written stops everything', async () => {
    await mkdir(join(folder, 'state'));
    await writeFile(quarantineDir, 'a file');
    await expect(recoverFile(path, { quarantineDir, clock })).rejects.toThrow();
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  test('a file under a busy writer is read whole or refused', async () => {
    await writeFile(path, Buffer.alloc(4 << 20, 0x20));
    let isDone = false;
    const writing = (async () => {
      while (!isDone) await appendFile(path, ' ');
    })();
    const outcome = await readSource(path).then(
      (bytes) => bytes.length,
      (error: { code: string }) => error.code,
    );
    isDone = true;
    await writing;
    expect(outcome === 'unreadable_file' || Number(outcome) >= 4 << 20).toBe(true);
  });
});

test.each(['recovery.quarantine.written', 'recovery.quarantine.synced', 'recovery.quarantine.renamed'])(
  'killed at %s, the next run keeps a whole copy',
  async (point) => {
    const program = `import { recoverFile } from ${JSON.stringify(new URL('./recover.ts', import.meta.url).href)};
      import { systemClock } from ${JSON.stringify(new URL('../clock.ts', import.meta.url).href)};
      await recoverFile(${JSON.stringify(path)}, { quarantineDir: ${JSON.stringify(quarantineDir)}, clock: systemClock });`;
    const killed = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      env: { ...process.env, WAGGLE_FAILPOINT: point },
    });
    expect(killed.signal).toBe('SIGKILL');
    expect(await readFile(path, 'utf8')).toBe(text);
    const { summary } = await recoverFile(path, { quarantineDir, clock });
    expect(await readFile(summary.quarantine ?? '', 'utf8')).toBe(text);
    expect((await readdir(quarantineDir)).filter((name) => name.endsWith('.json'))).toHaveLength(1);
  },
);
