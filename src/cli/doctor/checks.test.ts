import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WaggleError } from '../../errors.ts';
import type { HubStatus } from '../../hub/api.ts';
import { packageVersion } from '../../version.ts';
import { formatBytes } from './check.ts';
import { checkDirectory, checkFilesystem, checkToken, judgeFilesystem } from './directory-checks.ts';
import { checkHub, checkLog, checkQuarantine, checkSocket, checkStore } from './hub-checks.ts';
import { checkRuntime } from './runtime-check.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'waggle-doctor-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test.each([
  ['24.21.0', 'ok'],
  ['22.23.0', 'ok'],
  ['22.22.9', 'fail'],
  ['20.20.2', 'fail'],
])('Node %s: %s', (version, status) => expect(checkRuntime(version).status).toBe(status));

describe('directory', () => {
  test.each([
    [0o700, 'ok'],
    [0o750, 'warn'],
    [0o770, 'fail'],
    [0o777, 'fail'],
  ])('mode %o: %s', async (mode, status) => {
    const path = await folder();
    await chmod(path, mode);
    expect((await checkDirectory(path, undefined)).status).toBe(status);
  });

  test('of another user is refused', async () => {
    const check = await checkDirectory(await folder(), (process.getuid?.() ?? 0) + 1);
    expect(check).toMatchObject({ status: 'fail', fix: 'use a directory of your own with --dir' });
  });
});

describe('token', () => {
  test('missing is fine, private is fine, readable by others is not', async () => {
    const path = join(await folder(), 'token');
    expect((await checkToken(path)).status).toBe('ok');
    await writeFile(path, 'x', { mode: 0o600 });
    expect((await checkToken(path)).status).toBe('ok');
    await chmod(path, 0o644);
    expect(await checkToken(path)).toMatchObject({ status: 'fail', fix: `chmod 600 ${path}` });
  });
});

describe('filesystem', () => {
  test.each([
    [0xef53, undefined, 'ok', 'local (type 0xef53)'],
    [0x6969, 'NFS', 'fail', 'NFS is a network filesystem'],
    [0x794c7630, undefined, 'warn', 'overlay may not survive'],
  ])('type %i, %s: %s', (type, network, status, detail) => {
    expect(judgeFilesystem(type, network)).toMatchObject({ status, detail: expect.stringContaining(detail) });
  });
  test('of a real folder is known', async () => {
    expect((await checkFilesystem(await folder())).name).toBe('filesystem');
  });
});

const running: HubStatus = {
  pid: 7,
  url: 'http://127.0.0.1:4747',
  socket: '/s',
  dashboard: '',
  version: packageVersion,
  startedAt: '',
  agents: 0,
  lastEvent: 0,
  store: { state: 'open', engine: 'sqlite', file: '/f' },
};

describe('hub', () => {
  test('none running is well; one that was killed is told', async () => {
    const file = join(await folder(), 'hub.json');
    expect(await checkHub(undefined, file)).toMatchObject({
      status: 'ok',
      detail: expect.not.stringContaining('tidies'),
    });
    await writeFile(file, '{}');
    expect(await checkHub(undefined, file)).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('tidies up'),
    });
  });
  test('one whose store is not open fails with the reason', async () => {
    expect((await checkHub(running, '')).status).toBe('ok');
    const store = { ...running.store, state: 'read-only', reason: 'disk full' };
    expect(await checkHub({ ...running, store }, '')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('disk full'),
    });
    const { reason: _, ...silent } = store;
    expect((await checkHub({ ...running, store: silent }, '')).detail).toContain('no reason given');
  });
  test('one of another version than this program is told', async () => {
    expect(await checkHub({ ...running, version: '9.9.9' }, '')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('version 9.9.9'),
      fix: expect.stringContaining('waggle down'),
    });
  });
  test('one that serves with a warning passes it on', async () => {
    const store = { ...running.store, warning: 'wal_large: a reader holds the log' };
    expect(await checkHub({ ...running, store }, '')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('wal_large'),
    });
  });
});

describe('socket', () => {
  test('gone while the hub runs, or none at all', async () => {
    const nowhere = join(await folder(), 'nowhere');
    expect((await checkSocket(nowhere, true)).status).toBe('fail');
    expect((await checkSocket(nowhere, false)).status).toBe('ok');
  });
  test('a file in its place, one that others may use, and a right one', async () => {
    const path = join(await folder(), 'hub.sock');
    await writeFile(path, '');
    expect((await checkSocket(path, true)).detail).toContain('is not a socket');
    await rm(path);
    const server = createServer().listen(path);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    await chmod(path, 0o666);
    expect((await checkSocket(path, true)).status).toBe('fail');
    await chmod(path, 0o600);
    expect((await checkSocket(path, true)).status).toBe('ok');
  });
});

describe('store', () => {
  const facts = { ok: true, problems: [], sizeBytes: 2_048, walBytes: 0, messages: 3 };
  const throwing = (code: 'store_missing' | 'store_corrupt') => () => Promise.reject(new WaggleError(code, 'it is'));
  test('intact', async () => {
    expect((await checkStore('f', async () => facts, true)).detail).toContain('3 messages, intact');
  });
  test('damaged, told or thrown', async () => {
    const damaged = { ...facts, ok: false, problems: [{ what: 'page', detail: '7 is torn' }] };
    expect(await checkStore('f', async () => damaged, true)).toMatchObject({
      status: 'fail',
      detail: 'store_corrupt: page: 7 is torn',
    });
    expect((await checkStore('f', throwing('store_corrupt'), true)).status).toBe('fail');
  });
  test('of a later Waggle is no damage: nobody is sent to a backup', async () => {
    const newer = { ...facts, ok: false, problems: [{ what: 'schema_too_new', detail: 'schema 9' }] };
    expect(await checkStore('f', async () => newer, true)).toMatchObject({
      status: 'fail',
      detail: 'schema_too_new: schema 9',
      fix: expect.stringContaining('newer Waggle') as string,
    });
  });
  test('missing is fine before the first start only', async () => {
    expect((await checkStore('f', throwing('store_missing'), false)).status).toBe('ok');
    expect((await checkStore('f', throwing('store_missing'), true)).status).toBe('fail');
  });
});

test('quarantine says how much it keeps', async () => {
  const path = join(await folder(), 'quarantine');
  expect((await checkQuarantine(path)).detail).toBe('empty');
  await mkdir(path);
  await writeFile(join(path, 'a.json'), '');
  expect((await checkQuarantine(path)).detail).toBe(`1 preserved files in ${path}`);
});

describe('log', () => {
  test('none, clean, and with errors', async () => {
    const path = join(await folder(), 'hub.log');
    expect((await checkLog(path)).detail).toBe('nothing logged');
    await writeFile(path, 'started\nlistening\n');
    expect((await checkLog(path)).detail).toBe('no errors in the last 2 lines');
    await writeFile(path, 'started\nerror: disk full\n{"level":"error","msg":"again \u001b[2J"}\n');
    expect(await checkLog(path)).toMatchObject({
      status: 'warn',
      detail: '2 of the last 3 lines are errors, the last: {"level":"error","msg":"again [2J"}',
    });
  });
  test('only the end of a long one counts', async () => {
    const path = join(await folder(), 'hub.log');
    await writeFile(path, `error: long ago\n${'fine\n'.repeat(20_000)}`);
    expect((await checkLog(path)).status).toBe('ok');
  });
});

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_536, '1.5 KiB'],
  [10 * 1024 * 1024, '10 MiB'],
  [5 * 1024 ** 5, '5120 TiB'],
])('%i bytes read %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
